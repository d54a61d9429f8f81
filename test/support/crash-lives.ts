/** Runs of random plans whose process ends again and again, each time at a batch that the test chooses, and goes on. */
import * as fc from "fast-check";
import type { SpecEdges } from "../../machines/run-spec-edges.ts";
import { createRun } from "../../src/engine/create-run.ts";
import { resumeRun } from "../../src/engine/resume-run.ts";
import type { Run, RunResult } from "../../src/engine/run.ts";
import type { JournalEntry, RecoveredRun } from "../../src/journal/journal.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import type { PlanDefinition, Schedule, TaskDefinition } from "../../src/plan/plan.ts";
import { checkSnapshotInvariants } from "../../src/state/invariants.ts";
import { crashingJournal } from "./crashing-journal.ts";
import { definitionOf, edgesOf } from "./spec-plan.ts";
import { manualExecutor } from "./manual-executor.ts";
import { virtualEnv } from "./virtual-env.ts";

export interface Script {
  readonly needs: readonly (readonly number[])[];
  readonly attempts: readonly number[];
  readonly backoff: boolean;
  readonly deadline: boolean;
  readonly cap: number;
  readonly schedule: Schedule;
  readonly onFailure: "isolate" | "fail-fast";
  /** What the plan asks beyond plain needs. */
  readonly edges?: SpecEdges;
  /** Which tasks have an undo; given, a run that fails takes back what it did. */
  readonly undo?: readonly boolean[];
  /** Chooses the attempt that ends next, and how. */
  readonly choices: readonly { readonly pick: number; readonly how: number }[];
}

/** Where a process ends: at which of its batches, and whether that batch is stored. */
export interface Crash {
  readonly at: number;
  readonly kept: boolean;
  /** Milliseconds until another process goes on. */
  readonly downMs: number;
}

export interface Life {
  readonly recovered: RecoveredRun | undefined;
  /** `key#attempt` of everything that was started, with the stage behind when it is not the work. */
  readonly started: readonly string[];
  readonly peak: number;
  readonly batches: number;
}

export interface Story {
  /** Keys of the items by number. */
  readonly keys: readonly string[];
  readonly lives: readonly Life[];
  readonly result: RunResult;
  readonly audit: readonly JournalEntry[];
  readonly stored: RecoveredRun;
}

/** With conditions, joins, `when`, `allowFailure` and groups. */
export function scriptsWithEdges(sizeMax: number): fc.Arbitrary<Script> {
  return scripts(sizeMax).chain((script) => edgesOf(script.needs).map((edges): Script => ({ ...script, edges })));
}

export function scripts(sizeMax: number): fc.Arbitrary<Script> {
  return fc.integer({ min: 1, max: sizeMax }).chain((size) =>
    fc.record({
      needs: fc.tuple(
        ...Array.from({ length: size }, (_, i) =>
          fc.uniqueArray(fc.nat(Math.max(0, i - 1)), { maxLength: Math.min(3, i) }),
        ),
      ),
      attempts: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: size, maxLength: size }),
      backoff: fc.boolean(),
      deadline: fc.boolean(),
      cap: fc.integer({ min: 1, max: 4 }),
      schedule: fc.constantFrom<Schedule>("as-ready", "layers", "sequential"),
      onFailure: fc.constantFrom("isolate", "fail-fast"),
      choices: fc.array(fc.record({ pick: fc.nat(), how: fc.noBias(fc.nat(9)) }), {
        minLength: 1,
        maxLength: 40,
        size: "max",
      }),
    }),
  );
}

/** Runs that take back what they did when they fail. */
export function rollbackScripts(sizeMax: number): fc.Arbitrary<Script> {
  const undo = fc.array(fc.noBias(fc.nat(3)), { minLength: sizeMax, maxLength: sizeMax });
  return fc.record({ script: scripts(sizeMax), undo }).map(({ script, undo: of }) => ({
    ...script,
    undo: script.needs.map((_, task) => of[task]! > 0),
  }));
}

export const crashes: fc.Arbitrary<Crash> = fc.record({
  at: fc.integer({ min: 1, max: 12 }),
  kept: fc.boolean(),
  downMs: fc.nat(600_000),
});

