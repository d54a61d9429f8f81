/**
 * Goal: what the specification says of needs with conditions, of joins, `when` and groups is what the scheduler makes of them, so that
 * a walk through the specification judges an engine by the rules that it runs by.
 * Method: random graphs whose items have come to random things; both sides say what follows, who is held, and who may start. They are
 * written apart: rules over all items here, tables and counts there.
 */
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import {
  awaitsVerdict,
  blockedItems,
  failuresLeft,
  followed,
  isForgiven,
  isInGroup,
  needsAllow,
  needsHaveCome,
  SKIPPED,
  waitsForEnding,
  type ItemSpecState,
  type SpecCondition,
  type SpecEdges,
  type SpecGroup,
} from "../../machines/run-spec-edges.ts";
import type { Reason } from "../../src/items/reason.ts";
import type { ItemStatus } from "../../src/items/status.ts";
import { needStates } from "../../src/scheduler/edge-states.ts";
import { CONDITION, isBlocked, judge, JUDGED, verdictOf, EDGE, type Judged } from "../../src/scheduler/edge.ts";
import type { EdgeRules } from "../../src/scheduler/edges.ts";
import { graphFromNeeds } from "../support/graphs.ts";

const CONDITIONS: readonly SpecCondition[] = ["done", "settled", "failed", "passed", "missed"];
const TODO: ItemSpecState = { status: "todo", spent: 0, ending: false };
const done: ItemSpecState = { ...TODO, status: "done", spent: 1 };
const tried: ItemSpecState = { ...TODO, spent: 1 };

const CAME: readonly ItemSpecState[] = [
  TODO,
  { ...TODO, status: "claimed", spent: 1 },
  { ...TODO, status: "done", spent: 1 },
  { ...TODO, status: "failed", spent: 1 },
  { ...TODO, status: "failed", spent: 1 },
  { ...TODO, status: "cancelled" },
  { ...TODO, ...SKIPPED },
];
const JOINS = ["all", "any", undefined, undefined] as const;

/** The first ones have come to something; what follows has not, and needs one to three of those before it. */
const [FIRST, SIZE] = [3, 7];
const anyCase = fc.record({
  needs: fc.tuple(
    ...Array.from({ length: SIZE }, (_, item) =>
      item < FIRST ? fc.constant([]) : fc.uniqueArray(fc.nat(item - 1), { minLength: 1, maxLength: 3 }),
    ),
  ),
  conditions: fc.array(fc.constantFrom(...CONDITIONS), { minLength: SIZE ** 2, maxLength: SIZE ** 2 }),
  joins: fc.array(fc.constantFrom(...JOINS), { minLength: SIZE, maxLength: SIZE }),
  isOpen: fc.array(fc.boolean(), { minLength: SIZE, maxLength: SIZE }),
  /** Of these no conditions are given. */
  isPlain: fc.array(
    fc.nat(3).map((n) => n === 0),
    { minLength: SIZE, maxLength: SIZE },
  ),
  /** Of items from there on nothing is given. */
  told: fc.constantFrom(0, 4, 6, SIZE, SIZE, SIZE),
  items: fc
    .array(fc.constantFrom(...CAME), { minLength: FIRST, maxLength: FIRST })
    .map((came) => [...came, ...Array.from({ length: SIZE - FIRST }, () => TODO)]),
});

