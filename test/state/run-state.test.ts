/**
 * Goal: a snapshot is one consistent, unchangeable picture of a run, cheap to make and cheap to keep.
 * Method: publications by hand; what must be refused is offered and the state compared before and after. The fold over random
 * publications stands in test/properties/run-state.test.ts.
 */
import { describe, expect, test } from "vitest";
import { InternalError } from "../../src/base/errors.ts";
import type { ItemStatus } from "../../src/items/status.ts";
import { snapshotProblems } from "../../src/state/invariants.ts";
import { createRunState } from "../../src/state/run-state.ts";
import type { ItemSnapshot, RunSnapshot } from "../../src/items/snapshot.ts";
import { itemAs, KEYS, stateOf } from "../support/item-snapshots.ts";

const running = { status: "running", outcome: undefined } as const;
const statuses = (snapshot: RunSnapshot): string[] => [...snapshot.items].map((item) => item.status);

describe("a new run", () => {
  test("has all its items at rest, of version 0", () => {
    const snapshot = stateOf(3).snapshot();
    expect(snapshot).toMatchObject({ runId: "run", name: "test", seq: 0, status: "running", outcome: undefined });
    expect(snapshot.counts).toEqual({ todo: 3, claimed: 0, done: 0, failed: 0, cancelled: 0 });
    expect(snapshot.items.at(2)).toEqual({ key: "task-2", number: 2, status: "todo", attempt: 0, seq: 0 });
    expect(snapshotProblems(snapshot)).toEqual([]);
  });

  test("may be empty (S0-01)", () => {
    const snapshot = stateOf(0).snapshot();
    expect([snapshot.items.size, [...snapshot.items], snapshot.items.at(0)]).toEqual([0, [], undefined]);
  });

  test("is found by key and by number, and what is not there is not found", () => {
    const { items } = stateOf(70).snapshot();
    expect(items.get("task-69")?.number).toBe(69);
    expect([items.get("task-70"), items.get("nonsense"), items.get("__proto__")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([items.at(70), items.at(-1), items.at(0.5), items.at(NaN)]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("that goes on after a restart starts from its stored items (S0-01)", () => {
    const restored = [0, 1, 4_999].map((number) => itemAs(number, number === 1 ? "failed" : "done", number + 1));
    const state = createRunState({
      runId: "run",
      name: "test",
      size: 5_000,
      seq: 5_000,
      status: "running",
      ...KEYS,
      restored,
    });
    const { counts, items, seq } = state.snapshot();
    expect([seq, counts.todo, counts.done, counts.failed]).toEqual([5_000, 4_997, 2, 1]);
    expect(items.at(4_999)).toEqual(restored[2]);
    expect(snapshotProblems(state.snapshot())).toEqual([]);
  });
});

describe("publishing", () => {
  test("P2, S0-10, S0-11: a batch appears whole, in one version", () => {
    const state = stateOf(200);
    const changes = [0, 64, 150].map((number) => itemAs(number, "claimed", number + 1));
    const after = state.publish({ seq: 151, ...running, changes });
    expect(after).toBe(state.snapshot());
    expect([after.seq, after.counts.claimed, after.counts.todo]).toEqual([151, 3, 197]);
    expect([0, 64, 150].map((number) => after.items.at(number)?.status)).toEqual(["claimed", "claimed", "claimed"]);
    expect(snapshotProblems(after)).toEqual([]);
  });

  test("P1, S0-02: a reader that keeps an old picture keeps it as it was", () => {
    const state = stateOf(130);
    const first = state.publish({ seq: 1, ...running, changes: [itemAs(0, "claimed", 1)] });
    const before = JSON.stringify(first);
    for (let seq = 2; seq < 100; seq++) state.publish({ seq, ...running, changes: [itemAs(seq, "claimed", seq)] });
    state.publish({ seq: 100, ...running, changes: [itemAs(0, "done", 100)] });
    expect(JSON.stringify(first)).toBe(before);
    expect([first.items.at(0)?.status, state.snapshot().items.at(0)?.status]).toEqual(["claimed", "done"]);
  });

  test("P1: what did not change is shared with the picture before", () => {
    const state = stateOf(10_000);
    const changes = Array.from({ length: 10_000 }, (_, number) => itemAs(number, "claimed", number + 1));
    const before = state.publish({ seq: 10_000, ...running, changes });
    const after = state.publish({ seq: 10_001, ...running, changes: [itemAs(5_000, "done", 10_001)] });
    expect(after.items.at(4_999)).toBe(before.items.at(4_999));
    expect(after.items.at(0)).toBe(before.items.at(0));
    expect(after.items.at(5_000)).not.toBe(before.items.at(5_000));
  });

  test("P3: of several changes of one item the last wins, and the counts agree", () => {
    const state = stateOf(2);
    const changes = [itemAs(1, "claimed", 1), itemAs(0, "claimed", 2), itemAs(1, "failed", 3)];
    const after = state.publish({ seq: 3, ...running, changes });
    expect(statuses(after)).toEqual(["claimed", "failed"]);
    expect(after.counts).toEqual({ todo: 0, claimed: 1, done: 0, failed: 1, cancelled: 0 });
  });

  test("a change of the run alone keeps the items and the counts", () => {
    const state = stateOf(2);
    const before = state.publish({ seq: 1, ...running, changes: [itemAs(0, "claimed", 1)] });
    const after = state.publish({ seq: 2, status: "paused", outcome: undefined, changes: [] });
    expect([after.status, after.seq, after.counts === before.counts]).toEqual(["paused", 2, true]);
    expect(after.items.at(0)).toBe(before.items.at(0));
  });

  test("an output and a reason are frozen all the way down, however deep", () => {
    const state = stateOf(1);
    let deep: { inner: unknown } = { inner: null };
    for (let i = 0; i < 20_000; i++) deep = { inner: deep };
    const output = { list: [{ a: 1 }], deep } as never;
    const item = state.publish({ seq: 1, ...running, changes: [itemAs(0, "done", 1, { output })] }).items.at(0);
    const { list } = item!.output as unknown as { list: [{ a: number }] };
    expect(() => (list[0].a = 2)).toThrow(TypeError);
    expect(() => list.push({ a: 2 })).toThrow(TypeError);
  });

  test("the engine's own counts are compared: two books that disagree are a bug", () => {
    const state = stateOf(2);
    const counts = { todo: 1, claimed: 1, done: 0, failed: 0, cancelled: 0 };
    const changes = [itemAs(0, "claimed", 1)];
    expect(state.publish({ seq: 1, ...running, changes, counts }).counts).toEqual(counts);
    expect(() => state.publish({ seq: 2, ...running, changes: [itemAs(0, "done", 2)], counts })).toThrow(InternalError);
  });

  test.each<[string, { seq?: number; size?: number; changes?: ItemSnapshot[] }]>([
    ["a version before the last", { seq: 9 }],
    ["an item that is not there", { changes: [itemAs(5, "claimed", 11)] }],
    ["a negative number", { changes: [itemAs(-1, "claimed", 11)] }],
    ["an item of a later version than the picture", { changes: [itemAs(0, "claimed", 12)] }],
    ["an item of an earlier version than it has", { changes: [itemAs(2, "claimed", 11), itemAs(1, "done", 9)] }],
    ["fewer items than before", { size: 4 }],
  ])("P4: %s is refused, and nothing has changed", (_, wrong) => {
    const state = stateOf(5);
    const before = state.publish({ seq: 10, ...running, changes: [itemAs(1, "claimed", 10)] });
    expect(() => state.publish({ seq: 11, ...running, changes: [], ...wrong })).toThrow(InternalError);
    expect(state.snapshot()).toBe(before);
    const next = state.publish({ seq: 11, ...running, changes: [itemAs(1, "done", 11)] });
    expect(snapshotProblems(next, { previous: before })).toEqual([]);
  });
});

describe("a run that grows", () => {
  test.each([
    [3, 5],
    [64, 65],
    [60, 5_000],
    [4_096, 4_097],
    [0, 1],
  ])("from %d to %d items keeps what it had, and its old pictures their size", (from, to) => {
    const state = stateOf(from);
    const changes = from === 0 ? [] : [itemAs(0, "done", 1), itemAs(from - 1, "claimed", 2)];
    const before = state.publish({ seq: 2, ...running, changes });
    const after = state.publish({ seq: 3, ...running, changes: [itemAs(to - 1, "claimed", 3)], size: to });
    expect([before.items.size, after.items.size, before.items.at(to - 1)]).toEqual([from, to, undefined]);
    expect(after.items.at(to - 1)?.status).toBe("claimed");
    if (from > 1) expect(after.items.at(0)).toBe(before.items.at(0));
    expect(snapshotProblems(after, { previous: before })).toEqual([]);
  });
});

describe("S0-03: nobody outside can write", () => {
  const state = stateOf(3);
  const snapshot = state.publish({ seq: 1, ...running, changes: [itemAs(0, "done", 1, { output: { a: [1] } })] });
  // A caller without our types, or who casts them away.
  const loose = snapshot as unknown as Record<string, never> & { counts: Record<ItemStatus, number> };

  test.each<[string, () => unknown]>([
    ["a field of the run", () => ((loose as Record<string, unknown>)["seq"] = 7)],
    ["a new field", () => ((loose as Record<string, unknown>)["extra"] = 1)],
    ["a count", () => loose.counts.done++],
    ["the items", () => Object.assign(snapshot.items, { size: 9 })],
    ["a method of the items", () => Object.assign(snapshot.items, { at: () => undefined })],
    ["an item", () => Object.assign(snapshot.items.at(0)!, { status: "todo" })],
    ["an item at rest", () => Object.assign(snapshot.items.at(1)!, { status: "done" })],
    ["an output", () => (snapshot.items.at(0)!.output as { a: number[] }).a.push(2)],
  ])("%s cannot be changed", (_, write) => {
    const before = JSON.stringify(snapshot);
    expect(write).toThrow(TypeError);
    expect(JSON.stringify(snapshot)).toBe(before);
  });
});

test("S0-07: a picture written as JSON holds every item and can cross any border", () => {
  const state = stateOf(3);
  const snapshot = state.publish({ seq: 1, ...running, changes: [itemAs(1, "failed", 1)] });
  const plain = JSON.parse(JSON.stringify(snapshot)) as { items: ItemSnapshot[]; counts: unknown };
  expect(plain.items).toEqual([...snapshot.items]);
  expect(structuredClone(plain)).toEqual(plain);
  expect(structuredClone(snapshot.items.at(1))).toEqual(snapshot.items.at(1));
});
