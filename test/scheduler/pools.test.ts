/**
 * Goal: items take their places in pools all at once, are held back by nothing else, and nobody waits for ever.
 * Method: a pool schedule driven by hand through the calls that the engine makes. Random plans: test/properties/pools.test.ts.
 */
import { describe, expect, test } from "vitest";
import { withPools, type PoolSchedule } from "../../src/scheduler/pools.ts";
import { createSchedule, type ScheduleKind } from "../../src/scheduler/schedule.ts";
import { endItem, startAll } from "../support/driven-schedule.ts";
import { graphFromNeeds } from "../support/graphs.ts";

interface Setup {
  readonly pools: Readonly<Record<string, number>>;
  readonly uses: readonly (Readonly<Record<string, number>> | undefined)[];
  readonly kind?: ScheduleKind;
  readonly needs?: number[][];
  readonly priorities?: readonly number[];
  readonly overtakesMax?: number;
}

function poolsOf({ pools, uses, kind = "as-ready", needs, priorities, overtakesMax }: Setup): PoolSchedule {
  const graph = graphFromNeeds(needs ?? uses.map(() => []));
  const order = {
    priorityOf: (item: number) => priorities?.[item] ?? 5,
    remainingPath: new Float64Array(graph.size),
  };
  return withPools(createSchedule(kind, { graph, ...order }), {
    pools,
    usesOf: (item) => uses[item],
    ...order,
    ...(overtakesMax !== undefined && { overtakesMax }),
  });
}

const a1 = { a: 1 };

test("P1, P2: a pool gives its places to as many items as it has places, and to the next when a slot is free", () => {
  const schedule = poolsOf({ pools: { a: 2 }, uses: [a1, a1, a1] });
  [0, 1, 2].forEach((item) => schedule.ready(item));
  expect([startAll(schedule), schedule.size, schedule.has(2)]).toEqual([[0, 1], 1, true]);
  schedule.settled(0);
  expect(startAll(schedule), "it has ended, but its attempt has not").toEqual([]);
  schedule.freed(0);
  schedule.freed(0);
  expect(startAll(schedule)).toEqual([2]);
});

test("P1: an item of two pools takes neither before both have room", () => {
  const schedule = poolsOf({ pools: { a: 1, b: 1 }, uses: [a1, { a: 1, b: 1 }, { b: 1 }] });
  [0, 1, 2].forEach((item) => schedule.ready(item));
  expect(startAll(schedule), "the place of b is not taken by one that waits for a").toEqual([0, 2]);
  endItem(schedule, 0);
  expect(startAll(schedule)).toEqual([]);
  endItem(schedule, 2);
  expect(startAll(schedule)).toEqual([1]);
});

test("P3: an item that waits for a place holds back nothing else, whatever its priority", () => {
  const schedule = poolsOf({ pools: { a: 1 }, uses: [a1, a1, undefined], priorities: [0, 0, 9] });
  [0, 1, 2].forEach((item) => schedule.ready(item));
  expect(startAll(schedule)).toEqual([0, 2]);
});

test("order is by priority, then by the length of what follows, then by age, over all pools", () => {
  const schedule = poolsOf({ pools: { a: 2, b: 2 }, uses: [a1, { b: 1 }, undefined, a1], priorities: [3, 1, 2, 3] });
  [3, 2, 1, 0].forEach((item) => schedule.ready(item));
  expect(startAll(schedule)).toEqual([1, 2, 3, 0]);
});