test.prop([anyCase], { numRuns: 3_000 })(
  "I4: specification and scheduler agree on what is skipped, joined, held and ready; what is absent is as without it",
  (chosen) => {
    const { needs, items, told } = chosen;
    const joinOf = (item: number): "all" | "any" | undefined => (item < told ? chosen.joins[item] : undefined);
    const isOpen = (item: number): boolean => item < told && chosen.isOpen[item]!;
    const conditionOf = (item: number, need: number): SpecCondition =>
      item < told && !chosen.isPlain[item] ? chosen.conditions[item * SIZE + need]! : "done";
    const known = needs.slice(0, told);
    const edges: SpecEdges = {
      conditions: known.map((list, item) => (chosen.isPlain[item] ? [] : list.map((need) => conditionOf(item, need)))),
      joins: known.map((_, item) => joinOf(item)),
      when: known.map((_, item) => (isOpen(item) ? "either" : undefined)),
    };
    const plan = told === 0 ? { needs } : { needs, edges };
    const now = followed(plan, items);
    const expected = byScheduler(needs, { conditionOf, joinOf, hasWhen: isOpen }, items);
    const settled = (of: readonly ItemSpecState[]): unknown =>
      of.map(({ status, skipped }) => [status, skipped === true]);
    expect(settled(now)).toEqual(settled(expected.items));
    expect(blockedItems(plan, now)).toEqual(expected.held);
    const left = now.flatMap(({ status }, item) => (status === "todo" ? [item] : []));
    const ready = left.filter((item) => expected.judged[item] === JUDGED.ready);
    const holding = now.map((state): ItemSpecState => ({ ...state, holds: true }));
    expect(left.filter((item) => needsAllow(plan, holding, item))).toEqual(ready);
    // Whose `when` is open does not start before it holds, and it is asked for when nothing else is missing.
    expect(left.filter((item) => needsAllow(plan, now, item))).toEqual(ready.filter((item) => !isOpen(item)));
    expect(left.filter((item) => awaitsVerdict(plan, now, item))).toEqual(ready.filter(isOpen));
    expect(left.filter((item) => awaitsVerdict(plan, holding, item))).toEqual([]);
  },
);

interface Told {
  readonly items: readonly ItemSpecState[];
  readonly held: readonly boolean[];
  readonly judged: readonly Judged[];
}

/** The same from the tables of the scheduler: one item at a time, until nothing follows any more. */
function byScheduler(needs: readonly (readonly number[])[], rules: EdgeRules, from: readonly ItemSpecState[]): Told {
  const graph = graphFromNeeds(needs);
  let items = from;
  for (;;) {
    const statusOf = (item: number): ItemStatus => items[item]!.status;
    const reasonOf = (item: number): Reason | undefined =>
      items[item]!.skipped === true ? { code: "skipped" } : undefined;
    const states = needStates(graph, statusOf, { rules, reasonOf });
    const judged = needs.map((list, item) => {
      const verdicts = list.map((need) => verdictOf(CONDITION[rules.conditionOf(item, need)], states[need]!));
      const count = (kind: number): number => verdicts.filter((verdict) => verdict === kind).length;
      const [met, blocked, notNeeded] = [count(EDGE.met), count(EDGE.blocked), count(EDGE.notNeeded)];
      return judge(rules.joinOf(item) === "any", { all: verdicts.length, met, blocked, notNeeded });
    });
    const isDone = (item: number): boolean =>
      judged[item] === JUDGED.ready && rules.joinOf(item) !== undefined && rules.hasWhen?.(item) !== true;
    const next = items.findIndex(
      ({ status }, item) => status === "todo" && (judged[item] === JUDGED.skipped || isDone(item)),
    );
    if (next < 0) return { items, held: states.map(isBlocked), judged };
    const became = judged[next] === JUDGED.skipped ? SKIPPED : ({ status: "done", spent: 1 } as const);
    items = items.with(next, { ...items[next]!, ...became });
  }
}

describe("a `when`", () => {
  const when: SpecEdges["when"] = [
    undefined,
    undefined,
    [{ need: 0, wants: "output" }],
    [{ need: 1, wants: "output" }],
  ];
  const plan = { needs: [[], [0], [0], [1]], edges: { joins: [undefined, "all" as const], when } };
  test("holds of what a need gave, and of a join nothing is there that could be asked: the item is skipped", () => {
    const now = followed(plan, [done, TODO, TODO, TODO]);
    expect(now).toEqual([done, done, TODO, { ...TODO, ...SKIPPED }]);
    expect(needsAllow(plan, now, 2)).toBe(true);
  });

  test("that is open lets a join be done once it holds, and not before", () => {
    const open = { ...plan, edges: { joins: plan.edges.joins, when: [undefined, "either" as const] } };
    expect(followed(open, [done, TODO, done, done])[1]).toBe(TODO);
    expect(followed(open, [done, { ...TODO, holds: true }, done, done])[1]).toMatchObject({ status: "done" });
  });

  test("that asks for something else than the need gave has the item skipped, once the need is done and no sooner", () => {
    const another = { ...plan, edges: { when: [undefined, [{ need: 0, wants: "another" as const }]] } };
    expect(followed(another, [TODO, TODO, TODO, TODO])[1]).toBe(TODO);
    expect(followed(another, [done, TODO, done, done])[1]).toEqual({ ...TODO, ...SKIPPED });
  });
});

