// Goal: nothing that the head of a run says can change without its checksum.
import { expect, test } from "vitest";
import type { RunHead } from "../../../src/journal/ledger.ts";
import { headSum, linesInPiece } from "../../../src/journal/sqlite/sums.ts";

const counts = { todo: 1, claimed: 2, done: 3, failed: 4, cancelled: 5 };
const head: RunHead = { seq: 9, epoch: 1, status: "done", startedAt: 5, finishedAt: 7, added: 1, counts };
const sums = { transitions: 11, longestLine: 13 };

const others: Readonly<Record<string, number>> = {
  seq: headSum({ ...head, seq: 8 }, sums),
  epoch: headSum({ ...head, epoch: 2 }, sums),
  status: headSum({ ...head, status: "failed" }, sums),
  startedAt: headSum({ ...head, startedAt: 6 }, sums),
  "no startedAt": headSum({ ...head, startedAt: undefined }, sums),
  finishedAt: headSum({ ...head, finishedAt: 8 }, sums),
  "no finishedAt": headSum({ ...head, finishedAt: undefined }, sums),
  added: headSum({ ...head, added: 2 }, sums),
  "none added": headSum({ ...head, added: 0 }, sums),
  claimed: headSum({ ...head, counts: { ...counts, claimed: 3 } }, sums),
  done: headSum({ ...head, counts: { ...counts, done: 4 } }, sums),
  failed: headSum({ ...head, counts: { ...counts, failed: 5 } }, sums),
  cancelled: headSum({ ...head, counts: { ...counts, cancelled: 6 } }, sums),
  transitions: headSum(head, { ...sums, transitions: 12 }),
  longestLine: headSum(head, { ...sums, longestLine: 14 }),
};

test.each(Object.keys(others))("another head has another sum: %s", (what) => {
  expect(others[what]).not.toBe(headSum(head, sums));
});

test("all of these are told apart from each other, too", () => {
  expect(new Set(Object.values(others)).size).toBe(Object.keys(others).length);
});

test("lines are summed a piece at a time: 2,000 of them, of long ones about 8 MiB, and one however long", () => {
  const mebibyte = 1024 * 1024;
  expect([0, 100, 4_000].map(linesInPiece)).toEqual([2_000, 2_000, 2_000]);
  expect([mebibyte - 1, 4 * mebibyte - 1, 8 * mebibyte, 1_000 * mebibyte].map(linesInPiece)).toEqual([8, 2, 1, 1]);
});
