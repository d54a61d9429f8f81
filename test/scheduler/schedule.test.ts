/**
 * Goal: each schedule starts what it may, when it may, and reports its layers as a reader of the audit log expects.
 * Method: known graphs driven by hand through the calls that the engine makes. Random ones stand in test/properties/schedule.test.ts.
 */
import { describe, expect, test } from "vitest";
import { createSchedule, type ScheduleKind, type ScheduleOptions } from "../../src/scheduler/schedule.ts";
import { startAll } from "../support/driven-schedule.ts";
import { graphFromNeeds } from "../support/graphs.ts";

const DIAMOND = [[], [0], [0], [1, 2]];

function scheduleOf(kind: ScheduleKind, needs: number[][], more: Partial<ScheduleOptions> = {}) {
  const boundaries: string[] = [];
  const schedule = createSchedule(kind, {
    graph: graphFromNeeds(needs),
    priorityOf: () => 5,
    remainingPath: () => 1,
    onLayer: ({ kind, layer, items }) => boundaries.push(`${kind} ${layer} (${items})`),
    ...more,
  });
  return { schedule, boundaries };
}

describe("as-ready", () => {
  test("answers whatever is ready, each once", () => {
    const { schedule, boundaries } = scheduleOf("as-ready", DIAMOND);
    schedule.ready(0);
    schedule.ready(0);
    expect([schedule.liveItemsMax, schedule.size, schedule.next(), schedule.next()]).toEqual([Infinity, 1, 0, -1]);
    schedule.settled(0);
    schedule.ready(2);
    schedule.ready(1);
    expect([schedule.ahead(1), schedule.has(1), schedule.layerHold(1)]).toEqual([1, true, undefined]);
    expect([schedule.next(), schedule.next(), schedule.size]).toEqual([2, 1, 0]);
    expect(boundaries).toEqual([]);
  });

  test("an item that is cancelled while it waits is never answered", () => {
    const { schedule } = scheduleOf("as-ready", [[], []]);
    schedule.ready(0);
    schedule.ready(1);
    schedule.settled(0);
    schedule.blocked(1);
    expect([schedule.size, schedule.next()]).toEqual([0, -1]);
  });
});

describe("layers", () => {
  test("S1-08, S1-11: a diamond has three layers, each over before the next", () => {
    const { schedule, boundaries } = scheduleOf("layers", DIAMOND);
    schedule.ready(0);
    expect(schedule.next()).toBe(0);
    schedule.settled(0);
    schedule.ready(1);
    schedule.ready(2);
    expect([schedule.next(), schedule.next(), schedule.next()]).toEqual([1, 2, -1]);
    schedule.settled(1);
    expect(schedule.next()).toBe(-1);
    schedule.settled(2);
    schedule.ready(3);
    expect(schedule.next()).toBe(3);
    schedule.settled(3);
    expect(boundaries).toEqual([
      "started 0 (1)",
      "finished 0 (1)",
      "started 1 (2)",
      "finished 1 (2)",
      "started 2 (1)",
      "finished 2 (1)",
    ]);
  });

  test("C2: an item of the next layer waits for the slowest of this one, and says so", () => {
    const { schedule } = scheduleOf("layers", [[], [], [0]]);
    schedule.ready(0);
    schedule.ready(1);
    expect([schedule.next(), schedule.next()]).toEqual([0, 1]);
    schedule.settled(0);
    schedule.ready(2);
    expect([schedule.next(), schedule.size, schedule.has(2)]).toEqual([-1, 1, true]);
    expect(schedule.layerHold(2)).toEqual({ layer: 0, items: 1 });
    schedule.settled(1);
    expect([schedule.next(), schedule.layerHold(2)]).toEqual([2, undefined]);
  });

  test("C3: a failure does not hold the layers behind it for ever, and what does not need it still runs", () => {
    const { schedule, boundaries } = scheduleOf("layers", [[], [], [0], [1], [2], [3]]);
    schedule.ready(0);
    schedule.ready(1);
    schedule.next();
    schedule.next();
    schedule.settled(0);
    schedule.blocked(2);
    schedule.blocked(4);
    schedule.settled(1);
    schedule.ready(3);
    expect(schedule.next()).toBe(3);
    schedule.settled(3);
    schedule.ready(5);
    expect(schedule.next()).toBe(5);
    schedule.settled(5);
    expect(schedule.next()).toBe(-1);
    expect(boundaries.filter((line) => line.startsWith("started"))).toEqual([
      "started 0 (2)",
      "started 1 (2)",
      "started 2 (2)",
    ]);
  });

  test("C2: a retry keeps its layer open while it waits for its turn", () => {
    const { schedule, boundaries } = scheduleOf("layers", [[], [], [0]]);
    schedule.ready(0);
    schedule.ready(1);
    schedule.next();
    schedule.next();
    schedule.settled(0);
    schedule.ready(2);
    // Item 1 failed and waits for its backoff: it is told neither settled nor ready.
    expect(schedule.next()).toBe(-1);
    schedule.ready(1);
    expect(schedule.next()).toBe(1);
    expect(boundaries).toEqual(["started 0 (2)"]);
  });

  test("G3: an item put back by a person into a layer that is over runs, and the layer does not end twice", () => {
    const { schedule, boundaries } = scheduleOf("layers", [[], [0]]);
    schedule.ready(0);
    schedule.next();
    schedule.settled(0);
    schedule.settled(0);
    expect(boundaries).toEqual(["started 0 (1)", "finished 0 (1)"]);
    schedule.ready(0);
    expect(schedule.next()).toBe(0);
    schedule.settled(0);
    expect(boundaries).toEqual(["started 0 (1)", "finished 0 (1)"]);
  });

  test("an item that is cancelled behind the barrier leaves it", () => {
    const { schedule } = scheduleOf("layers", [[], [], [0]]);
    schedule.ready(0);
    schedule.ready(1);
    schedule.next();
    schedule.next();
    schedule.settled(0);
    schedule.ready(2);
    schedule.settled(2);
    schedule.settled(1);
    expect([schedule.size, schedule.next()]).toEqual([0, -1]);
  });

  test("an item that is cancelled behind the barrier does not come out when its layer opens", () => {
    const { schedule } = scheduleOf("layers", [[], [], [0], [0]]);
    schedule.ready(0);
    schedule.ready(1);
    schedule.next();
    schedule.next();
    schedule.settled(0);
    schedule.ready(2);
    schedule.ready(3);
    schedule.settled(2);
    schedule.settled(1);
    expect([schedule.size, schedule.next(), schedule.next()]).toEqual([1, 3, -1]);
  });

  test("items outside the scope do not count as items of a layer, and a layer without any is passed over", () => {
    const { schedule, boundaries } = scheduleOf("layers", [[], [], [0], [2]], {
      inScope: (item) => item === 1 || item === 3,
    });
    schedule.ready(1);
    schedule.next();
    schedule.settled(1);
    schedule.ready(3);
    expect(schedule.next()).toBe(3);
    schedule.settled(3);
    expect(boundaries).toEqual(["started 0 (1)", "finished 0 (1)", "started 2 (1)", "finished 2 (1)"]);
  });
});

