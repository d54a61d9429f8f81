/**
 * Goal: on any plan and any order of events no two live items touch the same files, nothing that could run waits for nothing, and
 * everything that can run does. Method: a small simulation in place of the engine, which compares every pattern with every other;
 * then the same on the real engine. A bug would look like: two live items with one file, or a run that waits for itself.
 */
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { createRun } from "../../src/engine/create-run.ts";
import type { RunResult } from "../../src/engine/run.ts";
import { dependentsOf } from "../../src/graph/graph.ts";
import { remainingPath } from "../../src/graph/paths.ts";
import { filePattern, type FilePattern } from "../../src/items/file-pattern.ts";
import { patternsOverlap } from "../../src/items/pattern-overlap.ts";
import type { TaskDefinition } from "../../src/plan/plan.ts";
import { withFiles, type FileSchedule } from "../../src/scheduler/files.ts";
import { withPools } from "../../src/scheduler/pools.ts";
import { createSchedule, type ScheduleKind } from "../../src/scheduler/schedule.ts";
import { graphFromNeeds } from "../support/graphs.ts";
import { manualExecutor } from "../support/manual-executor.ts";
import { topologicalNeeds } from "../support/topological-needs.ts";
import { virtualEnv } from "../support/virtual-env.ts";

type Files = readonly string[] | undefined;

interface Case {
  readonly kind: ScheduleKind;
  readonly needs: number[][];
  readonly files: readonly Files[];
  /** Places of a pool of two that each item takes. */
  readonly places: readonly number[];
  readonly shared: readonly string[];
  readonly cap: number;
  readonly overtakesMax: number;
}

const SHARED = "docs/changelog.md";
const patterns = [
  "src/a.ts",
  "src/b.ts",
  "src/*.ts",
  "src/**",
  "lib",
  "lib/x",
  "LIB/X/y.ts",
  "**/*.ts",
  SHARED,
  "docs",
  "**",
];
const cases: fc.Arbitrary<Case> = fc
  .tuple(topologicalNeeds(), fc.constantFrom<ScheduleKind>("as-ready", "as-ready", "layers", "sequential"))
  .chain(([needs, kind]) => {
    const one = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
      fc.array(value, { minLength: needs.length, maxLength: needs.length });
    return fc.record({
      kind: fc.constant(kind),
      needs: fc.constant(needs),
      files: one(fc.option(fc.array(fc.constantFrom(...patterns), { maxLength: 2 }), { nil: undefined })),
      places: fc.oneof(fc.constant(needs.map(() => 0)), one(fc.nat(2))),
      shared: fc.constantFrom([], [SHARED]),
      cap: fc.integer({ min: 1, max: 5 }),
      overtakesMax: fc.constantFrom(1, 2, Infinity),
    });
  });

/** 0 and 1 are done; 2 fails for good; 3 fails once and is tried again; 4 is done, and its slot follows later. */
const outcomes = fc.infiniteStream(fc.nat(60));

function read(files: Files, shared: readonly string[]): FilePattern[] {
  return (files ?? [])
    .filter((file) => !shared.includes(file))
    .map((file) => filePattern(file, { ignoreCase: true }) as FilePattern);
}

const overlap = (left: readonly FilePattern[], right: readonly FilePattern[]): boolean =>
  left.some((one) => right.some((other) => patternsOverlap(one, other)));

function scheduleOf({ kind, needs, files, places, shared, overtakesMax }: Case): FileSchedule {
  const graph = graphFromNeeds(needs);
  const order = {
    priorityOf: (item: number) => 2 * (item % 3) - (schedule.hasWaited(item) ? 1 : 0),
    remainingPath: remainingPath(graph),
  };
  const base = createSchedule(kind, { graph, ...order });
  const pools = places.some((count) => count > 0)
    ? withPools(base, { pools: { p: 2 }, usesOf: (item) => ({ p: places[item]! }), ...order, overtakesMax })
    : undefined;
  const filesOf = (item: number): Files => files[item];
  const schedule: FileSchedule = withFiles(pools ?? base, { filesOf, shared, ...order, overtakesMax }, pools);
  return schedule;
}

