/**
 * Goal: progress is a pure sum of the counts, also at its edges.
 * Method: a running, a finished and an empty run.
 */
import { expect, test } from "vitest";
import { progressOf } from "../../src/state/progress.ts";

test("progress counts whatever has ended, well or badly", () => {
  const counts = { todo: 3, claimed: 1, done: 2, failed: 1, cancelled: 1 };
  expect(progressOf(counts)).toEqual({ ...counts, total: 8, fraction: 0.5 });
});

test("a run without items is complete, not a division by zero", () => {
  expect(progressOf({ todo: 0, claimed: 0, done: 0, failed: 0, cancelled: 0 })).toMatchObject({
    total: 0,
    fraction: 1,
  });
});