describe("P4: an item that needs many places", () => {
  const many = (overtakesMax: number) =>
    poolsOf({ pools: { a: 2 }, uses: [a1, { a: 2 }, ...Array.from({ length: 20 }, () => a1)], overtakesMax });

  test("is overtaken as often as allowed, then the pool is kept for it", () => {
    const schedule = many(3);
    for (let item = 0; item < 22; item++) schedule.ready(item);
    const live = startAll(schedule);
    expect(live).toEqual([0, 2]);
    for (let round = 0; !live.includes(1); round++) {
      expect(round).toBeLessThan(10);
      endItem(schedule, live.shift()!);
      live.push(...startAll(schedule));
    }
    // 2, 3 and 4 went past it.
    expect([live, schedule.ahead(5)]).toEqual([[1], -1]);
    endItem(schedule, 1);
    expect(startAll(schedule)).toEqual([5, 6]);
  });

  test("that is cancelled while the pool is kept for it gives the pool back", () => {
    const schedule = many(1);
    [0, 1, 2, 3].forEach((item) => schedule.ready(item));
    expect(startAll(schedule)).toEqual([0, 2]);
    endItem(schedule, 0);
    expect(startAll(schedule)).toEqual([]);
    schedule.settled(1);
    expect([startAll(schedule), schedule.size]).toEqual([[3], 0]);
  });

  test("is not overtaken by what comes before it in order: that is its turn", () => {
    const schedule = poolsOf({
      pools: { a: 2 },
      uses: [a1, { a: 2 }, a1, a1, a1],
      priorities: [0, 5, 0, 0, 0],
      overtakesMax: 1,
    });
    [0, 1, 2, 3, 4].forEach((item) => schedule.ready(item));
    const order = startAll(schedule);
    for (let i = 0; i < order.length; i++) {
      endItem(schedule, order[i]!);
      order.push(...startAll(schedule));
    }
    expect(order).toEqual([0, 2, 3, 4, 1]);
  });
});