/** Plays one run to its end through as many processes as there are crashes, and one more. */
export async function play(script: Script, ends: readonly Crash[]): Promise<Story> {
  const store = memoryJournal();
  const lives: Life[] = [];
  let wall: number | undefined;
  let first: Run | undefined;
  for (let number = 0; ; number++) {
    const crash = ends[number];
    const env = virtualEnv(number + 1);
    if (wall !== undefined) env.jump(wall + (ends[number - 1]?.downMs ?? 0) - env.clock.now());
    const executor = manualExecutor();
    const journal = crashingJournal(store, crash?.at ?? Infinity, crash?.kept ?? false);
    const recovered = first === undefined ? undefined : await store.recover(first.id);
    const options = { env, journal, executors: [executor] };
    const { cap: liveItemsMax, schedule } = script;
    const onFailure = script.undo === undefined ? script.onFailure : "rollback";
    const run: Run =
      recovered === undefined
        ? createRun(definitionOfScript(script), { ...options, liveItemsMax, schedule, onFailure })
        : resumeRun(recovered, first!.plan, options);
    first ??= run;
    const result = await live(run, script, env, executor, lives.length * 7);
    lives.push({ recovered, started: executor.started, peak: executor.peak, batches: journal.batches });
    if (executor.running.length > 0) throw new Error(`left running: ${executor.running.join(", ")}`);
    if (env.armed > 0) throw new Error("left a timer");
    const stored = await store.read(run.id);
    // A crash whose last batch was stored may have stored the end of the run.
    const ended = result ?? (isEnded(stored) ? ({ outcome: stored.status, snapshot: undefined } as never) : undefined);
    if (ended !== undefined) {
      const keys = first.plan.tasks.map(({ key }) => key);
      return { keys, lives, result: ended, audit: await store.audit(run.id, { limit: 100_000 }), stored };
    }
    wall = env.clock.now();
  }
}

const isEnded = ({ status }: RecoveredRun): boolean =>
  status === "done" || status === "failed" || status === "cancelled" || status === "stalled";

/** One process's part; `undefined` when its journal failed. */
async function live(
  run: Run,
  script: Script,
  env: ReturnType<typeof virtualEnv>,
  executor: ReturnType<typeof manualExecutor>,
  from: number,
): Promise<RunResult | undefined> {
  let ended: { readonly result: RunResult | undefined } | undefined;
  let refusal: (Error & { readonly code?: string }) | undefined;
  run.changes$.subscribe({ next: (snapshot) => checkSnapshotInvariants(snapshot), error: () => {} });
  run.start().then(
    (result) => (ended = { result }),
    (error: Error) => {
      refusal = error;
      ended = { result: undefined };
    },
  );
  for (let step = from; ; step++) {
    await env.settle();
    if (ended !== undefined) break;
    if (step > from + 600) throw new Error(`does not end: ${JSON.stringify(run.snapshot())}`);
    const { pick, how } = script.choices[step % script.choices.length]!;
    const item = executor.running[pick % Math.max(1, executor.running.length)];
    if (item === undefined || (how === 9 && step % 2 === 0)) await env.advance(60_000);
    else if (how === 9) executor.finish(item, { kind: "aborted" });
    else if (how < 7)
      executor.finish(item, { kind: "done", output: outputOf(script, item, executor.request(item).attempt) });
    else executor.finish(item, { kind: "failed", reason: { code: "exit" }, retryable: how === 7 });
  }
  if (refusal !== undefined && refusal.code !== "journal_unavailable") throw refusal;
  return ended.result;
}

/** With `when`, each item's output is its key. */
function outputOf({ edges }: Script, item: string, attempt: number): string {
  return edges === undefined ? `${item} ${attempt}` : item;
}

function definitionOfScript(script: Script): PlanDefinition {
  const tasks = tasksOf(script);
  const { needs, edges } = script;
  if (edges === undefined) return { tasks };
  const asked = definitionOf({ needs, edges, liveItemsMax: 1, attemptsMax: 1, onFailure: "isolate" }, []);
  const joined = Object.entries(asked.tasks).map(([key, task]): [string, TaskDefinition] => [
    key,
    task.join === undefined ? { ...tasks[key]!, ...task, attemptsMax: tasks[key]!.attemptsMax!, timeout: "1m" } : task,
  ]);
  return { ...asked, tasks: Object.fromEntries(joined) };
}

function tasksOf({ needs, attempts, backoff, deadline, undo }: Script): Record<string, TaskDefinition> {
  return Object.fromEntries(
    needs.map((list, i): [string, TaskDefinition] => [
      `t${i}`,
      {
        run: "x",
        needs: list.map((need) => `t${need}`),
        attemptsMax: attempts[i]!,
        timeout: "1m",
        ...(undo?.[i] === true && { undo: "undo" }),
        ...(backoff && i % 2 === 0 && { backoff: { initial: "10s", jitter: false } }),
        ...(deadline && i % 3 === 0 && { deadline: "3m" }),
      },
    ]),
  );
}