describe("layers of a run that grows, or goes on", () => {
  const layersOf = (needs: number[][], more: Partial<ScheduleOptions> = {}) => scheduleOf("layers", needs, more);

  test("what is added while a layer is open is in no layer that has finished", () => {
    const { schedule, boundaries } = layersOf([[], [0]]);
    expect(schedule.layerFloor, "nothing is open").toBe(0);
    schedule.ready(0);
    schedule.next();
    expect(schedule.layerFloor, "the open one takes more").toBe(0);
    schedule.settled(0);
    expect(schedule.layerFloor, "it is over").toBe(1);
    // 2 needs nothing: it would be of the first layer.
    schedule.grew(graphFromNeeds([[], [0], []]), [2]);
    schedule.ready(1);
    schedule.ready(2);
    expect(startAll(schedule)).toEqual([1, 2]);
    expect(boundaries.at(-1)).toBe("started 1 (2)");
  });

  test("what is added to the open layer starts at once, and the layer ends with it", () => {
    const { schedule, boundaries } = layersOf([[], [0]]);
    schedule.ready(0);
    schedule.next();
    schedule.grew(graphFromNeeds([[], [0], []]), [2]);
    schedule.ready(2);
    expect(schedule.next()).toBe(2);
    schedule.settled(0);
    expect(boundaries).toEqual(["started 0 (1)"]);
    schedule.settled(2);
    expect(boundaries.at(-1)).toBe("finished 0 (2)");
  });

  test("what waits behind something new waits for its layer too", () => {
    const { schedule, boundaries } = layersOf([[], [], [0]]);
    schedule.ready(0);
    schedule.ready(1);
    expect(startAll(schedule)).toEqual([0, 1]);
    schedule.settled(0);
    schedule.ready(2);
    expect(schedule.layerHold(2)).toEqual({ layer: 0, items: 1 });
    // Item 2 needs 4 as well now, which needs 3: three layers more than before.
    schedule.grew(graphFromNeeds([[], [], [0, 4], [], [3]]), [3, 4]);
    expect([schedule.has(2), schedule.size]).toEqual([true, 1]);
    schedule.ready(3);
    expect(schedule.next()).toBe(3);
    schedule.settled(1);
    schedule.settled(3);
    schedule.ready(4);
    expect(startAll(schedule)).toEqual([4]);
    schedule.settled(4);
    expect(startAll(schedule)).toEqual([2]);
    expect(boundaries.filter((line) => line.startsWith("started"))).toEqual([
      "started 0 (2)",
      "started 1 (1)",
      "started 2 (1)",
    ]);
  });

  test("a layer that an earlier life opened is not opened again, and one that it ended is over", () => {
    const open = layersOf([[], [], [0]], { opened: { layer: 0, isFinished: false } });
    expect(open.schedule.layerFloor).toBe(0);
    open.schedule.ready(1);
    expect(startAll(open.schedule)).toEqual([1]);
    open.schedule.settled(1);
    expect(open.boundaries).toEqual(["finished 0 (2)"]);
    const ended = layersOf([[], [], [0]], { opened: { layer: 0, isFinished: true } });
    expect(ended.schedule.layerFloor).toBe(1);
    ended.schedule.ready(1);
    expect(startAll(ended.schedule)).toEqual([1]);
    ended.schedule.settled(1);
    expect(ended.boundaries, "G3").toEqual([]);
  });

  test("what an earlier life added keeps the floor that it had then", () => {
    const { schedule, boundaries } = layersOf([[], [0], []], {
      opened: { layer: 0, isFinished: true },
      floorOf: (item) => (item === 2 ? 1 : undefined),
    });
    schedule.ready(1);
    schedule.ready(2);
    expect(startAll(schedule)).toEqual([1, 2]);
    expect(boundaries).toEqual(["started 1 (2)"]);
  });

  test("a layer in which nothing is ready is passed over", () => {
    const { schedule, boundaries } = layersOf([[], [0], [1]], { opened: { layer: 0, isFinished: true } });
    schedule.ready(2);
    expect(schedule.next()).toBe(2);
    expect(boundaries).toEqual(["started 2 (1)"]);
  });

  test("items of the scope count only, also of what is added", () => {
    const { schedule, boundaries } = layersOf([[], [0]], { inScope: (item) => item !== 1 });
    schedule.grew(graphFromNeeds([[], [0], [], []]), [2, 3]);
    schedule.ready(0);
    schedule.next();
    expect(boundaries).toEqual(["started 0 (3)"]);
  });
});