test("I4: an item that was tried stays ready, whatever becomes of what it needs; a join is never tried", () => {
  const plan = { needs: [[], [0], [0]], edges: { joins: [undefined, undefined, "all" as const] } };
  for (const need of [TODO, { ...TODO, status: "cancelled" as const }]) {
    const items = [need, tried, tried];
    expect([1, 2].map((item) => needsAllow(plan, items, item))).toEqual([true, false]);
    expect(blockedItems(plan, items)).toEqual([false, false, need.status === "cancelled"]);
  }
  expect(needsAllow({ needs: plan.needs }, [TODO, TODO, TODO], 1)).toBe(false);
});

describe("what waits for an attempt that is still ending", () => {
  const ending: ItemSpecState = { ...TODO, status: "cancelled", ending: true };
  const needs = [[], [0], [1]];

  test.each<readonly [string, ItemSpecState, "all" | undefined, boolean]>([
    ["a join", done, "all", true],
    ["one that was cancelled", { ...TODO, status: "cancelled" }, undefined, true],
    ["one that was not tried", TODO, undefined, true],
    ["one that has done its own work meanwhile", done, undefined, false],
    ["one that is at it", { ...TODO, status: "claimed", spent: 1 }, undefined, false],
    ["one that was tried, and will be again", tried, undefined, false],
  ])("is what is behind it, by way of %s: %o", (_what, between, join, waits) => {
    const plan = join === undefined ? { needs } : { needs, edges: { joins: [undefined, join] } };
    expect(waitsForEnding(plan, [ending, between, TODO], 1)).toBe(true);
    expect(waitsForEnding(plan, [ending, between, TODO], 2)).toBe(waits);
    expect(waitsForEnding(plan, [{ ...ending, ending: false }, between, TODO], 2)).toBe(false);
  });
});

test("I4: a join that waits for one has begun with reason when one need has come; anything else when all have", () => {
  const any = { needs: [[], [], [0, 1]], edges: { joins: [undefined, undefined, "any" as const] } };
  for (const [items, byOne, byAll] of [
    [[TODO, TODO, TODO], false, false],
    [[TODO, done, TODO], true, false],
    [[done, done, TODO], true, true],
  ] as const) {
    expect([needsHaveCome(any, items, 2), needsHaveCome({ needs: any.needs }, items, 2)]).toEqual([byOne, byAll]);
  }
});

