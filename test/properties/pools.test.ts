/**
 * Goal: on any plan and any order of events no pool gives more than it has, no free place waits for nothing, and everything that
 * can run does. Method: a small simulation in place of the engine, whose own count of the places is the oracle; then the same on
 * the real engine. A bug would look like: two items of a pool of one live at once, or a run that waits for itself.
 */
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { createRun } from "../../src/engine/create-run.ts";
import type { RunResult } from "../../src/engine/run.ts";
import { dependentsOf } from "../../src/graph/graph.ts";
import { remainingPath } from "../../src/graph/paths.ts";
import type { TaskDefinition } from "../../src/plan/plan.ts";
import { withPools, type PoolSchedule } from "../../src/scheduler/pools.ts";
import { createSchedule, type ScheduleKind } from "../../src/scheduler/schedule.ts";
import { graphFromNeeds } from "../support/graphs.ts";
import { manualExecutor } from "../support/manual-executor.ts";
import { topologicalNeeds } from "../support/topological-needs.ts";
import { virtualEnv } from "../support/virtual-env.ts";

type Uses = Readonly<Record<string, number>>;

interface Case {
  readonly kind: ScheduleKind;
  readonly needs: number[][];
  readonly pools: Uses;
  readonly uses: readonly Uses[];
  readonly cap: number;
  readonly overtakesMax: number;
}

const pools = fc.record({ a: fc.integer({ min: 1, max: 3 }), b: fc.integer({ min: 1, max: 3 }) });
const cases: fc.Arbitrary<Case> = fc
  .tuple(topologicalNeeds(), pools, fc.constantFrom<ScheduleKind>("as-ready", "layers", "sequential"))
  .chain(([needs, pools, kind]) => {
    const uses = fc.record({ a: fc.nat(pools.a), b: fc.nat(pools.b) }).map(withoutZeros);
    return fc.record({
      kind: fc.constant(kind),
      needs: fc.constant(needs),
      pools: fc.constant(pools),
      uses: fc.array(uses, { minLength: needs.length, maxLength: needs.length }),
      cap: fc.integer({ min: 1, max: 5 }),
      overtakesMax: fc.constantFrom(1, 2, Infinity),
    });
  });

function withoutZeros(uses: Uses): Uses {
  return Object.fromEntries(Object.entries(uses).filter(([, places]) => places > 0));
}

/** 0 and 1 are done; 2 fails for good; 3 fails once and is tried again; 4 is done, and its slot follows later. */
const outcomes = fc.infiniteStream(fc.integer({ min: 0, max: 4 }));

function freeOf({ pools, uses }: Case, slots: Iterable<number>): Record<string, number> {
  const free: Record<string, number> = { ...pools };
  for (const item of slots) for (const [pool, places] of Object.entries(uses[item]!)) free[pool]! -= places;
  return free;
}

const fits = (uses: Uses, free: Uses): boolean => Object.entries(uses).every(([pool, places]) => free[pool]! >= places);

