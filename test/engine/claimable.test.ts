/**
 * Goal: whoever asks gets the item that should go first, whatever was added, claimed, given back or moved in the order before.
 * Method: random sequences against looking at all items; then growth, counted in looks at an item.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Claimable } from "../../src/engine/claimable.ts";

const ITEMS = 24;
const KINDS = ["feature", "bug", undefined] as const;

interface World {
  readonly claimable: Claimable;
  readonly priority: number[];
  readonly path: number[];
  readonly full: Set<number>;
  readonly there: Set<number>;
}

function setUp(items: number, looked: () => void = () => {}): World {
  const priority = Array.from({ length: items }, () => 5);
  const path = Array.from({ length: items }, () => 1);
  const full = new Set<number>();
  const claimable = new Claimable({
    priorityOf: (item) => (looked(), priority[item]!),
    pathOf: (item) => path[item]!,
    typeOf: (item) => KINDS[item % KINDS.length],
    fits: (item) => !full.has(item),
  });
  return { claimable, priority, path, full, there: new Set() };
}

function bestOfAll({ priority, path, full, there }: World, types: ReadonlySet<string> | undefined): number {
  const open = [...there].filter((item) => !full.has(item) && types?.has(KINDS[item % KINDS.length] ?? "") !== false);
  open.sort((a, b) => priority[a]! - priority[b]! || path[b]! - path[a]! || a - b);
  return open[0] ?? -1;
}

const item = fc.nat(ITEMS - 1);
const step = fc.oneof(
  fc.record({ do: fc.constantFrom("add", "remove", "fill", "empty"), item }),
  fc.record({ do: fc.constant("move"), item, priority: fc.nat(3), path: fc.nat(3) }),
  fc.record({
    do: fc.constant("take"),
    types: fc.option(fc.subarray(["feature", "bug", "", "docs"]), { nil: undefined }),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function play(world: World, step: Step): void {
  const { claimable, there, full, priority, path } = world;
  if ("types" in step) {
    const types = step.types === undefined ? undefined : new Set(step.types);
    const best = claimable.best(types);
    expect(best).toBe(bestOfAll(world, types));
    if (best < 0) return;
    claimable.remove(best);
    there.delete(best);
  } else if ("path" in step) {
    priority[step.item] = step.priority;
    path[step.item] = step.path;
    claimable.reorder(step.item);
  } else if (step.do === "add") {
    claimable.add(step.item);
    there.add(step.item);
  } else if (step.do === "remove") {
    claimable.remove(step.item);
    there.delete(step.item);
  } else if (step.do === "fill") full.add(step.item);
  else full.delete(step.item);
}

describe("what may be claimed", () => {
  test("Q4: the best of any kinds is the one that looking at all would find", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const world = setUp(ITEMS);
        for (const each of steps) play(world, each);
        expect(world.claimable.size).toBe(world.there.size);
      }),
      { numRuns: 300 },
    );
  });

  test.each([undefined, new Set(["bug"])])(
    "Q4: taking one of 20,000 does not look at them all, of kinds %s",
    (types) => {
      let looks = 0;
      const { claimable } = setUp(20_000, () => void looks++);
      for (let number = 0; number < 20_000; number++) claimable.add(number);
      claimable.best(types);
      looks = 0;
      for (let n = 0; n < 1_000; n++) claimable.remove(claimable.best(types));
      expect(looks).toBeLessThan(10_000);
    },
  );

  test("O2: what is claimed by name and given back again and again leaves nothing behind", () => {
    let looks = 0;
    const { claimable } = setUp(10, () => void looks++);
    for (let number = 0; number < 10; number++) claimable.add(number);
    for (let n = 0; n < 10_000; n++) {
      claimable.remove(9);
      claimable.add(9);
    }
    looks = 0;
    for (let number = 0; number < 10; number++) claimable.remove(claimable.best(undefined));
    expect(looks).toBeLessThan(300);
  });
});

describe("those who wait", () => {
  const kinds = (...names: string[]): ReadonlySet<string> => new Set(names);

  test("Q2: whoever asks for what the one before asked for in vain is not looked for again", () => {
    const world = setUp(300);
    for (let n = 0; n < 300; n++) world.claimable.add(n);
    let asked = 0;
    const suits = (): boolean => (asked++, false);
    for (let n = 0; n < 64; n++)
      for (const types of [undefined, kinds("bug", "feature"), kinds("feature", "bug")])
        world.claimable.wait({ types, suits, serve: () => expect.fail(), close: () => {} });
    world.claimable.serveWaiters(() => true);
    // Once for all kinds, and once for two of three.
    expect(asked).toBeLessThan(520);
  });

  test("Q2: an item that does not suit the first goes to the next whom it suits, in the order of coming", () => {
    const { claimable } = setUp(6);
    for (let n = 0; n < 6; n++) claimable.add(n);
    const served: string[] = [];
    const wait = (name: string, types: ReadonlySet<string> | undefined, suits?: (item: number) => boolean): void =>
      claimable.wait({
        types,
        suits,
        serve: (item) => {
          claimable.remove(item);
          served.push(`${name} ${item}`);
        },
        close: () => {},
      });
    const odd = (item: number): boolean => item % 2 === 1;
    const none = (): boolean => false;
    wait("vain", undefined, none);
    wait("odd", undefined, odd);
    wait("bug", kinds("bug"));
    wait("vain too", undefined, none);
    wait("odd too", undefined, odd);
    wait("any", undefined);
    claimable.serveWaiters(() => true);
    expect(served).toEqual(["odd 1", "bug 4", "odd too 3", "any 0"]);
  });
});