test.each(["as-ready", "layers"] as const)("%s: an item whose priority changes while it waits moves", (kind) => {
  const priorities = [5, 5, 5];
  const { schedule } = scheduleOf(kind, [[], [], []], { priorityOf: (item) => priorities[item]! });
  [0, 1, 2].forEach((item) => schedule.ready(item));
  expect(schedule.next()).toBe(0);
  priorities[2] = 0;
  schedule.reorder(2);
  // One that does not wait here is fine.
  schedule.reorder(0);
  expect(startAll(schedule)).toEqual([2, 1]);
});

test.each(["as-ready", "sequential"] as const)("%s: there are no layers, whatever is added", (kind) => {
  const { schedule } = scheduleOf(kind, [[]]);
  schedule.grew(graphFromNeeds([[], [0]]), [1]);
  schedule.ready(1);
  schedule.reorder(1);
  expect([schedule.layerFloor, schedule.layerHold(1), schedule.next()]).toEqual([undefined, undefined, 1]);
});

describe("sequential", () => {
  test("C4: one at a time, in the order of the plan, whatever the priorities", () => {
    const { schedule } = scheduleOf("sequential", [[], [], []], {
      priorityOf: (item) => 9 - item,
      remainingPath: (item) => item,
    });
    for (const item of [2, 0, 1]) schedule.ready(item);
    expect([schedule.liveItemsMax, schedule.ahead(2), schedule.size]).toEqual([1, 2, 3]);
    expect([schedule.next(), schedule.next(), schedule.size]).toEqual([0, -1, 2]);
    schedule.settled(0);
    expect(schedule.next()).toBe(1);
  });

  test("C4: while an item waits for its next attempt, nothing overtakes it", () => {
    const { schedule } = scheduleOf("sequential", [[], []]);
    schedule.ready(0);
    schedule.ready(1);
    expect([schedule.next(), schedule.next()]).toEqual([0, -1]);
    schedule.ready(0);
    expect([schedule.next(), schedule.next()]).toEqual([0, -1]);
    schedule.settled(0);
    expect(schedule.next()).toBe(1);
  });

  test("an item that is cancelled while it waits lets the next one go", () => {
    const { schedule } = scheduleOf("sequential", [[], []]);
    schedule.ready(0);
    schedule.ready(1);
    schedule.settled(0);
    expect([schedule.has(0), schedule.next(), schedule.layerHold(1)]).toEqual([false, 1, undefined]);
  });

  test("an item that ends badly while it is live, or that never comes back, lets the next one go", () => {
    const { schedule } = scheduleOf("sequential", [[], [], []]);
    [0, 1, 2].forEach((item) => schedule.ready(item));
    expect([schedule.next(), schedule.next()]).toEqual([0, -1]);
    schedule.settled(2);
    expect(schedule.next(), "another one ended").toBe(-1);
    schedule.blocked(0);
    expect([schedule.next(), schedule.size]).toEqual([1, 0]);
  });

  test("an item is ready once, and its turn comes once", () => {
    const { schedule } = scheduleOf("sequential", [[], []]);
    schedule.ready(1);
    schedule.ready(1);
    expect([schedule.size, schedule.has(1), schedule.next(), schedule.has(1), schedule.size]).toEqual([
      1,
      true,
      1,
      false,
      0,
    ]);
  });
});
