/**
 * Goal: what changed between two pictures of a run is found in time proportional to the change.
 * Method: known changes in small and large runs; the cost is counted by a key function, not by a clock.
 */
import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/base/errors.ts";
import { diff } from "../../src/state/items-view.ts";
import { createRunState } from "../../src/state/run-state.ts";
import { itemAs, KEYS, stateOf } from "../support/item-snapshots.ts";

const running = { status: "running", outcome: undefined } as const;
const numbers = (items: readonly { number: number }[]): number[] => items.map(({ number }) => number);

describe("diff", () => {
  test("answers the items that changed, as they are now, by number", () => {
    const state = stateOf(5_000);
    const before = state.publish({ seq: 1, ...running, changes: [itemAs(7, "claimed", 1), itemAs(8, "claimed", 1)] });
    const middle = state.publish({ seq: 2, ...running, changes: [itemAs(4_999, "claimed", 2)] });
    const after = state.publish({ seq: 4, ...running, changes: [itemAs(7, "done", 3), itemAs(70, "claimed", 4)] });
    expect(diff(before, after).map(({ key, status }) => `${key} ${status}`)).toEqual([
      "task-7 done",
      "task-70 claimed",
      "task-4999 claimed",
    ]);
    expect(numbers(diff(before, middle))).toEqual([4_999]);
    expect([diff(after, after), diff(before, before)]).toEqual([[], []]);
  });

  test("backwards it answers the same items as they were", () => {
    const state = stateOf(100);
    const before = state.snapshot();
    const after = state.publish({ seq: 1, ...running, changes: [itemAs(70, "claimed", 1)] });
    expect(diff(after, before)).toEqual([before.items.at(70)]);
  });

  test("items that were added are among those that changed", () => {
    const state = stateOf(63);
    const before = state.snapshot();
    const after = state.publish({
      seq: 1,
      ...running,
      changes: [itemAs(3, "claimed", 1), itemAs(64, "claimed", 1)],
      size: 66,
    });
    expect(numbers(diff(before, after))).toEqual([3, 63, 64, 65]);
  });

  test("looks at nothing but what changed, in a run of a million items", () => {
    let made = 0;
    const keyOf = (number: number): string => {
      made++;
      return KEYS.keyOf(number);
    };
    const state = createRunState({
      ...KEYS,
      keyOf,
      runId: "run",
      name: "test",
      size: 1_000_000,
      seq: 0,
      status: "running",
    });
    const changes = Array.from({ length: 1_000 }, (_, i) => itemAs(i * 999, "claimed", 1));
    const before = state.publish({ seq: 1, ...running, changes });
    const after = state.publish({ seq: 2, ...running, changes: [itemAs(500_000, "claimed", 2)] });
    expect(numbers(diff(before, after))).toEqual([500_000]);
    // Items at rest are made with their key when they are looked at.
    expect(made).toBe(0);
  });

  test("pictures of two runs have no difference that means anything", () => {
    const other = createRunState({ ...KEYS, runId: "other", name: "test", size: 1, seq: 0, status: "running" });
    expect(() => diff(stateOf(1).snapshot(), other.snapshot())).toThrow(UsageError);
  });
});