function simulate(chosen: Case, chance: Iterator<number>): { ends: number[]; failed: Set<number> } {
  const { kind, needs, places, cap, overtakesMax } = chosen;
  const graph = graphFromNeeds(needs);
  const schedule = scheduleOf(chosen);
  const read_ = chosen.files.map((files) => read(files, chosen.shared));
  const unmet = needs.map((list) => new Set(list).size);
  const [ready, slots, live, failed, retried] = [1, 2, 3, 4, 5].map(() => new Set<number>());
  const ends: number[] = [];
  const offer = (item: number): void => {
    ready!.add(item);
    schedule.ready(item);
  };
  const overlaps = (item: number): number[] =>
    [...slots!].filter((other) => other !== item && overlap(read_[item]!, read_[other]!));
  const taken = (): number => [...slots!].reduce((sum, item) => sum + places[item]!, 0);
  const fits = (item: number): boolean => overlaps(item).length === 0 && places[item]! + taken() <= 2;
  const endBadly = (item: number): void => {
    ready!.delete(item);
    failed!.add(item);
    ends.push(item);
    schedule.settled(item);
    for (const behind of dependentsOf(graph, item)) schedule.blocked(behind);
  };
  unmet.forEach((count, item) => count === 0 && offer(item));
  for (;;) {
    // Somebody cancels one that waits.
    const waiting = [...ready!];
    if (waiting.length > 0 && chance.next().value % 4 === 0) endBadly(waiting[chance.next().value % waiting.length]!);
    let answered = 0;
    while (slots!.size < Math.min(cap, schedule.liveItemsMax)) {
      const item = schedule.next();
      answered = item;
      if (item < 0) break;
      expect(ready!.delete(item), "C1: it was ready, once").toBe(true);
      expect(overlaps(item), "X1").toEqual([]);
      slots!.add(item);
      live!.add(item);
      expect(taken(), "P2").toBeLessThanOrEqual(2);
    }
    if (answered < 0 && kind === "as-ready" && overtakesMax === Infinity) {
      expect([...ready!].filter(fits), "X2: nothing that fits waits").toEqual([]);
    }
    for (const item of ready!) {
      checkHeld(schedule, item, overlaps(item));
      if (overtakesMax === Infinity) expect(schedule.fits(item)).toBe(fits(item));
    }
    if (slots!.size === 0) break;
    const item: number = [...slots!][chance.next().value % slots!.size]!;
    const outcome = live!.delete(item) ? chance.next().value % 5 : 5;
    if (outcome === 3 && !retried!.has(item)) {
      retried!.add(item);
      slots!.delete(item);
      // As the engine does: it may start again before the slot of the attempt before is free.
      offer(item);
      schedule.freed(item);
      continue;
    }
    if (outcome === 2) endBadly(item);
    else if (outcome !== 5) {
      ends.push(item);
      schedule.settled(item);
      for (const next of dependentsOf(graph, item)) if (--unmet[next]! === 0) offer(next);
    }
    if (outcome === 4) continue;
    slots!.delete(item);
    schedule.freed(item);
  }
  expect([schedule.size, [...ready!]]).toEqual([0, []]);
  return { ends, failed: failed! };
}

/** What an item that waits is told: exactly who holds something of its files. */
function checkHeld(schedule: FileSchedule, item: number, holders: readonly number[]): void {
  const held = schedule.heldFrom(item);
  expect(new Set(held?.holders.map((each) => each.item))).toEqual(new Set(holders));
  if (schedule.fits(item)) expect(holders).toEqual([]);
}

test.prop([cases, outcomes], { numRuns: 1000 })(
  "X1-X4: no two that are live touch one file, nothing that fits waits, and everything that can run does",
  (chosen, chance) => {
    const { ends, failed } = simulate(chosen, chance);
    const out = new Set(chosen.needs.keys());
    chosen.needs.forEach((list, item) => {
      if (list.some((need) => failed.has(need) || !out.has(need))) out.delete(item);
    });
    expect(ends.toSorted((a, b) => a - b)).toEqual([...out]);
  },
);

