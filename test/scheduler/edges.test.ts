/**
 * Goal: the counts that are kept up say what counting again would (N1, N1b), and whatever may have changed is judged (N2, N3).
 * Method: random graphs with random conditions; items come to random things, and again to others.
 */
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import {
  CONDITION,
  EDGE,
  isBlocked,
  isUnsure,
  judge,
  JUDGED,
  NEED,
  verdictOf,
  type EdgeCondition,
  type Need,
} from "../../src/scheduler/edge.ts";
import { Edges, skippableItems, type EdgeRules } from "../../src/scheduler/edges.ts";
import { graphFromNeeds } from "../support/graphs.ts";

const CONDITIONS: readonly EdgeCondition[] = ["done", "settled", "failed", "passed", "missed"];

const anyCase = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc.record({
    needs: fc.tuple(
      ...Array.from({ length: size }, (_, item) => fc.uniqueArray(fc.nat(Math.max(0, item - 1)), { maxLength: item })),
    ),
    conditions: fc.array(fc.nat(4), { minLength: 144, maxLength: 144 }),
    any: fc.array(fc.boolean(), { minLength: size, maxLength: size }),
    when: fc.array(fc.boolean(), { minLength: size, maxLength: size }),
    changes: fc.array(fc.tuple(fc.nat(size - 1), fc.constantFrom<Need>(...Object.values(NEED))), { maxLength: 30 }),
  }),
);

test.prop([anyCase], { numRuns: 1_000 })(
  "N1 N1b N2 N3: counts, and who is judged again, in the order of numbers",
  (chosen) => {
    const { needs, conditions, any, when, changes } = chosen;
    const conditionOf = (item: number, need: number): EdgeCondition => CONDITIONS[conditions[item * 12 + need]!]!;
    const graph = graphFromNeeds(needs);
    const rules: EdgeRules = {
      conditionOf,
      joinOf: (item) => (any[item] ? "any" : "all"),
      hasWhen: (item) => when[item]!,
    };
    const edges = new Edges(graph, rules);
    const skippable = skippableItems(graph, rules);
    const isSure = (item: number): boolean =>
      needs[item]!.every((need) => !isUnsure(CONDITION[conditionOf(item, need)], state[need]!, skippable[need] === 1));
    const state = needs.map((): Need => NEED.open);
    const judged = (item: number): number => {
      const verdicts = needs[item]!.map((need) => verdictOf(CONDITION[conditionOf(item, need)], state[need]!));
      const count = (kind: number): number => verdicts.filter((verdict) => verdict === kind).length;
      return judge(any[item]!, {
        all: verdicts.length,
        met: count(EDGE.met),
        blocked: count(EDGE.blocked),
        notNeeded: count(EDGE.notNeeded),
      });
    };
    const account = (item: number): string => `${judged(item)} ${isSure(item)}`;
    const last = needs.map((_, item) => account(item));
    for (const [item, to] of changes) {
      edges.set(item, to);
      state[item] = to;
      expect(edges.needOf(item)).toBe(to);
      const asked: number[] = [];
      for (let next = edges.next(); next >= 0; next = edges.next()) asked.push(next);
      expect(asked).toEqual(asked.toSorted((a, b) => a - b));
      needs.forEach((_, other) => {
        expect(edges.judge(other)).toBe(judged(other));
        expect(edges.isSure(other)).toBe(isSure(other));
        if (account(other) !== last[other]) expect(asked).toContain(other);
        last[other] = account(other);
      });
    }
    expect(edges.blockedCount).toBe(state.filter(isBlocked).length);
    expect(edges.pending).toBe(false);
  },
);

test("N4: an item whose edges are what they were is not judged again", () => {
  const rules: EdgeRules = { conditionOf: () => "settled", joinOf: () => undefined };
  const edges = new Edges(graphFromNeeds([[], [0]]), rules);
  edges.set(0, NEED.failed);
  expect([edges.next(), edges.pending]).toEqual([1, false]);
  edges.set(0, NEED.cancelled);
  expect([edges.judge(1), edges.pending]).toEqual([JUDGED.ready, false]);
});

test("N3: items are judged after what they need, however they are numbered", () => {
  const rules: EdgeRules = { conditionOf: () => "done", joinOf: () => undefined };
  const edges = new Edges(graphFromNeeds([[1, 2], [2, 3], [3], []]), rules);
  for (const item of [0, 1, 2]) edges.recheck(item);
  expect([edges.next(), edges.next(), edges.next(), edges.next()]).toEqual([2, 1, 0, -1]);
});

test("E3: what may yet be skipped is told by the plan, through every item that would be skipped with another", () => {
  // 0 has a `when`, 1 has nothing; each of the others with the conditions of its needs.
  const told: readonly (readonly [needs: number[], condition: EdgeCondition, join: "any" | undefined, may: 0 | 1])[] = [
    [[], "done", undefined, 1],
    [[], "done", undefined, 0],
    [[0], "done", undefined, 1],
    [[2], "passed", undefined, 0],
    [[2], "settled", undefined, 0],
    [[1, 2], "done", undefined, 1],
    [[1, 2], "done", "any", 0],
    [[0, 2], "done", "any", 1],
    [[1], "failed", undefined, 1],
    [[1], "missed", undefined, 1],
    [[1], "done", undefined, 0],
  ];
  const rules: EdgeRules = {
    conditionOf: (item) => told[item]![1],
    joinOf: (item) => told[item]![2],
    hasWhen: (item) => item === 0,
  };
  const graph = graphFromNeeds(told.map(([needs]) => [...needs]));
  expect([...skippableItems(graph, rules)]).toEqual(told.map(([, , , may]) => may));
});
