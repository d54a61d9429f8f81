/** Goal: what a need means to an item is what the guide's table says. Method: every condition with everything that a need can come to. */
import { describe, expect, test } from "vitest";
import { CONDITION, EDGE, judge, JUDGED, NEED, verdictOf, type EdgeCondition } from "../../src/scheduler/edge.ts";

const WORDS: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(EDGE).map(([word, number]) => [number, word]),
);

describe("an edge", () => {
  const table: Readonly<Record<EdgeCondition, Readonly<Record<keyof typeof NEED, keyof typeof EDGE>>>> = {
    done: {
      open: "open",
      done: "met",
      failed: "blocked",
      cancelled: "blocked",
      skipped: "notNeeded",
      blocked: "blocked",
      held: "blocked",
    },
    settled: {
      open: "open",
      done: "met",
      failed: "met",
      cancelled: "met",
      skipped: "met",
      blocked: "met",
      held: "met",
    },
    failed: {
      open: "open",
      done: "notNeeded",
      failed: "met",
      cancelled: "notNeeded",
      skipped: "notNeeded",
      blocked: "met",
      held: "open",
    },
    passed: {
      open: "open",
      done: "met",
      failed: "blocked",
      cancelled: "blocked",
      skipped: "met",
      blocked: "blocked",
      held: "blocked",
    },
    missed: {
      open: "open",
      done: "notNeeded",
      failed: "met",
      cancelled: "met",
      skipped: "notNeeded",
      blocked: "met",
      held: "open",
    },
  };

  test.each(Object.entries(table))("with the condition %s (E1)", (condition, expected) => {
    const got = Object.fromEntries(
      Object.entries(NEED).map(([word, need]) => [word, WORDS[verdictOf(CONDITION[condition as EdgeCondition], need)]]),
    );
    expect(got).toEqual(expected);
  });
});

describe("an item", () => {
  const counts = (all: number, met: number, blocked: number, notNeeded: number) => ({ all, met, blocked, notNeeded });

  test.each([
    ["without needs", counts(0, 0, 0, 0), JUDGED.ready],
    ["with one open edge", counts(2, 1, 0, 0), JUDGED.waits],
    ["with all edges met", counts(2, 2, 0, 0), JUDGED.ready],
    ["with a blocked edge, whatever else is open", counts(3, 1, 1, 0), JUDGED.blocked],
    ["with an edge that is not needed, whatever else is blocked", counts(3, 1, 1, 1), JUDGED.skipped],
  ])("%s", (_what, edges, expected) => {
    expect(judge(false, edges)).toBe(expected);
  });

  test.each([
    ["one edge met is enough", counts(3, 1, 1, 1), JUDGED.ready],
    ["it waits while one edge is open", counts(3, 0, 1, 1), JUDGED.waits],
    ["none can be met any more, one for a failure", counts(2, 0, 1, 1), JUDGED.blocked],
    ["nothing of it is needed", counts(2, 0, 0, 2), JUDGED.skipped],
  ])("join any: %s", (_what, edges, expected) => {
    expect(judge(true, edges)).toBe(expected);
  });
});