test("P5: two that keep the same pools go one after the other", () => {
  const both = { a: 2, b: 2 };
  const uses = [{ a: 1 }, { b: 1 }, both, { b: 2, a: 1 }, { a: 1 }, { b: 1 }, { a: 1 }, { b: 1 }];
  const schedule = poolsOf({ pools: { a: 2, b: 2 }, uses, overtakesMax: 1 });
  uses.forEach((_, item) => schedule.ready(item));
  const order = startAll(schedule);
  expect(order).toEqual([0, 1, 4]);
  expect(schedule.shortOf(3)).toEqual([
    { pool: "a", wanted: 1, taken: 2, places: 2, holders: [0, 4], keptFor: 2 },
    { pool: "b", wanted: 2, taken: 1, places: 2, holders: [1], keptFor: 2 },
  ]);
  for (let i = 0; i < order.length; i++) {
    endItem(schedule, order[i]!);
    order.push(...startAll(schedule));
  }
  expect(order.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(order.indexOf(2)).toBeLessThan(order.indexOf(3));
});

test("a retry that is offered before the slot of the failed attempt is free waits for its own places", () => {
  const schedule = poolsOf({ pools: { a: 1 }, uses: [a1] });
  schedule.ready(0);
  expect(startAll(schedule)).toEqual([0]);
  schedule.ready(0);
  schedule.freed(0);
  expect(startAll(schedule)).toEqual([0]);
});

test("C2: under layers an item that waits for a place keeps its layer open", () => {
  const schedule = poolsOf({ kind: "layers", needs: [[], [], [0]], pools: { a: 1 }, uses: [a1, a1, undefined] });
  [0, 1].forEach((item) => schedule.ready(item));
  expect(startAll(schedule)).toEqual([0]);
  endItem(schedule, 0);
  schedule.ready(2);
  expect([startAll(schedule), schedule.layerHold(2), schedule.size]).toEqual([[1], { layer: 0, items: 1 }, 1]);
  endItem(schedule, 1);
  expect(startAll(schedule)).toEqual([2]);
});

test("what waits below is counted and found until it comes through", () => {
  const schedule = poolsOf({ pools: { a: 1 }, uses: [a1, a1, undefined] });
  [0, 1, 2].forEach((item) => schedule.ready(item));
  schedule.ready(0);
  expect([schedule.size, schedule.has(1), schedule.ahead(2), schedule.ahead(9)]).toEqual([3, true, 2, -1]);
  expect([schedule.next(), schedule.size, schedule.ahead(1), schedule.ahead(2)]).toEqual([0, 2, -1, 0]);
  schedule.blocked(1);
  expect([startAll(schedule), schedule.size, schedule.shortOf(2)]).toEqual([[2], 0, []]);
});

describe("an item whose places, priority or needs change", () => {
  test("uses other places from then on, waiting or not", () => {
    const uses: (Record<string, number> | undefined)[] = [a1, a1, a1];
    const schedule = poolsOf({ pools: { a: 1, b: 1 }, uses });
    [0, 1].forEach((item) => schedule.ready(item));
    expect(startAll(schedule)).toEqual([0]);
    uses[1] = { b: 1 };
    schedule.usesChanged(1);
    expect([schedule.size, schedule.has(1), startAll(schedule)]).toEqual([1, true, [1]]);
    // It does not wait yet.
    uses[2] = undefined;
    schedule.usesChanged(2);
    expect([schedule.size, schedule.has(2)]).toEqual([0, false]);
    schedule.ready(2);
    expect(startAll(schedule)).toEqual([2]);
    expect(() => schedule.usesChanged(0)).toThrow("changes the places that it has");
  });

  test("moves in its lane when its priority changes, and in the schedule below when it has not come through", () => {
    const priorities = [0, 5, 5, 5];
    const schedule = poolsOf({ pools: { a: 1 }, uses: [a1, a1, a1, a1], priorities });
    [0, 1, 2].forEach((item) => schedule.ready(item));
    expect(startAll(schedule)).toEqual([0]);
    priorities[2] = 1;
    schedule.reorder(2);
    endItem(schedule, 0);
    expect(startAll(schedule)).toEqual([2]);
    schedule.ready(0);
    schedule.ready(3);
    [priorities[0], priorities[3]] = [9, 0];
    schedule.reorder(3);
    schedule.reorder(0);
    endItem(schedule, 2);
    expect(startAll(schedule)).toEqual([3]);
  });

  test("is told how many go first by its new priority before it has come through, too", () => {
    const priorities = [1, 2, 3];
    const schedule = poolsOf({ pools: { a: 1 }, uses: [a1, a1, a1], priorities });
    [0, 1, 2].forEach((item) => schedule.ready(item));
    expect([0, 1, 2].map((item) => schedule.ahead(item))).toEqual([0, 1, 2]);
    priorities[2] = 0;
    schedule.reorder(2);
    expect([0, 1, 2].map((item) => schedule.ahead(item))).toEqual([1, 2, 0]);
  });

  test("comes by the length of what follows, where that is asked for and where it is counted", () => {
    const paths = [1, 2, 3];
    for (const remainingPath of [(item: number) => paths[item]!, Float64Array.from(paths)]) {
      const order = { priorityOf: () => 5, remainingPath };
      const base = createSchedule("as-ready", { graph: graphFromNeeds([[], [], []]), ...order });
      const schedule = withPools(base, {
        pools: { a: 1, b: 2 },
        usesOf: (item) => [{ b: 1 }, a1, { b: 1 }][item],
        ...order,
      });
      [0, 1, 2].forEach((item) => schedule.ready(item));
      expect(startAll(schedule)).toEqual([2, 1, 0]);
    }
  });

  test("that comes when another waits goes before it when more follows, and behind it when as much does", () => {
    const paths = [1, 3, 2, 1];
    const order = { priorityOf: () => 5, remainingPath: (item: number) => paths[item]! };
    const base = createSchedule("as-ready", { graph: graphFromNeeds([[], [], [], []]), ...order });
    const schedule = withPools(base, {
      pools: { a: 1, b: 3 },
      usesOf: (item) => (item === 0 ? a1 : { b: 1 }),
      ...order,
    });
    [0, 1].forEach((item) => schedule.ready(item));
    expect(schedule.next()).toBe(1);
    [2, 3].forEach((item) => schedule.ready(item));
    expect(startAll(schedule)).toEqual([2, 0, 3]);
  });

  test("one that was added later has no known path, and comes last", () => {
    const graph = graphFromNeeds([[], []]);
    const order = { priorityOf: () => 5, remainingPath: Float64Array.from([1]) };
    const schedule = withPools(createSchedule("as-ready", { graph, ...order }), {
      pools: { a: 1, b: 1 },
      usesOf: (item) => (item === 0 ? a1 : { b: 1 }),
      ...order,
    });
    [1, 0].forEach((item) => schedule.ready(item));
    expect([schedule.ahead(1), startAll(schedule)]).toEqual([1, [0, 1]]);
  });

  test("is in the layers of the schedule below, also when it is added", () => {
    const schedule = poolsOf({ kind: "layers", needs: [[], [0]], pools: { a: 1 }, uses: [a1, a1, a1] });
    schedule.ready(0);
    expect([schedule.layerFloor, startAll(schedule)]).toEqual([0, [0]]);
    endItem(schedule, 0);
    expect(schedule.layerFloor).toBe(1);
    schedule.grew(graphFromNeeds([[], [0], []]), [2]);
    [1, 2].forEach((item) => schedule.ready(item));
    expect(startAll(schedule)).toEqual([1]);
    expect(poolsOf({ pools: {}, uses: [] }).layerFloor).toBeUndefined();
    expect([schedule.liveItemsMax, poolsOf({ kind: "sequential", pools: {}, uses: [undefined] }).liveItemsMax]).toEqual(
      [Infinity, 1],
    );
  });
});

test("an item that was offered takes its places again only when they are free", () => {
  const schedule = poolsOf({ pools: { a: 1 }, uses: [a1, a1] });
  [0, 1].forEach((item) => schedule.ready(item));
  expect(schedule.next()).toBe(0);
  schedule.freed(0);
  expect([schedule.fits(0), startAll(schedule), schedule.fits(0)]).toEqual([true, [1], false]);
  expect(() => schedule.retake(0)).toThrow("takes places again that are not free");
  endItem(schedule, 1);
  schedule.retake(0);
  expect([schedule.fits(1), schedule.shortOf(1)]).toEqual([
    false,
    [{ pool: "a", wanted: 1, taken: 1, places: 1, holders: [0], keptFor: undefined }],
  ]);
});

test("how many go first counts those that fit only, and in their order", () => {
  const priorities = [5, 4, 3, 2, 5];
  const uses = [a1, a1, { a: 2 }, undefined, { b: 1 }];
  const schedule = poolsOf({ pools: { a: 2, b: 1 }, uses, priorities });
  schedule.ready(0);
  expect(startAll(schedule)).toEqual([0]);
  [1, 2, 3, 4].forEach((item) => schedule.ready(item));
  // Handed over, and the first of them answered.
  expect(schedule.next()).toBe(3);
  expect([1, 2, 3, 4].map((item) => schedule.ahead(item))).toEqual([0, -1, -1, 1]);
});

test("an answer looks at the first of those that use the same, however many wait", () => {
  let looked = 0;
  const size = 1_000;
  const graph = graphFromNeeds(Array.from({ length: size }, () => []));
  const order = { priorityOf: () => (looked++, 5), remainingPath: new Float64Array(size) };
  const pools = { a: size, b: 1 };
  const usesOf = (item: number): Record<string, number> => (item % 2 === 0 ? a1 : { b: 1 });
  const schedule = withPools(createSchedule("as-ready", { graph, ...order }), { pools, usesOf, ...order });
  for (let item = 0; item < size; item++) schedule.ready(item);
  expect(schedule.next()).toBe(0);
  looked = 0;
  expect(schedule.next()).toBe(1);
  expect(looked).toBeLessThan(100);
});
