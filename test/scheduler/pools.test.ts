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
