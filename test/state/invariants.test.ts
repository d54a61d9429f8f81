/**
 * Goal: the checks that other tests rely on find every impossible state they claim to find (S0-13).
 * Method: one broken picture for each rule, made by publishing what a healthy engine never would.
 */
import { describe, expect, test } from "vitest";
import type { ItemStatus, RunOutcome, RunStatus } from "../../src/items/status.ts";
import { checkSnapshotInvariants, snapshotProblems } from "../../src/state/invariants.ts";
import type { ItemSnapshot, RunSnapshot } from "../../src/items/snapshot.ts";
import { graphFromNeeds } from "../support/graphs.ts";
import { itemAs, stateOf } from "../support/item-snapshots.ts";

function picture(
  changes: ItemSnapshot[],
  run: { status?: RunStatus; outcome?: RunOutcome } = {},
  size = 2,
): RunSnapshot {
  return stateOf(size).publish({ seq: 10, status: run.status ?? "running", outcome: run.outcome, changes });
}

const bare = (status: ItemStatus, more: Partial<ItemSnapshot> = {}): ItemSnapshot => ({
  key: "task-0",
  number: 0,
  status,
  attempt: 1,
  seq: 1,
  ...more,
});

describe("a healthy picture", () => {
  test.each<ItemStatus>(["todo", "claimed", "done", "failed", "cancelled"])(
    "with an item that is %s has no problem",
    (status) => {
      const snapshot = picture([itemAs(0, status, 1)]);
      expect(
        snapshotProblems(snapshot, {
          previous: stateOf(2).snapshot(),
          graph: graphFromNeeds([[], [0]]),
          liveItemsMax: 1,
        }),
      ).toEqual([]);
    },
  );
});

describe("impossible states are found", () => {
  test.each<[string, RunSnapshot, RegExp]>([
    ["done before it started", picture([bare("done", { attempt: 0, settledAt: 1 })]), /done without an attempt/],
    ["done without ever being claimed", picture([bare("done", { settledAt: 1 })]), /never claimed/],
    ["done without an end", picture([bare("done", { claimedAt: 1 })]), /never settled/],
    ["claimed and settled", picture([bare("claimed", { claimedAt: 1, settledAt: 2 })]), /claimed and settled/],
    ["failed for no reason", picture([bare("failed", { claimedAt: 1, settledAt: 2 })]), /without a reason/],
    ["an output of a failure", picture([itemAs(0, "failed", 1, { output: 1 })]), /has an output/],
    ["changed by no transition", picture([bare("claimed", { seq: 0, claimedAt: 1 })]), /after no transition/],
    ["attempts that are no number", picture([bare("todo", { attempt: -1 })]), /-1 attempts/],
    [
      "an item under another's number",
      { ...picture([]), items: [...picture([]).items].reverse() as never },
      /stands at/,
    ],
    ["a run that is done with items left", picture([], { status: "done", outcome: "done" }), /items that are not/],
    [
      "a run that is over with live items",
      picture([itemAs(0, "claimed", 1)], { status: "failed", outcome: "failed" }),
      /live items/,
    ],
    ["a run that is over without an outcome", picture([], { status: "cancelled" }), /outcome undefined/],
    [
      "a run that has not started with items that have",
      picture([itemAs(0, "done", 1)], { status: "planned" }),
      /not started/,
    ],
    [
      "counts that do not agree",
      { ...picture([]), counts: { todo: 1, claimed: 1, done: 0, failed: 0, cancelled: 0 } },
      /counts.todo/,
    ],
    [
      "an item that can be written to",
      { ...picture([]), items: [itemAs(0, "todo", 0), itemAs(1, "todo", 0)] as never },
      /not frozen/,
    ],
    ["an item from the future", { ...picture([itemAs(0, "claimed", 9)]), seq: 8 }, /version 9, the picture of 8/],
  ])("%s", (_, snapshot, problem) => {
    expect(snapshotProblems(snapshot).join("\n")).toMatch(problem);
  });

  test("as one error that names them all, for whoever only wants to be stopped", () => {
    const snapshot = picture([bare("done", { attempt: 0 })]);
    expect(() => checkSnapshotInvariants(snapshot)).toThrow(
      /version 10 of run run cannot be: .*without an attempt; .*never settled/,
    );
    expect(() => checkSnapshotInvariants(picture([]))).not.toThrow();
  });

  test("more live items than may be", () => {
    const snapshot = picture([itemAs(0, "claimed", 1), itemAs(1, "claimed", 2)]);
    expect(snapshotProblems(snapshot, { liveItemsMax: 1 })).toEqual(["2 items are live, 1 may be"]);
  });

  test("I4: an item that started before what it needs was done", () => {
    const snapshot = picture([itemAs(0, "failed", 1), itemAs(1, "claimed", 2)]);
    const [problem] = snapshotProblems(snapshot, { graph: graphFromNeeds([[], [0]]) });
    expect(problem).toBe("item task-1 is claimed, but its need task-0 is failed");
  });

  test("what went back in time", () => {
    const later = picture([itemAs(0, "done", 5, { attempt: 2 }), itemAs(1, "claimed", 4)]);
    const earlier = { ...picture([itemAs(0, "claimed", 3), itemAs(1, "claimed", 4)]), seq: 9 };
    expect(snapshotProblems(earlier, { previous: later })).toEqual([
      "version 9 follows 10",
      "item task-0 went back from version 5 to 3",
      "item task-0 lost an attempt",
      "item task-0 was done and is claimed",
    ]);
    expect(snapshotProblems(picture([], {}, 1), { previous: picture([]) })).toEqual(["1 items are gone"]);
  });
});
