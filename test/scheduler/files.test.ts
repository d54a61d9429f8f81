/**
 * Goal: an item starts when its files are free, and whoever waits for files holds nothing and is woken.
 * Method: a schedule driven by hand through the calls that the engine makes. Random plans: test/properties/files.test.ts.
 */
import { describe, expect, test } from "vitest";
import { withFiles, type FileSchedule } from "../../src/scheduler/files.ts";
import { withPools } from "../../src/scheduler/pools.ts";
import { createSchedule, type ScheduleKind } from "../../src/scheduler/schedule.ts";
import { endItem, startAll } from "../support/driven-schedule.ts";
import { graphFromNeeds } from "../support/graphs.ts";

interface Setup {
  readonly kind?: ScheduleKind;
  readonly needs?: number[][];
  readonly priorities?: readonly number[];
  readonly shared?: readonly string[];
  readonly overtakesMax?: number;
}

/** Files of each item: one pattern, several, or none. */
function filesOf(files: (string | string[] | undefined)[], setup: Setup = {}): FileSchedule {
  const { kind = "as-ready", needs, priorities, shared = [], overtakesMax } = setup;
  const graph = graphFromNeeds(needs ?? files.map(() => []));
  const order = {
    priorityOf: (item: number) => 2 * (priorities?.[item] ?? 5) - (schedule.hasWaited(item) ? 1 : 0),
    remainingPath: new Float64Array(graph.size),
  };
  const base = createSchedule(kind, { graph, ...order });
  const of = (item: number): string[] | undefined => (typeof files[item] === "string" ? [files[item]] : files[item]);
  const limit = overtakesMax === undefined ? {} : { overtakesMax };
  const schedule: FileSchedule = withFiles(base, { filesOf: of, shared, ...order, ...limit });
  return schedule;
}

function readyAll(schedule: FileSchedule, count: number): void {
  for (let item = 0; item < count; item++) schedule.ready(item);
}

test("X1, X2: an item waits for the slot of the one that holds its files, and holds nobody else back", () => {
  const schedule = filesOf(["src/**", "src/a.ts", "docs", undefined, []]);
  readyAll(schedule, 5);
  schedule.ready(1);
  expect(startAll(schedule)).toEqual([0, 2, 3, 4]);
  expect([schedule.size, schedule.has(1), schedule.ahead(1), schedule.fits(1), schedule.fits(3)]).toEqual([
    1,
    true,
    -1,
    false,
    true,
  ]);
  schedule.ready(1);
  expect(schedule.heldFrom(1)).toEqual({ holders: [{ item: 0, files: ["src/**"] }], keptFor: undefined });
  schedule.settled(0);
  expect(startAll(schedule), "it has ended, but its attempt has not").toEqual([]);
  schedule.freed(0);
  schedule.freed(0);
  expect([schedule.heldFrom(1), schedule.fits(1), schedule.has(1)]).toEqual([undefined, true, true]);
  expect([startAll(schedule), schedule.size]).toEqual([[1], 0]);
});

test("files that are shared keep nobody waiting", () => {
  const schedule = filesOf(["docs/changelog.md", ["docs/changelog.md", "src/a.ts"]], { shared: ["docs/changelog.md"] });
  readyAll(schedule, 2);
  expect(startAll(schedule)).toEqual([0, 1]);
});

test("items with the same files go one after the other, by priority and then by age", () => {
  const schedule = filesOf(["a", "a", "a", "a"], { priorities: [5, 5, 5, 0] });
  readyAll(schedule, 3);
  const order = startAll(schedule);
  schedule.ready(3);
  for (let i = 0; i < order.length; i++) {
    order.push(...startAll(schedule));
    endItem(schedule, order[i]!);
    order.push(...startAll(schedule));
  }
  expect(order).toEqual([0, 3, 1, 2]);
});

test("names that differ in case only are one file", () => {
  const schedule = filesOf(["README.md", "readme.md"]);
  readyAll(schedule, 2);
  expect(startAll(schedule)).toEqual([0]);
});

describe("X2: others that wait are woken when the one that they wait for", () => {
  test("is cancelled after it was let go, before it started", () => {
    const schedule = filesOf(["a", "a", "a"]);
    readyAll(schedule, 3);
    expect(startAll(schedule)).toEqual([0]);
    endItem(schedule, 0);
    // 1 stands in the schedule again, and 2 waits for it.
    schedule.settled(1);
    expect([startAll(schedule), schedule.size]).toEqual([[2], 0]);
  });

  test("is cancelled while it waits itself", () => {
    const schedule = filesOf(["a", "a", "a"]);
    readyAll(schedule, 3);
    expect(startAll(schedule)).toEqual([0]);
    schedule.blocked(1);
    expect(schedule.size).toBe(1);
    endItem(schedule, 0);
    expect(startAll(schedule)).toEqual([2]);
  });

  test("is offered to somebody outside, and so holds nothing", () => {
    const schedule = filesOf(["a", "a"]);
    readyAll(schedule, 2);
    expect(schedule.next()).toBe(0);
    schedule.freed(0);
    expect(startAll(schedule)).toEqual([1]);
    expect(schedule.fits(0)).toBe(false);
    endItem(schedule, 1);
    expect(schedule.fits(0)).toBe(true);
    schedule.retake(0);
    expect(schedule.fits(1)).toBe(false);
  });

  test("declares other files", () => {
    const files = ["a", "b", "a"];
    const schedule = filesOf(files);
    readyAll(schedule, 3);
    expect(startAll(schedule)).toEqual([0, 1]);
    files[2] = "b";
    schedule.filesChanged(2);
    endItem(schedule, 0);
    expect(startAll(schedule)).toEqual([]);
    files[2] = "c";
    schedule.filesChanged(2);
    expect(startAll(schedule)).toEqual([2]);
    expect(() => schedule.filesChanged(2)).toThrow("changes the files that it holds");
  });
});

