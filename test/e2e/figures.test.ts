/**
 * The acceptance figures that can be shown by a count or by a ratio, through the public face and with real time only where the
 * figure is about time. Goal: a change that loses one of them fails here and not first in a benchmark. Wall times of the machine
 * are never compared with a constant; each ratio is of two things measured in the same test.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import {
  createRun,
  definePlan,
  executionLayers,
  type PlanDefinition,
  type RunSnapshot,
  type TaskDefinition,
} from "../../src/index.ts";
import { layeredDag, idOf } from "../bench/harness/dag.ts";

/** Counts how many are between `enter` and `leave` at once. */
class ConcurrencyTracker {
  peak = 0;
  live = 0;
  readonly track = async (work: () => Promise<unknown>): Promise<void> => {
    this.live += 1;
    this.peak = Math.max(this.peak, this.live);
    await work();
    this.live -= 1;
  };
}

function independent(count: number, run: (item: number) => unknown): PlanDefinition {
  const tasks = Object.fromEntries(
    Array.from({ length: count }, (_, item): [string, TaskDefinition] => [idOf(item), { run: () => run(item) }]),
  );
  return { name: "figures", tasks };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("S1-05: a diamond has the layers a, then b and c, then d, and a run in layers starts them in this order", async () => {
  const started: string[] = [];
  const task = (...needs: string[]): TaskDefinition => ({ needs, run: ({ item }) => void started.push(item) });
  const plan = definePlan({ tasks: { a: task(), b: task("a"), c: task("a"), d: task("b", "c") } });
  expect(executionLayers(plan)).toEqual([["a"], ["b", "c"], ["d"]]);
  const result = await createRun(plan, { schedule: "layers", liveItemsMax: 4 }).start();
  expect(result.outcome).toBe("done");
  expect(started).toEqual(["a", "b", "c", "d"]);
});

test("S1-07: two independent items of 100 ms take the time of one, not of both", async () => {
  const took: number[] = [];
  const work = async (): Promise<void> => {
    const start = performance.now();
    await sleep(100);
    took.push(performance.now() - start);
  };
  const run = createRun(definePlan(independent(2, work)), { liveItemsMax: 2 });
  const start = performance.now();
  await run.start();
  const whole = performance.now() - start;
  expect(took).toHaveLength(2);
  expect(whole / (took[0]! + took[1]!)).toBeLessThan(0.9);
});

test("S2-22: of ten independent items under a cap of three, exactly three are live at the peak", async () => {
  const tracker = new ConcurrencyTracker();
  const run = createRun(definePlan(independent(10, () => tracker.track(turn))), { liveItemsMax: 3 });
  const claimed: number[] = [];
  run.changes$.subscribe(({ counts }) => claimed.push(counts.claimed));
  const result = await run.start();
  expect(tracker.peak).toBe(3);
  expect(result.liveItemsPeak).toBe(3);
  expect(Math.max(...claimed)).toBeLessThanOrEqual(3);
  expect(result.counts).toEqual({ todo: 0, claimed: 0, done: 10, failed: 0, cancelled: 0 });
});

test("S2-24: twenty independent items under a cap of three take about a third of the time that they take one by one", async () => {
  const plan = definePlan(independent(20, () => sleep(20)));
  const timed = async (options: Parameters<typeof createRun>[1]): Promise<number> => {
    const start = performance.now();
    await createRun(plan, options).start();
    return performance.now() - start;
  };
  const oneByOne = await timed({ schedule: "sequential" });
  const three = await timed({ liveItemsMax: 3 });
  // 20 items in 7 rounds of 3 would be 2.86 times as fast.
  expect(oneByOne / three).toBeGreaterThan(2.2);
});

test("S2-25: runs of a hundred items under a cap of five end with all items done and leave no memory behind", async () => {
  setFlagsFromString("--expose-gc");
  // The context made after the flag was set is the one that has the function.
  const collectGarbage = runInNewContext("gc") as () => void;
  const heapMb = (): number => {
    collectGarbage();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };
  const tracker = new ConcurrencyTracker();
  const runOnce = async (): Promise<void> => {
    const result = await createRun(definePlan(independent(100, () => tracker.track(turn))), {
      liveItemsMax: 5,
    }).start();
    expect(result.counts.done).toBe(100);
    expect(result.liveItemsPeak).toBe(5);
  };
  for (let warmUp = 0; warmUp < 10; warmUp += 1) await runOnce();
  const before = heapMb();
  for (let round = 0; round < 40; round += 1) await runOnce();
  // One run of a hundred items holds about 0.1 MB: forty that were kept would be 4 MB.
  expect(heapMb() - before).toBeLessThan(2);
  expect(tracker.peak).toBe(5);
});

/** What has to be true of any picture of the run, at any moment (S0-13). */
function expectConsistent(snapshot: RunSnapshot, cap: number): void {
  const counts = { todo: 0, claimed: 0, done: 0, failed: 0, cancelled: 0 };
  for (const item of snapshot.items) {
    counts[item.status] += 1;
    expect(item.seq).toBeLessThanOrEqual(snapshot.seq);
    if (item.status === "done") expect(item.output).toEqual({ part: item.number });
  }
  expect(snapshot.counts).toEqual(counts);
  expect(counts.claimed).toBeLessThanOrEqual(cap);
}

test("S0-18: ten items that update their own part at the same moment lose no update, and no picture is torn", async () => {
  for (let round = 0; round < 20; round += 1) {
    let arrived = 0;
    const all = Promise.withResolvers<void>();
    const update = async (part: number): Promise<{ part: number }> => {
      arrived += 1;
      if (arrived === 10) all.resolve();
      await all.promise;
      // Different numbers of turns, so that every round ends them in another order.
      for (let turns = (part * 7 + round) % 4; turns > 0; turns -= 1) await turn();
      return { part };
    };
    const run = createRun(definePlan(independent(10, update)), { liveItemsMax: 10 });
    const versions: number[] = [];
    const moves = new Map<number, string[]>();
    run.changes$.subscribe((snapshot) => {
      versions.push(snapshot.seq);
      expectConsistent(snapshot, 10);
    });
    run.audit$.subscribe(({ item, from, to }) => {
      if (item >= 0) moves.set(item, [...(moves.get(item) ?? []), `${from} -> ${to}`]);
    });
    const result = await run.start();
    expect(arrived).toBe(10);
    expect(result.counts.done).toBe(10);
    expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
    for (let part = 0; part < 10; part += 1) expect(moves.get(part)).toEqual(["todo -> claimed", "claimed -> done"]);
    for (const item of result.snapshot.items) expect(item.output).toEqual({ part: item.number });
  }
});

/** Processor time of this process, in microseconds for each item of a run of a layered DAG of functions that do nothing. */
async function costPerItem(size: number): Promise<number> {
  const { needs } = layeredDag(size, 500);
  const tasks = Object.fromEntries(
    needs.map((some, item) => [idOf(item), { needs: some.map(idOf), run: async () => {} }]),
  );
  const plan = definePlan({ tasks });
  const start = process.cpuUsage();
  const result = await createRun(plan, { liveItemsMax: 64 }).start();
  const { user, system } = process.cpuUsage(start);
  expect(result.counts.done).toBe(size);
  return (user + system) / size;
}

test("the cost of an item does not grow with the size of the run", { timeout: 60_000 }, async () => {
  await costPerItem(10_000);
  const small = [await costPerItem(10_000), await costPerItem(10_000), await costPerItem(10_000)].toSorted(
    (a, b) => a - b,
  )[1]!;
  expect(await costPerItem(100_000)).toBeLessThan(1.5 * small);
});
