/**
 * Goal: what an exploration leaves out is nothing: items that may change places, attempts that nobody counts any more, and more
 * attempts than two. A bug would look like a state that a plain walk comes to and the exploration does not.
 * Method: random small runs, walked plainly by the rules alone; every state found has to be one that the exploration counted.
 */
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import {
  acceptedEvents,
  initialRunSpecState,
  stepRunSpec,
  type RunSpec,
  type RunSpecState,
} from "../../machines/run-spec.ts";
import { StateCodec } from "../../src/verify/encode.ts";
import { explore } from "../../src/verify/explore.ts";
import { isAnonymous, RUN_RULES, stepWorld } from "../../src/verify/rules.ts";
import { canonical, interchangeable } from "../../src/verify/symmetry.ts";
import { virtualEnv } from "../support/virtual-env.ts";

/** Needs that are often the same, so that items may change places. */
const needsOf = (size: number): fc.Arbitrary<number[][]> =>
  fc.tuple(
    ...Array.from({ length: size }, (_, item) =>
      fc.oneof(
        fc.constant<number[]>([]),
        fc.constant<number[]>(item === 0 ? [] : [0]),
        fc.subarray([...Array(item).keys()]),
      ),
    ),
  );

const specs: fc.Arbitrary<RunSpec> = fc.integer({ min: 1, max: 4 }).chain((size) =>
  fc.record({
    needs: needsOf(size),
    liveItemsMax: fc.integer({ min: 1, max: 3 }),
    attemptsMax: fc.integer({ min: 1, max: 2 }),
    onFailure: fc.constantFrom("isolate" as const, "fail-fast" as const),
    pools: fc.constant([2]),
    // One of the items at most: each more than doubles the states.
    verify: fc.nat(2 * size).map((checked) => Array.from({ length: size }, (_, item) => item === checked)),
    uses: fc.array(fc.tuple(fc.nat(2)), { minLength: size, maxLength: size }),
    unclaimed: fc.oneof(fc.constant([]), fc.uniqueArray(fc.nat(size - 1), { maxLength: 1 })),
  }),
);

function reachable(spec: RunSpec): RunSpecState[] {
  const found = new Map<string, RunSpecState>();
  const open = [initialRunSpecState(spec)];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    const key = JSON.stringify(state);
    if (found.has(key)) continue;
    found.set(key, state);
    for (const event of acceptedEvents(spec, state)) open.push(stepRunSpec(spec, state, event)!);
  }
  return [...found.values()];
}

test.prop([specs], { numRuns: 200 })(
  "every state of a run is, up to items that may change places and counts that nobody reads, one that was looked at",
  async (spec) => {
    const classes = interchangeable(spec);
    const looked = await explore({
      spec,
      rules: RUN_RULES,
      env: virtualEnv(),
      statesMax: 1_000_000,
      endAt: Infinity,
      classes,
    });
    expect(looked.fault).toBeUndefined();
    expect(looked.ended).toBe("complete");
    const codec = new StateCodec();
    const plain = reachable(spec);
    const texts = plain.map((state) => {
      const text = codec.encode(state);
      return isAnonymous(state) ? canonical(text, classes) : text;
    });
    expect(looked.states).toBe(new Set(texts).size);
    expect([...looked.started].sort((a, b) => a - b)).toEqual(
      spec.needs.flatMap((_, item) => (plain.some(({ items }) => items[item]!.spent > 0) ? [item] : [])),
    );
  },
);

test.prop([specs.filter(({ needs }) => needs.length < 4)], { numRuns: 100 })(
  "two attempts show every state that three or four do, but for the count",
  (spec) => {
    const shapes = (attemptsMax: number): Set<string> =>
      new Set(
        reachable({ ...spec, attemptsMax }).map(({ items, ...rest }) =>
          JSON.stringify([rest, items.map(({ spent: _, ...item }) => item)]),
        ),
      );
    const two = shapes(2);
    expect(shapes(3)).toEqual(two);
    if (spec.needs.length < 3) expect(shapes(4)).toEqual(two);
  },
);

test.prop([specs], { numRuns: 200 })("a process that ends leads where giving back one by one leads", (spec) => {
  for (const state of reachable(spec)) {
    const after = stepWorld(RUN_RULES, spec, state, { type: "crash" });
    if (after === undefined) continue;
    expect(after.items.some(({ status, ending }) => status === "claimed" || ending)).toBe(false);
    expect(after.run).toBe(state.run);
  }
});

describe("items that may change places", () => {
  const base = { liveItemsMax: 2, attemptsMax: 1, onFailure: "isolate" } as const;

  test("have the same needs, the same dependents and the same settings", () => {
    expect(interchangeable({ ...base, needs: [[], [0], [0], [0], [1, 2, 3]] })).toEqual([[1, 2, 3]]);
    expect(interchangeable({ ...base, needs: [[], [0], [0], [0], [1, 2]] })).toEqual([[1, 2]]);
    expect(interchangeable({ ...base, needs: [[], [], []], attemptsOf: [2, 1, 2] })).toEqual([[0, 2]]);
    expect(interchangeable({ ...base, needs: [[], [], []], unclaimed: [1] })).toEqual([[0, 2]]);
    expect(interchangeable({ ...base, needs: [[], [], []], verify: [true, false, true] })).toEqual([[0, 2]]);
    expect(interchangeable({ ...base, needs: [[], [], []], pools: [2], uses: [[1], [2], [1]] })).toEqual([[0, 2]]);
    expect(interchangeable({ ...base, needs: [[], [0], [1]] })).toEqual([]);
  });

  test("are none where a specification has a field that the comparison does not know", () => {
    expect(interchangeable({ ...base, needs: [[], []], somethingNew: [1, 2] } as RunSpec)).toEqual([]);
  });
});
