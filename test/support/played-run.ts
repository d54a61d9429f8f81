/** A random plan on the real engine, in which the test decides which running attempt ends next and how; it looks on at every start and every rest. */
import * as fc from "fast-check";
import { createRun } from "../../src/engine/create-run.ts";
import type { Run, RunResult } from "../../src/engine/run.ts";
import type { AttemptOutcome, Executor } from "../../src/executors/executor.ts";
import type { Schedule, TaskDefinition } from "../../src/plan/plan.ts";
import { manualExecutor, type ManualExecutor } from "./manual-executor.ts";
import { virtualEnv } from "./virtual-env.ts";

/** What an attempt comes to; by item and attempt, so that it is the same in whatever order things happen. */
export type Fate = "done" | "fails" | "fails for good" | "vanishes" | "takes too long";

export interface Played {
  readonly needs: readonly (readonly number[])[];
  readonly attempts: readonly number[];
  readonly cap: number;
  /** Places in the pool, and how many each item takes. */
  readonly pool: number;
  readonly uses: readonly number[];
  readonly schedule: Schedule;
  readonly onFailure: "isolate" | "fail-fast";
  /** For each item what its attempts come to; after the last of them `done`. */
  readonly fates: readonly (readonly Fate[])[];
  /** Chooses the attempt that ends next. */
  readonly picks: readonly number[];
}

export function playedRuns(sizeMax: number, fixed: Partial<Played> = {}): fc.Arbitrary<Played> {
  const fate = fc.oneof(
    { arbitrary: fc.constant<Fate>("done"), weight: 6 },
    { arbitrary: fc.constantFrom<Fate>("fails", "vanishes", "takes too long"), weight: 3 },
    { arbitrary: fc.constant<Fate>("fails for good"), weight: 1 },
  );
  const each = <T>(value: fc.Arbitrary<T>, size: number): fc.Arbitrary<T[]> =>
    fc.array(value, { minLength: size, maxLength: size });
  return fc.integer({ min: 1, max: sizeMax }).chain((size) =>
    fc
      .record({
        needs: fc.tuple(
          ...Array.from({ length: size }, (_, i) =>
            i === 0 ? fc.constant([]) : fc.uniqueArray(fc.nat(i - 1), { maxLength: 3 }),
          ),
        ),
        attempts: each(fc.integer({ min: 1, max: 3 }), size),
        cap: fc.integer({ min: 1, max: 4 }),
        pool: fc.integer({ min: 2, max: 3 }),
        uses: each(fc.nat(2), size),
        schedule: fc.constantFrom<Schedule>("as-ready", "layers", "sequential"),
        onFailure: fc.constantFrom<Played["onFailure"]>("isolate", "fail-fast"),
        fates: each(fc.array(fate, { maxLength: 3 }), size),
        picks: fc.array(fc.nat(), { minLength: 1, maxLength: 40 }),
      })
      .map((played) => ({ ...played, ...fixed })),
  );
}

export const keyOf = (item: number): string => `t${item}`;
export const itemOf = (key: string): number => Number(key.slice(1));

export interface Watch {
  /** An attempt begins; it is among `live` already. */
  readonly onStart?: (item: number, live: readonly number[], run: Run) => void;
  /** Nothing happens until the test does something. `liveNow` says what is live later. */
  readonly onRest?: (live: readonly number[], run: Run, step: number, liveNow: () => readonly number[]) => void;
}

export interface PlayedEnd {
  readonly result: RunResult;
  readonly run: Run;
  readonly executor: ManualExecutor;
  /** Timers that are still armed. */
  readonly armed: number;
}

const TIMEOUT_MS = 60_000;
/** More than any run of these sizes can take. */
const STEPS_MAX = 600;

/** Plays to the end. @throws Error when the run does not come to one */
export async function play(played: Played, watch: Watch = {}): Promise<PlayedEnd> {
  const env = virtualEnv();
  const executor = manualExecutor("ignore");
  const live = (): number[] => executor.running.map(itemOf);
  const watched: Executor = {
    ...executor,
    start: (request, report) => {
      const abort = executor.start(request, report);
      watch.onStart?.(itemOf(request.item), live(), run);
      return abort;
    },
  };
  const run: Run = createRun(
    { tasks: tasksOf(played), pools: { places: played.pool } },
    {
      env,
      executors: [watched],
      liveItemsMax: played.cap,
      schedule: played.schedule,
      onFailure: played.onFailure,
    },
  );
  let result: RunResult | undefined;
  void run.start().then((ended) => (result = ended));
  for (let step = 0; ; step++) {
    await env.settle();
    if (result !== undefined) return { result, run, executor, armed: env.armed };
    if (step > STEPS_MAX) throw new Error(`the run did not settle in ${STEPS_MAX} steps (I6)`);
    watch.onRest?.(live(), run, step, live);
    await env.settle();
    const item = live()[played.picks[step % played.picks.length]! % Math.max(1, executor.running.length)];
    if (item === undefined) await env.advance(TIMEOUT_MS);
    else await endOf(played, executor, item, () => env.advance(TIMEOUT_MS), run);
  }
}

async function endOf(
  { fates }: Played,
  executor: ManualExecutor,
  item: number,
  letTimePass: () => Promise<void>,
  run: Run,
): Promise<void> {
  const key = keyOf(item);
  const fate = fates[item]![executor.request(key).attempt - 1] ?? "done";
  // Its time passes, and with it that of everything else that is live.
  if (fate === "takes too long" && run.snapshot().items.get(key)!.status === "claimed") await letTimePass();
  else executor.finish(key, outcomeOf(fate));
}

function outcomeOf(fate: Fate): AttemptOutcome {
  if (fate === "done") return { kind: "done" };
  if (fate === "vanishes") return { kind: "aborted" };
  return { kind: "failed", reason: { code: "exit" }, retryable: fate !== "fails for good" };
}

function tasksOf({ needs, attempts, uses }: Played): Record<string, TaskDefinition> {
  const tasks = needs.map((list, item): [string, TaskDefinition] => [
    keyOf(item),
    {
      run: "x",
      needs: list.map(keyOf),
      attemptsMax: attempts[item]!,
      timeout: TIMEOUT_MS,
      ...(uses[item]! > 0 && { uses: { places: uses[item]! } }),
    },
  ]);
  return Object.fromEntries(tasks);
}
