/** Goal: graph and timeline say what the items say. Method: random graphs; made-up rows. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changesOf, criticalPath, History, profileOf, ticksOf, waitedFrom } from "../../src/board/data/history.ts";
import { ItemStore } from "../../src/board/data/item-store.ts";
import { aroundOf, layeredOf, mermaidOf } from "../../src/board/data/layered.ts";
import type { Item, Row } from "../../src/board/data/wire.ts";
import { itemOf, snapshotOf } from "../support/board-item.ts";

const idOf = (number: number): string => `00000000-0000-0000-0000-${String(number).padStart(12, "0")}`;

/** Needs always point to items made before. */
const graphs = fc
  .array(fc.array(fc.nat({ max: 30 }), { maxLength: 4 }), { maxLength: 30 })
  .map((needs) =>
    needs.map((some, n) =>
      itemOf({ id: idOf(n), key: `k${n}`, dependencies: [...new Set(some.filter((need) => need < n))].map(idOf) }),
    ),
  );

describe("layers", () => {
  test("what an item needs stands left of it, and no two items stand in one place", () => {
    fc.assert(
      fc.property(graphs, (items) => {
        const { nodes, edges, layers, rows } = layeredOf(items);
        expect(nodes).toHaveLength(items.length);
        expect(edges).toHaveLength(items.reduce((sum, { dependencies }) => sum + dependencies.length, 0));
        for (const { from, to } of edges) expect(from.layer).toBeLessThan(to.layer);
        expect(new Set(nodes.map(({ layer, row }) => `${layer},${row}`)).size).toBe(items.length);
        for (const { layer, row } of nodes) expect(layer < layers && row < rows).toBe(true);
      }),
    );
  });

  test("a chain of 20,000 is no way too deep", () => {
    const chain = Array.from({ length: 20_000 }, (_, n) =>
      itemOf({ id: idOf(n), dependencies: n === 0 ? [] : [idOf(n - 1)] }),
    ).toReversed();
    expect(layeredOf(chain).layers).toBe(20_000);
  });

  test("around an item is what is within so many steps, bounded", () => {
    const items = Array.from({ length: 10 }, (_, n) =>
      itemOf({ id: idOf(n), dependencies: n === 0 ? [] : [idOf(n - 1)] }),
    );
    const store = new ItemStore();
    store.apply([snapshotOf(1, items)]);
    const { item, dependents } = store.picture();
    const around = (hops: number, most: number): number[] =>
      aroundOf(idOf(5), hops, item, dependents, most)
        .map(({ id }) => Number(id.slice(-12)))
        .sort((a, b) => a - b);
    expect(around(2, 100)).toEqual([3, 4, 5, 6, 7]);
    expect(around(9, 4)).toHaveLength(4);
  });

  test("as Mermaid a title can end no quote", () => {
    const text = mermaidOf(layeredOf([itemOf({ title: 'a"] --> b; click x "javascript:1"' })]));
    expect(text.split("\n")).toEqual(["flowchart LR", '  n0["a#34;#93; --#62; b#59; click x #34;javascript:1#34;"]']);
  });
});

describe("history", () => {
  const row = (seq: number, second: number, item: Item, from: string, to: string): Row => ({
    seq,
    at: new Date(second * 1_000).toISOString(),
    run_id: idOf(0),
    event: "item",
    item_id: item.id,
    from,
    to,
    actor: "ada",
  });
  const a = itemOf({ id: idOf(1), key: "a", created_at: new Date(0).toISOString() });
  const b = itemOf({ id: idOf(2), key: "b", dependencies: [a.id], created_at: new Date(0).toISOString() });
  const c = itemOf({ id: idOf(3), key: "c", created_at: new Date(0).toISOString() });
  const history = new History();
  const rows = [
    row(1, 1, a, "todo", "claimed"),
    row(2, 2, c, "todo", "claimed"),
    row(3, 4, c, "claimed", "done"),
    row(4, 5, a, "claimed", "done"),
    row(5, 6, b, "todo", "claimed"),
  ];
  history.take(rows.slice(0, 3));
  // What is there already is passed over.
  history.take(rows);

  test("items stand in the order in which they began, with when they ended", () => {
    expect(history.of([c, b, a]).map(({ item, startedAt, endedAt }) => [item.key, startedAt, endedAt])).toEqual([
      ["a", 1_000, 5_000],
      ["c", 2_000, 4_000],
      ["b", 6_000, undefined],
    ]);
  });

  test("the critical path leads from what ended last back through what it waited for", () => {
    expect([...criticalPath(history.of([a, b, c]), 9_000)]).toEqual([b.id, a.id]);
  });

  test("an item waits from when its needs had ended, and at an earlier version it is as it was then", () => {
    const all = history.of([a, b, c]);
    expect(all.map((each) => waitedFrom(each, each.attempts[0]!))).toEqual([0, 0, 5_000]);
    const then = history.of([a, b, c], 3);
    expect(then.map(({ item, endedAt }) => [item.key, endedAt])).toEqual([
      ["a", undefined],
      ["c", 4_000],
    ]);
  });

  test("what has not moved is the same object again; what has moved is another", () => {
    const growing = new History();
    growing.take(rows.slice(0, 2));
    const [first, second] = growing.of([a, c]);
    growing.take(rows.slice(0, 3));
    expect(growing.of([a, c])[0]).toBe(first);
    expect(second?.endedAt).toBeUndefined();
    expect(growing.of([a, c])[1]?.endedAt).toBe(4_000);
    expect(growing.of([{ ...a, title: "Another" }])[0]?.item.title).toBe("Another");
  });

  test("the profile says how many ran at once, and never less than none", () => {
    const changes = changesOf(history.of([a, b, c]), 10_000);
    expect(profileOf(changes, 0, 10_000, 10)).toEqual([0, 1, 2, 2, 1, 0, 1, 1, 1, 1]);
    expect(Math.min(...profileOf(changes, 2_500, 3_000, 7))).toBe(2);
    expect(profileOf(changes, 20_000, 30_000, 2)).toEqual([0, 0]);
  });

  test("ticks are round, within the time, and few", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2e12 }), fc.integer({ min: 1_000, max: 4e9 }), (from, length) => {
        const ticks = ticksOf(from, from + length, 8);
        expect(ticks.length).toBeLessThanOrEqual(9);
        for (const at of ticks) expect(at >= from && at <= from + length).toBe(true);
      }),
    );
  });
});