test.prop([fc.integer({ min: 1, max: 8 }), fc.integer({ min: 2, max: 5 })])(
  "X3: who wants everything starts although others never stop coming",
  (overtakesMax, cap) => {
    const size = 200;
    const order = {
      priorityOf: (item: number) => 10 - (schedule.hasWaited(item) ? 1 : 0),
      remainingPath: new Float64Array(size),
    };
    const graph = graphFromNeeds(Array.from({ length: size }, () => []));
    const filesOf = (item: number): Files => (item === 1 ? ["**"] : [`src/${item % 7}.ts`]);
    const base = createSchedule("as-ready", { graph, ...order });
    const schedule: FileSchedule = withFiles(base, { filesOf, shared: [], ...order, overtakesMax });
    schedule.ready(0);
    schedule.ready(1);
    const live: number[] = [];
    let [came, started] = [2, 0];
    for (;;) {
      while (live.length < cap) {
        const item = schedule.next();
        if (item < 0) break;
        live.push(item);
        started++;
      }
      if (live.includes(1)) break;
      expect(came, "it has started long since").toBeLessThan(100);
      // Two come for each that ends, so that there is always somebody who could go first.
      schedule.ready(came++);
      schedule.ready(came++);
      const item = live.shift();
      schedule.settled(item!);
      schedule.freed(item!);
    }
    expect(live).toEqual([1]);
    // It asks again when one of the live ones has ended, and there are at most as many as the cap.
    expect(started).toBeLessThanOrEqual((overtakesMax + 2) * cap);
  },
);

const choices = fc.array(fc.record({ pick: fc.nat(), how: fc.nat(9) }), { minLength: 1, maxLength: 40 });

test.prop([cases, choices], { numRuns: 200 })(
  "X1, I5, I6: on the engine too, with retries, timeouts and attempts that are slow to stop",
  async (chosen, choices) => {
    const { needs, files, places, kind, cap, shared } = chosen;
    const env = virtualEnv();
    const executor = manualExecutor("ignore");
    const tasks = Object.fromEntries(
      needs.map((list, i): [string, TaskDefinition] => {
        const own = files[i] === undefined ? {} : { files: files[i] };
        const uses = places[i] === 0 ? {} : { uses: { p: places[i]! } };
        return [
          `t${i}`,
          { run: "x", needs: list.map((need) => `t${need}`), ...own, ...uses, attemptsMax: 2, timeout: "1m" },
        ];
      }),
    );
    const plan = { pools: { p: 2 }, sharedFiles: shared, tasks };
    const run = createRun(plan, { env, executors: [executor], liveItemsMax: cap, schedule: kind });
    const numberOf = (key: string): number => Number(key.slice(1));
    let result: RunResult | undefined;
    void run.start().then((ended) => (result = ended));
    for (let step = 0; result === undefined; step++) {
      await env.settle();
      if (result !== undefined) break;
      expect(step, "the run settles").toBeLessThan(300);
      const live = executor.running.map((key) => read(files[numberOf(key)], shared));
      live.forEach((one, i) => {
        for (const other of live.slice(i + 1)) expect(overlap(one, other), executor.running.join(" ")).toBe(false);
      });
      const { pick, how } = choices[step % choices.length]!;
      const item = executor.running[pick % Math.max(1, executor.running.length)];
      if (item === undefined || (how === 9 && step % 2 === 0)) await env.advance(60_000);
      else if (how > 6) executor.finish(item, { kind: "failed", reason: { code: "exit" }, retryable: how === 7 });
      else executor.finish(item, { kind: "done" });
    }
    expect(result.counts.claimed).toBe(0);
    expect(result.blocked.every(({ reason }) => reason === "blocked_by_failure")).toBe(true);
  },
);