describe("X3: an item that wants everything", () => {
  const all = (overtakesMax: number, priorities?: number[]): FileSchedule =>
    filesOf(["a", "**", "b", "c", "d", "e", "f"], { overtakesMax, ...(priorities !== undefined && { priorities }) });

  test("is overtaken as often as allowed; then nothing starts that it would have to wait for", () => {
    const schedule = all(2);
    readyAll(schedule, 2);
    expect(startAll(schedule)).toEqual([0]);
    schedule.ready(2);
    expect(startAll(schedule)).toEqual([2]);
    endItem(schedule, 0);
    schedule.ready(3);
    expect(startAll(schedule), "once").toEqual([3]);
    endItem(schedule, 2);
    schedule.ready(4);
    expect(startAll(schedule), "twice").toEqual([]);
    expect(schedule.heldFrom(4)).toEqual({ holders: [], keptFor: 1 });
    expect([schedule.fits(4), schedule.has(4)]).toEqual([false, true]);
    endItem(schedule, 3);
    expect(startAll(schedule)).toEqual([1]);
    endItem(schedule, 1);
    expect([startAll(schedule), schedule.size]).toEqual([[4], 0]);
  });

  test("and is cancelled while all is kept for it gives everything back", () => {
    const schedule = all(1);
    readyAll(schedule, 2);
    expect(startAll(schedule)).toEqual([0]);
    schedule.ready(2);
    expect(startAll(schedule)).toEqual([2]);
    endItem(schedule, 0);
    schedule.ready(3);
    expect(startAll(schedule)).toEqual([]);
    schedule.settled(1);
    expect([startAll(schedule), schedule.size]).toEqual([[3], 0]);
  });

  test("is not overtaken by what has a better priority: that is its turn", () => {
    const schedule = all(1, [0, 5, 0, 0, 0, 0, 0]);
    readyAll(schedule, 2);
    expect(startAll(schedule)).toEqual([0]);
    for (const item of [2, 3, 4, 5, 6]) {
      schedule.ready(item);
      expect(startAll(schedule)).toEqual([item]);
      endItem(schedule, item === 2 ? 0 : item - 1);
    }
    expect(schedule.heldFrom(1)).toEqual({ holders: [{ item: 6, files: ["f"] }], keptFor: undefined });
  });
});

test("a retry that is offered before the slot of the failed attempt is free keeps its files until then", () => {
  const schedule = filesOf(["a", "a"], { priorities: [0, 5] });
  readyAll(schedule, 2);
  expect(startAll(schedule)).toEqual([0]);
  schedule.ready(0);
  schedule.freed(0);
  expect(startAll(schedule)).toEqual([0]);
  endItem(schedule, 0);
  expect(startAll(schedule)).toEqual([1]);
});

test("an item that was live in an earlier process holds its files before anything else starts", () => {
  const schedule = filesOf(["a", "a"], { priorities: [5, 0] });
  schedule.hold(0);
  readyAll(schedule, 2);
  expect(startAll(schedule), "the schedule hands it over again").toEqual([0]);
  expect(schedule.has(1)).toBe(true);
});

test("C2: under layers an item that waits for files keeps its layer open", () => {
  const schedule = filesOf(["a", "a", undefined], { kind: "layers", needs: [[], [], [0]] });
  readyAll(schedule, 2);
  expect(startAll(schedule)).toEqual([0]);
  endItem(schedule, 0);
  schedule.ready(2);
  expect([startAll(schedule), schedule.layerHold(2), schedule.size]).toEqual([[1], { layer: 0, items: 1 }, 1]);
  endItem(schedule, 1);
  expect(startAll(schedule)).toEqual([2]);
});

