/**
 * Goal: parents show what is below them, at every version. Method: one small tree written out, random trees against counting anew,
 * a run's snapshots one after the other.
 */
import { fc, test as propertyTest } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import type { ItemStatus } from "../../src/items/status.ts";
import { Hierarchy, parentStatus } from "../../src/state/hierarchy.ts";
import { progressOf } from "../../src/state/progress.ts";
import { watchedRun } from "../support/watched-run.ts";

const item = (number: number, key: string, status: ItemStatus = "todo") => ({ number, key, status });

describe("S2-15: a hierarchy", () => {
  test("has a parent for every beginning of an id up to a dot, with what is below it", () => {
    const tree = new Hierarchy((id) => (id === "P1" ? "Phase one" : undefined)).take([
      item(0, "setup", "done"),
      item(1, "P1.M1.T1.S1", "done"),
      item(2, "P1.M1.T1.S2", "claimed"),
      item(3, "P1.M2", "todo"),
      item(4, "test[node=1.5]", "done"),
      item(5, "test[node=26]", "failed"),
    ]);
    expect([...tree].map(({ id, depth, parent, status }) => [id, depth, parent, status])).toEqual([
      ["P1", 0, undefined, "claimed"],
      ["P1.M1", 1, "P1", "claimed"],
      ["P1.M1.T1", 2, "P1.M1", "claimed"],
      ["test", 0, undefined, "failed"],
    ]);
    expect(tree.get("P1")).toMatchObject({
      title: "Phase one",
      progress: { total: 3, done: 1, claimed: 1, todo: 1, fraction: 1 / 3 },
      parents: ["P1.M1"],
      items: ["P1.M2"],
    });
    expect(tree.get("P1.M1.T1")?.items).toEqual(["P1.M1.T1.S1", "P1.M1.T1.S2"]);
    expect(tree.get("P1.M2")).toBeUndefined();
    expect([tree.isAlone(0), tree.isAlone(1)]).toEqual([true, false]);
    expect(tree.roots().map(({ id }) => id)).toEqual(["P1", "test"]);
  });

  test("H1: an item with a parent's id is counted by the parent, whichever was met first", () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
    ]) {
      const all = [item(0, "P1", "done"), item(1, "P1.M1", "done"), item(2, "P1.M1.T1", "todo")];
      const tree = new Hierarchy().take(order.map((n) => all[n]!)).take([item(1, "P1.M1", "failed")]);
      expect(tree.get("P1")).toMatchObject({ progress: { total: 3, done: 1, failed: 1, todo: 1 }, items: [] });
      expect(tree.get("P1.M1")).toMatchObject({ progress: { total: 2, failed: 1, todo: 1 }, items: ["P1.M1.T1"] });
    }
  });

  test.each<[Partial<Record<ItemStatus, number>>, ItemStatus]>([
    [{ todo: 2 }, "todo"],
    [{ todo: 1, done: 1 }, "claimed"],
    [{ todo: 1, cancelled: 1 }, "claimed"],
    [{ todo: 1, claimed: 1 }, "claimed"],
    [{ done: 2 }, "done"],
    [{ done: 1, cancelled: 1 }, "done"],
    [{ cancelled: 2 }, "cancelled"],
    [{ failed: 1, done: 5, claimed: 1 }, "failed"],
  ])("%j is %s", (some, status) => {
    expect(parentStatus({ todo: 0, claimed: 0, done: 0, failed: 0, cancelled: 0, ...some })).toBe(status);
  });

  test("follows a run from snapshot to snapshot", async () => {
    const { env, executor, run } = watchedRun({
      tasks: { "A.x": { run: "x" }, "A.y": { run: "y", needs: ["A.x"] }, "B.z": { run: "z", needs: ["A.y"] } },
    });
    const tree = new Hierarchy().follow(run.snapshot());
    const seen = [tree.get("A")!.status];
    run.changes$.subscribe((snapshot) => seen.push(tree.follow(snapshot).get("A")!.status));
    const ended = run.start();
    for (const key of ["A.x", "A.y", "B.z"]) {
      await env.settle();
      executor.finish(key);
    }
    await ended;
    expect([...new Set(seen)]).toEqual(["todo", "claimed", "done"]);
    expect(tree.get("B")?.progress.fraction).toBe(1);
  });
});

const statuses = fc.constantFrom<ItemStatus>("todo", "claimed", "done", "failed", "cancelled");
const ids = fc.uniqueArray(
  fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(".")),
  { minLength: 1, maxLength: 20 },
);

propertyTest.prop([ids, fc.array(fc.tuple(fc.nat(99), statuses), { maxLength: 40 })], { numRuns: 1000 })(
  "H1: after any changes every parent counts what is below it, as counting anew does",
  (keys, changes) => {
    const now = keys.map((key, number) => item(number, key));
    const tree = new Hierarchy();
    // Items are met one by one, some after others have changed.
    for (const [index, status] of changes) {
      const changed = now[index % now.length]!;
      changed.status = status;
      tree.take([changed]);
    }
    tree.take(now);
    for (const { id, progress, status, parents, items } of tree) {
      const counts = { todo: 0, claimed: 0, done: 0, failed: 0, cancelled: 0 };
      for (const each of now) if (each.key === id || each.key.startsWith(`${id}.`)) counts[each.status]++;
      expect(progress).toEqual(progressOf(counts));
      expect(status).toBe(parentStatus(counts));
      const below = now.filter(({ key }) => key.startsWith(`${id}.`) && !key.slice(id.length + 1).includes("."));
      expect([...parents, ...items].toSorted()).toEqual(expect.arrayContaining(below.map(({ key }) => key).toSorted()));
    }
    const expected = new Set(keys.flatMap((key) => key.split(".").map((_, i, parts) => parts.slice(0, i).join("."))));
    expected.delete("");
    expect([...tree].map(({ id }) => id).toSorted()).toEqual([...expected].toSorted());
  },
);

test("H2: a tree of 10,000 items takes changes without reading the others", () => {
  const keys = Array.from({ length: 10_000 }, (_, n) => `P${n % 10}.M${n % 100}.T${n % 1_000}.S${n}`);
  let read = 0;
  const counting = (number: number, status: ItemStatus) => ({
    number,
    status,
    get key() {
      read++;
      return keys[number]!;
    },
  });
  const tree = new Hierarchy().take(keys.map((_, n) => counting(n, "todo")));
  read = 0;
  for (let n = 0; n < 10_000; n++) tree.take([counting(n, "done")]);
  expect(read).toBeLessThanOrEqual(10_000);
  expect(tree.roots().every(({ status, progress }) => status === "done" && progress.total === 1_000)).toBe(true);
});
