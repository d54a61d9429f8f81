/** Runs of random plans with prepares, as functions that take virtual time, and what was seen of them. */
import { fc } from "@fast-check/vitest";
import { createRun } from "../../src/engine/create-run.ts";
import { resumeRun } from "../../src/engine/resume-run.ts";
import type { Run, RunResult } from "../../src/engine/run.ts";
import type { TaskContext, TaskFunction } from "../../src/items/task-function.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { definePlan } from "../../src/plan/define.ts";
import type { Schedule, TaskDefinition } from "../../src/plan/plan.ts";
import { virtualEnv, type VirtualEnv } from "./virtual-env.ts";

/** Times are virtual milliseconds. */
export interface PreparedItem {
  readonly needs: readonly number[];
  /** What its prepare takes; `undefined`: it has none. */
  readonly prepare: number | undefined;
  readonly work: number;
  /** How often its prepare, and its work, fail before they succeed. */
  readonly prepareFails: number;
  readonly workFails: number;
  readonly priority: number;
}

export interface PreparedPlan {
  readonly items: readonly PreparedItem[];
  readonly cap: number;
  readonly limit: number;
  readonly attemptsMax: number;
  readonly schedule: Schedule;
}

export function preparedPlans(sizeMax: number): fc.Arbitrary<PreparedPlan> {
  const itemAfter = (before: number): fc.Arbitrary<PreparedItem> =>
    fc.record({
      needs: before === 0 ? fc.constant([]) : fc.uniqueArray(fc.nat(before - 1), { maxLength: 2 }),
      prepare: fc.option(fc.nat(4), { nil: undefined, freq: 3 }),
      work: fc.integer({ min: 1, max: 4 }),
      prepareFails: fc.nat(1),
      workFails: fc.nat(2),
      priority: fc.nat(9),
    });
  return fc.integer({ min: 1, max: sizeMax }).chain((size) =>
    fc.record({
      items: fc.tuple(...Array.from({ length: size }, (_, before) => itemAfter(before))),
      cap: fc.integer({ min: 1, max: 3 }),
      limit: fc.integer({ min: 1, max: 3 }),
      attemptsMax: fc.integer({ min: 1, max: 4 }),
      schedule: fc.constantFrom<Schedule>("as-ready", "layers", "sequential"),
    }),
  );
}

export interface Seen {
  result: RunResult;
  /** Prepares, and works, that ran at once at most. */
  preparesPeak: number;
  worksPeak: number;
  /** How often the prepare of each item succeeded. */
  readonly prepared: number[];
  /** Works that began although their prepare had not succeeded, or that found something else than it answered. */
  readonly early: string[];
}

/** @param isAhead `false`: each attempt prepares inside its work, which is what a plan without prepares has to do */
export async function runPrepared(
  plan: PreparedPlan,
  { isAhead = true, stopsAt = [] }: { readonly isAhead?: boolean; readonly stopsAt?: readonly number[] } = {},
): Promise<Seen> {
  const world = new World(plan, isAhead);
  for (const at of stopsAt) await world.stopAfter(at);
  return world.end();
}

class World {
  readonly #plan: PreparedPlan;
  readonly #isAhead: boolean;
  readonly #journal = memoryJournal();
  readonly #left: { prepare: number; work: number }[];
  readonly #seen = { preparesPeak: 0, worksPeak: 0, prepared: [] as number[], early: [] as string[] };
  readonly #live = { prepare: 0, work: 0 };
  #env: VirtualEnv = virtualEnv();
  #run: Run;
  #result: RunResult | undefined;

  constructor(plan: PreparedPlan, isAhead: boolean) {
    this.#plan = plan;
    this.#isAhead = isAhead;
    this.#left = plan.items.map(({ prepareFails, workFails }) => ({ prepare: prepareFails, work: workFails }));
    this.#seen.prepared = plan.items.map(() => 0);
    const { cap, limit, schedule } = plan;
    this.#run = createRun(this.#define(), {
      env: this.#env,
      journal: this.#journal,
      liveItemsMax: cap,
      prepareItemsMax: limit,
      schedule,
    });
    this.#begin();
  }

  /** The process ends after a while, and another goes on with the run. */
  async stopAfter(ms: number): Promise<void> {
    await this.#env.advance(ms);
    if (this.#result !== undefined) return;
    const stopped = this.#run.stop();
    await this.#env.advance(0);
    await stopped;
    this.#env = virtualEnv(2);
    const recovered = await this.#journal.recover(this.#run.id);
    this.#run = resumeRun(recovered, this.#define(), { env: this.#env, journal: this.#journal });
    this.#begin();
  }

  async end(): Promise<Seen> {
    for (let time = 0; this.#result === undefined && time < 10_000; time += 10) await this.#env.advance(10);
    if (this.#result === undefined) throw new Error("the run does not end");
    return { ...this.#seen, result: this.#result };
  }

  #begin(): void {
    this.#run.start().then(
      (result) => (this.#result = result),
      () => {},
    );
  }

  #define(): ReturnType<typeof definePlan> {
    const tasks: Record<string, TaskDefinition> = {};
    this.#plan.items.forEach((item, number) => {
      tasks[`t${number}`] = {
        needs: item.needs.map((need) => `t${need}`),
        attemptsMax: this.#plan.attemptsMax,
        priority: item.priority,
        run: this.#workOf(number),
        ...(this.#isAhead && item.prepare !== undefined && { prepare: this.#prepareOf(number) }),
      };
    });
    return definePlan({ tasks });
  }

  #prepareOf(number: number): TaskFunction {
    const { prepare = 0 } = this.#plan.items[number]!;
    return async ({ signal, inputs }) => {
      this.#seen.preparesPeak = Math.max(this.#seen.preparesPeak, ++this.#live.prepare);
      try {
        await this.#wait(prepare, signal);
      } finally {
        this.#live.prepare--;
      }
      if (this.#left[number]!.prepare-- > 0) throw new Error("not prepared");
      this.#seen.prepared[number]!++;
      return { number, from: Object.keys(inputs) };
    };
  }

  #workOf(number: number): TaskFunction {
    const { work, prepare } = this.#plan.items[number]!;
    return async (context) => {
      this.#seen.worksPeak = Math.max(this.#seen.worksPeak, ++this.#live.work);
      try {
        let inputs = context.inputs;
        if (prepare !== undefined && this.#isAhead) this.#look(number, context);
        else if (prepare !== undefined)
          inputs = { ...inputs, prepare: (await this.#prepareOf(number)(context)) as never };
        await this.#wait(work, context.signal);
        if (this.#left[number]!.work-- > 0) throw new Error("failed");
        return inputs;
      } finally {
        this.#live.work--;
      }
    };
  }

  #look(number: number, { inputs, item }: TaskContext): void {
    const found = inputs["prepare"] as { number?: number } | null;
    if (this.#seen.prepared[number] === 0 || found?.number !== number) this.#seen.early.push(item);
  }

  #wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.#env.timers.after(ms, resolve);
      signal.addEventListener("abort", () => {
        cancel();
        reject(new Error("told to stop"));
      });
    });
  }
}