describe("groups", () => {
  const claimed: ItemSpecState = { ...TODO, status: "claimed", spent: 1 };
  const failed: ItemSpecState = { ...TODO, status: "failed", spent: 1 };
  const skipped: ItemSpecState = { ...TODO, ...SKIPPED };
  const cancelled: ItemSpecState = { ...TODO, status: "cancelled" };
  /** 0 and 1 in the inner group, 2 in the one around it, 3 in none. */
  const nested = (inner: SpecGroup["onError"], outer: SpecGroup["onError"], more: SpecEdges = {}) => ({
    needs: [[], [], [], []],
    edges: { groups: [{ onError: outer }, { onError: inner, group: 0 }], groupOf: [1, 1, 0], ...more },
  });
  const begun = [failed, claimed, TODO, TODO];

  test("a failure ends what is open in a group that fails fast, and in those around it; live attempts are told to stop", () => {
    const plan = nested("failFast", "failFast");
    const stopped = { ...claimed, status: "cancelled", ending: true };
    expect(followed(plan, begun)).toEqual([failed, stopped, cancelled, TODO]);
    expect(followed({ ...plan, outside: [1] }, begun)[1]).toEqual({ ...stopped, ending: false });
    const verifying = [failed, { ...claimed, verifying: true as const }, TODO, TODO];
    expect(followed({ ...plan, outside: [1] }, verifying)[1]).toEqual({ ...stopped, verifying: undefined });
    expect(failuresLeft(plan, followed(plan, begun))).toBe(true);
  });

  test("a group that settles all hands its failure on when nothing of it is open any more", () => {
    const plan = nested("settleAll", "failFast");
    expect(followed(plan, begun)).toBe(begun);
    expect(failuresLeft(plan, begun)).toBe(false);
    const through = [failed, done, TODO, TODO];
    expect(followed(plan, through)).toEqual([failed, done, cancelled, TODO]);
    expect(failuresLeft(plan, through)).toBe(true);
  });

  test("a group that settles all keeps what is around it from a failure until it is through, too", () => {
    const plan = nested("failFast", "settleAll");
    const [first, second, third] = followed(plan, begun);
    expect([first, second?.status, third]).toEqual([failed, "cancelled", TODO]);
    expect(failuresLeft(plan, [failed, cancelled, TODO, TODO])).toBe(false);
    expect(failuresLeft(plan, [failed, cancelled, done, TODO])).toBe(true);
  });

  test("what may fail ends nothing, and is nobody's failure; what is in no group is not the groups' matter", () => {
    const plan = nested("failFast", "failFast", { allowFailure: [true] });
    expect(followed(plan, begun)).toBe(begun);
    expect([isForgiven(plan, begun, 0), failuresLeft(plan, begun)]).toEqual([true, false]);
    const outside = [TODO, TODO, TODO, failed];
    expect(followed(plan, outside)).toBe(outside);
    expect([isForgiven(plan, outside, 3), failuresLeft(plan, outside)]).toEqual([false, false]);
    expect([0, 2, 3].map((item) => isInGroup(plan, item))).toEqual([true, true, false]);
    expect([isInGroup({ needs: [[]] }, 0), isForgiven({ needs: [[]] }, [failed], 0)]).toEqual([false, false]);
  });

  test("a failure ends its group before anything is skipped for another reason", () => {
    const plan = {
      needs: [[], [], [1]],
      edges: { groups: [{ onError: "failFast" as const }], groupOf: [0, undefined, 0] },
    };
    expect(followed(plan, [failed, TODO, TODO])[2]).toEqual(cancelled);
    expect(followed(plan, [failed, skipped, TODO])[2]).toEqual(cancelled);
    expect(followed(plan, [TODO, skipped, TODO])[2]).toEqual(skipped);
  });

  test("who has not won a race when it is won is skipped, and its failure is forgiven", () => {
    const plan = {
      needs: [[], [], [], [0, 1, 2], []],
      edges: {
        joins: [undefined, undefined, undefined, "any" as const],
        groups: [
          { onError: "settleAll" as const, race: 3 },
          { onError: "failFast" as const, group: 0 },
        ],
        groupOf: [0, 0, 1],
      },
    };
    const open = [claimed, TODO, failed, TODO, TODO];
    expect(followed(plan, open)).toBe(open);
    expect(isForgiven(plan, open, 2)).toBe(false);
    const won = followed(plan, [done, TODO, failed, TODO, TODO]);
    expect(won).toEqual([done, skipped, failed, done, TODO]);
    expect([2, 1, 0].map((item) => isForgiven(plan, won, item))).toEqual([true, false, false]);
    expect(failuresLeft(plan, won)).toBe(false);
    // One that was cancelled before, for whatever reason, does no harm either.
    expect(isForgiven(plan, won.with(1, cancelled), 1)).toBe(true);
  });

  test("each group has its own failures and its own race: one that is through holds back no other", () => {
    for (const group of [{ onError: "failFast" as const }, { onError: "settleAll" as const, race: 4 }]) {
      const joins = [undefined, undefined, undefined, undefined, "all" as const];
      const plan = { needs: [[], [], [], [], []], edges: { joins, groups: [group, group], groupOf: [0, 0, 1, 1] } };
      const now = followed(plan, [failed, done, failed, TODO, done]);
      expect(now[3]).toMatchObject({ status: "cancelled" });
    }
  });
});