function simulate(chosen: Case, chance: Iterator<number>): { ends: number[]; failed: Set<number> } {
  const { kind, needs, uses, cap } = chosen;
  const graph = graphFromNeeds(needs);
  const order = { priorityOf: (item: number) => item % 3, remainingPath: remainingPath(graph) };
  const { overtakesMax } = chosen;
  const schedule = withPools(createSchedule(kind, { graph, ...order }), {
    pools: chosen.pools,
    usesOf: (item) => uses[item],
    ...order,
    overtakesMax,
  });
  const unmet = needs.map((list) => new Set(list).size);
  const [ready, slots, live, failed, retried] = [1, 2, 3, 4, 5].map(() => new Set<number>());
  const ends: number[] = [];
  const offer = (item: number): void => {
    ready!.add(item);
    schedule.ready(item);
  };
  unmet.forEach((count, item) => count === 0 && offer(item));
  for (;;) {
    let answered = 0;
    while (slots!.size < Math.min(cap, schedule.liveItemsMax)) {
      const item = schedule.next();
      answered = item;
      if (item < 0) break;
      expect(ready!.delete(item), "C1: it was ready, once").toBe(true);
      slots!.add(item);
      live!.add(item);
      for (const left of Object.values(freeOf(chosen, slots!))) expect(left, "P2").toBeGreaterThanOrEqual(0);
    }
    if (answered < 0 && kind === "as-ready" && overtakesMax === Infinity) {
      const free = freeOf(chosen, slots!);
      expect(
        [...ready!].filter((item) => fits(uses[item]!, free)),
        "P3: nothing that fits waits",
      ).toEqual([]);
    }
    for (const item of ready!) checkShort(chosen, schedule, item, freeOf(chosen, slots!));
    if (slots!.size === 0) break;
    const taken = [...slots!];
    const item = taken[chance.next().value % taken.length]!;
    const outcome = live!.delete(item) ? chance.next().value : 5;
    if (outcome === 3 && !retried!.has(item)) {
      retried!.add(item);
      slots!.delete(item);
      // As the engine does: it may start again before the slot of the attempt before is free.
      offer(item);
      schedule.freed(item);
      continue;
    }
    if (outcome !== 5) {
      ends.push(item);
      schedule.settled(item);
      if (outcome === 2) {
        failed!.add(item);
        for (const behind of dependentsOf(graph, item)) schedule.blocked(behind);
      } else for (const next of dependentsOf(graph, item)) if (--unmet[next]! === 0) offer(next);
    }
    if (outcome === 4) continue;
    slots!.delete(item);
    schedule.freed(item);
  }
  expect([schedule.size, [...ready!]]).toEqual([0, []]);
  return { ends, failed: failed! };
}

/** What an item that waits is told: exactly the pools with too few free places, unless they are kept for another. */
function checkShort({ uses, pools, overtakesMax }: Case, schedule: PoolSchedule, item: number, free: Uses): void {
  const short = schedule.shortOf(item);
  for (const { pool, wanted, taken, places, keptFor } of short) {
    expect([wanted, taken, places]).toEqual([uses[item]![pool], pools[pool]! - free[pool]!, pools[pool]]);
    expect(wanted + taken > places || keptFor !== undefined).toBe(true);
  }
  if (overtakesMax === Infinity) expect(short.length === 0).toBe(fits(uses[item]!, free));
}

test.prop([cases, outcomes], { numRuns: 1000 })(
  "P1-P5: pools never give more than they have, free places never wait for nothing, and everything that can run does",
  (chosen, chance) => {
    const { ends, failed } = simulate(chosen, chance);
    const out = new Set(chosen.needs.keys());
    chosen.needs.forEach((list, item) => {
      if (list.some((need) => failed.has(need) || !out.has(need))) out.delete(item);
    });
    expect(ends.toSorted((a, b) => a - b)).toEqual([...out]);
  },
);

const choices = fc.array(fc.record({ pick: fc.nat(), how: fc.nat(9) }), { minLength: 1, maxLength: 40 });

test.prop([cases, choices], { numRuns: 1000 })(
  "P2, I5, I6: on the engine too, with retries, timeouts and attempts that are slow to stop",
  async (chosen, choices) => {
    const { needs, uses, kind, cap, pools } = chosen;
    const env = virtualEnv();
    const executor = manualExecutor("ignore");
    const tasks = Object.fromEntries(
      needs.map((list, i): [string, TaskDefinition] => [
        `t${i}`,
        { run: "x", needs: list.map((need) => `t${need}`), uses: uses[i]!, attemptsMax: 2, timeout: "1m" },
      ]),
    );
    const run = createRun({ pools, tasks }, { env, executors: [executor], liveItemsMax: cap, schedule: kind });
    const usesOf = (key: string): Uses => uses[Number(key.slice(1))]!;
    let result: RunResult | undefined;
    void run.start().then((ended) => (result = ended));
    for (let step = 0; result === undefined; step++) {
      await env.settle();
      if (result !== undefined) break;
      expect(step, "the run settles").toBeLessThan(300);
      expect(executor.running.length).toBeLessThanOrEqual(kind === "sequential" ? 1 : cap);
      for (const pool of Object.keys(pools)) {
        const taken = executor.running.reduce((sum, key) => sum + (usesOf(key)[pool] ?? 0), 0);
        expect(taken, `places of ${pool}`).toBeLessThanOrEqual(pools[pool]!);
      }
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
