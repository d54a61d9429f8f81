/** Goal: coming closer and moving along never leave the time there is; layers have every item once. Method: random ranges and graphs. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { History } from "../../src/board/data/history.ts";
import { layersOf } from "../../src/board/data/layered.ts";
import { isWhole, moved, within, zoomed, type TimeRange } from "../../src/board/data/time-range.ts";
import { itemRows, layerRows } from "../../src/board/data/timeline-rows.ts";
import type { Row } from "../../src/board/data/wire.ts";
import { itemOf } from "../support/board-item.ts";

const whole: TimeRange = { from: 1_000_000, to: 1_600_000 };
const ranges = fc
  .tuple(fc.integer({ min: 0, max: 599_000 }), fc.integer({ min: 200, max: 600_000 }))
  .map(([from, length]) => within({ from: whole.from + from, to: whole.from + from + length }, whole));

describe("a range of time", () => {
  test("stays within the whole, whatever is done to it", () => {
    fc.assert(
      fc.property(
        ranges,
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.double({ min: -3, max: 3, noNaN: true }),
        (range, factor, share) => {
          const at = range.from + (range.to - range.from) / 3;
          for (const next of [zoomed(range, factor, at, whole), moved(range, share, whole)]) {
            expect(next.from).toBeGreaterThanOrEqual(whole.from);
            expect(next.to).toBeLessThanOrEqual(whole.to + 1e-6);
            expect(next.to).toBeGreaterThan(next.from);
          }
        },
      ),
    );
  });

  test("what is pointed at stays where it is while coming closer, and far enough back is all there is", () => {
    const range = { from: 1_200_000, to: 1_400_000 };
    expect(zoomed(range, 0.5, 1_250_000, whole)).toEqual({ from: 1_225_000, to: 1_325_000 });
    expect(zoomed(range, 1e-9, 1_250_000, whole).to - zoomed(range, 1e-9, 1_250_000, whole).from).toBeCloseTo(100);
    expect(isWhole(zoomed(range, 10, 1_250_000, whole), whole)).toBe(true);
    expect(moved(range, 0.5, whole)).toEqual({ from: 1_300_000, to: 1_500_000 });
    expect(moved(range, 9, whole)).toEqual({ from: 1_400_000, to: 1_600_000 });
  });
});

describe("rows", () => {
  const idOf = (number: number): string => `00000000-0000-0000-0000-${String(number).padStart(12, "0")}`;
  const items = Array.from({ length: 12 }, (_, n) =>
    itemOf({
      id: idOf(n),
      key: `k${n}`,
      dependencies: n < 4 ? [] : [idOf(n - 4)],
      created_at: new Date(0).toISOString(),
    }),
  );
  const row = (seq: number, item: string, from: string, to: string): Row => ({
    seq,
    at: new Date(seq * 1_000).toISOString(),
    run_id: idOf(0),
    event: "item",
    item_id: item,
    from,
    to,
    actor: "ada",
  });
  const history = new History();
  history.take(
    items.flatMap(({ id }, n) => [
      row(2 * n + 1, id, "todo", "claimed"),
      ...(n === 11 ? [] : [row(2 * n + 2, id, "claimed", n === 5 ? "failed" : "done")]),
    ]),
  );
  const histories = history.of(items);

  test("layers have every item once, say what failed, and whether they go on", () => {
    const layers = layerRows(histories, layersOf(items), 30_000);
    expect(layers.map(({ histories: members }) => members.length)).toEqual([4, 4, 4]);
    expect(layers.map(({ failedAt }) => failedAt)).toEqual([[], [12_000], []]);
    expect(layers.map(({ startedAt, endedAt }) => [startedAt, endedAt])).toEqual([
      [1_000, 8_000],
      [9_000, 16_000],
      [17_000, undefined],
    ]);
    expect(itemRows(histories)).toHaveLength(12);
  });
});