test("X2: an item that waits for files holds no place of a pool, also of one that came later", () => {
  const files = [["a"], ["a"], undefined, undefined];
  const order = { priorityOf: () => 5, remainingPath: new Float64Array(4) };
  const base = createSchedule("as-ready", { graph: graphFromNeeds([[], [], [], []]), ...order });
  const schedule = withFiles(base, { filesOf: (item) => files[item], shared: [], ...order });
  schedule.ready(0);
  expect(startAll(schedule)).toEqual([0]);
  const uses = [undefined, { p: 1 }, { p: 1 }, { p: 1 }];
  const pools = schedule.enclose((below) =>
    withPools(below, { pools: { p: 1 }, usesOf: (item) => uses[item], ...order }),
  );
  [1, 2, 3].forEach((item) => schedule.ready(item));
  expect(startAll(schedule)).toEqual([2]);
  expect(pools.shortOf(3).map(({ holders }) => holders)).toEqual([[2]]);
  endItem(schedule, 0);
  expect(startAll(schedule), "its files are free, the place is not").toEqual([]);
  endItem(schedule, 2);
  expect(startAll(schedule).length).toBe(1);
});

test("X1, P1: an item that takes back what it left has its files and its places, or neither", () => {
  const order = { priorityOf: () => 5, remainingPath: () => 1 };
  const schedule = filesOf(["a", "b"]);
  schedule.enclose((below) => withPools(below, { pools: { p: 1 }, usesOf: () => ({ p: 1 }), ...order }));
  [0, 1].forEach((item) => schedule.ready(item));
  expect(schedule.next()).toBe(0);
  schedule.freed(0);
  expect(schedule.fits(0)).toBe(true);
  schedule.retake(0);
  expect(startAll(schedule), "the place is taken").toEqual([]);
  endItem(schedule, 0);
  expect(startAll(schedule)).toEqual([1]);
});

describe("an item that waits for files", () => {
  test("moves among those that wait when its priority changes, and in the schedule below when it does not wait", () => {
    const priorities = [0, 5, 5, 5, 5];
    const schedule = filesOf(["a", "a", "a", undefined, undefined], { priorities });
    readyAll(schedule, 3);
    expect(startAll(schedule)).toEqual([0]);
    priorities[2] = 1;
    schedule.reorder(2);
    endItem(schedule, 0);
    expect(startAll(schedule)).toEqual([2]);
    schedule.ready(3);
    schedule.ready(4);
    priorities[4] = 1;
    schedule.reorder(4);
    expect(startAll(schedule)).toEqual([4, 3]);
  });

  test("is in the layers of the schedule below, also when it is added", () => {
    const schedule = filesOf(["a", "a", "a"], { kind: "layers", needs: [[], [0]] });
    schedule.ready(0);
    expect([schedule.layerFloor, startAll(schedule)]).toEqual([0, [0]]);
    endItem(schedule, 0);
    expect(schedule.layerFloor).toBe(1);
    schedule.grew(graphFromNeeds([[], [0], []]), [2]);
    schedule.ready(1);
    schedule.ready(2);
    expect([startAll(schedule), schedule.has(2)]).toEqual([[1], true]);
    expect(filesOf([]).layerFloor).toBeUndefined();
    expect([schedule.liveItemsMax, filesOf([undefined], { kind: "sequential" }).liveItemsMax]).toEqual([Infinity, 1]);
  });

  test("has waited until it starts, ends or declares other files", () => {
    const files = ["a", "a", "a"];
    const schedule = filesOf(files);
    readyAll(schedule, 3);
    expect(startAll(schedule)).toEqual([0]);
    expect([0, 1, 2].map((item) => schedule.hasWaited(item))).toEqual([false, true, true]);
    files[2] = "b";
    schedule.filesChanged(2);
    expect([schedule.hasWaited(2), startAll(schedule)]).toEqual([false, [2]]);
    endItem(schedule, 0);
    expect([startAll(schedule), schedule.hasWaited(1)]).toEqual([[1], false]);
  });

  test("whose files changed before it waited asks with the new ones", () => {
    const files = ["a", "a"];
    const schedule = filesOf(files);
    files[1] = "b";
    schedule.filesChanged(1);
    expect([schedule.size, schedule.has(1)]).toEqual([0, false]);
    readyAll(schedule, 2);
    expect(startAll(schedule)).toEqual([0, 1]);
  });
});

test("X3: when the first of two keepers is cancelled all is kept for the second", () => {
  const schedule = filesOf(["a", "**", ["**", "z"], "b", "c"], { overtakesMax: 1 });
  readyAll(schedule, 3);
  expect(startAll(schedule)).toEqual([0]);
  schedule.ready(3);
  expect(startAll(schedule), "it overtakes both").toEqual([3]);
  endItem(schedule, 0);
  schedule.ready(4);
  expect([startAll(schedule), schedule.heldFrom(4)]).toEqual([[], { holders: [], keptFor: 1 }]);
  expect(schedule.heldFrom(2)).toEqual({ holders: [{ item: 3, files: ["b"] }], keptFor: 1 });
  expect(schedule.heldFrom(1)).toEqual({ holders: [{ item: 3, files: ["b"] }], keptFor: undefined });
  schedule.settled(1);
  expect([startAll(schedule), schedule.heldFrom(4)]).toEqual([[], { holders: [], keptFor: 2 }]);
  endItem(schedule, 3);
  expect(startAll(schedule)).toEqual([2]);
  endItem(schedule, 2);
  expect(startAll(schedule)).toEqual([4]);
});
