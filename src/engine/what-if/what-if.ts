/**
 * What would become of a run if something were otherwise: its snapshot is forked in memory and carried to its end twice by the real
 * engine, on a clock that jumps, once as it is and once changed. Nothing of the run itself is touched, and nothing is started.
 */
import { nodeEnv } from "../../base/node-env.ts";
import type { Env } from "../../base/env.ts";
import { SignalboxError } from "../../base/errors.ts";
import type { Executor } from "../../executors/executor.ts";
import type { RunOutcome } from "../../items/status.ts";
import type { JsonScalar } from "../../base/json.ts";
import { isEndedRun } from "../../journal/fold.ts";
import type { RecoveredRun } from "../../journal/journal.ts";
import { noJournal } from "../../journal/no-journal.ts";
import { itemsNamed } from "../../plan/named-items.ts";
import type { Plan } from "../../plan/plan.ts";
import { createRun } from "../create-run.ts";
import { planOfRun } from "../grown-plan.ts";
import { resumeRun } from "../resume-run.ts";
import type { BlockedItem, Run, RunOptions, RunResult } from "../run.ts";
import { durationsOf, type DurationOptions, type Durations } from "./durations.ts";
import { forkedPlan, type DroppedNeed } from "./forked-plan.ts";
import { VirtualTime } from "./virtual-time.ts";

/** What is otherwise. Words are keys of items, ids of tasks, or the part of an id up to a dot. */
export interface WhatIfChanges {
  /** Items that fail for good when they have run. What is done already stays done. */
  readonly fail?: readonly string[];
  /** Cap on live items. */
  readonly liveItemsMax?: number;
  /** Needs that there are not. */
  readonly drop?: readonly DroppedNeed[];
}

/** What is known beyond the run itself. */
export interface WhatIfOptions extends DurationOptions {
  /** Default: that of the process. */
  readonly env?: Env;
}

/** How a run would go on from here. */
export interface Forecast {
  readonly outcome: RunOutcome;
  /** From now to its end. */
  readonly makespanMs: number;
  /** Keys of the items that are done at its end. */
  readonly done: readonly string[];
  readonly failed: readonly string[];
  /** Items that nothing will ever start, and what holds each. */
  readonly stuck: readonly BlockedItem[];
  readonly skipped: readonly string[];
  readonly criticalPath: readonly string[];
}

/** What `whatIf` answers. */
export interface WhatIfResult {
  /** As it is. */
  readonly asIs: Forecast;
  /** With the changes. */
  readonly changed: Forecast;
  /** Done then, and not as it is. */
  readonly unblocked: readonly string[];
  /** Done as it is, and not changed. */
  readonly lost: readonly string[];
  /** Items that have still to run and of whose duration nothing is known. */
  readonly guessed: readonly string[];
}

/**
 * Forecasts a plan from its beginning, or a stored run (what `journal.read` answered) from where it is; one that has ended from
 * the beginning. Outputs are not known before: a need that has to come to a value is taken to come to it.
 * @throws UsageError for a need to drop that there is not, SignalboxError `item_not_found` for an item that there is not
 */
export async function whatIf(
  from: Plan | RecoveredRun,
  changes: WhatIfChanges,
  options: WhatIfOptions = {},
): Promise<WhatIfResult> {
  const fork = forkOf(from, options);
  const asIs = await forecast(fork, {}, options.env);
  const changed = await forecast(fork, changes, options.env);
  const [before, after] = [new Set(asIs.done), new Set(changed.done)];
  return {
    asIs,
    changed,
    unblocked: changed.done.filter((key) => !before.has(key)),
    lost: asIs.done.filter((key) => !after.has(key)),
    guessed: fork.plan.tasks.flatMap(({ key, join }, item) =>
      join === undefined && !fork.isSettled(item) && fork.durations.isGuess(item) ? [key] : [],
    ),
  };
}

interface Fork {
  readonly plan: Plan;
  /** Absent: from the beginning. */
  readonly stored: RecoveredRun | undefined;
  readonly settings: Pick<RunOptions, "liveItemsMax" | "prepareItemsMax" | "schedule" | "onFailure">;
  readonly durations: Durations;
  readonly isSettled: (item: number) => boolean;
}

function forkOf(from: Plan | RecoveredRun, options: WhatIfOptions): Fork {
  if ("tasks" in from)
    return {
      plan: from,
      stored: undefined,
      settings: {},
      durations: durationsOf(from, [], options),
      isSettled: () => false,
    };
  const plan = planOfRun(from);
  const { liveItemsMax, prepareItemsMax, schedule, onFailure } = from.record.options as unknown as Required<
    Fork["settings"]
  >;
  const isOver = isEndedRun(from.status);
  const settled = new Set(
    isOver ? [] : from.items.flatMap(({ item, status }) => (status === "done" || status === "cancelled" ? [item] : [])),
  );
  return {
    plan,
    stored: isOver ? undefined : from,
    settings: { liveItemsMax, prepareItemsMax, schedule, onFailure },
    durations: durationsOf(plan, from.items, options),
    isSettled: (item) => settled.has(item),
  };
}

async function forecast(fork: Fork, changes: WhatIfChanges, real: Env = nodeEnv()): Promise<Forecast> {
  const time = new VirtualTime(real);
  const plan = forkedPlan(fork.plan, changes.drop ?? []);
  const failing = new Set((changes.fail ?? []).flatMap((word) => named(plan, word)));
  const executor = guessing(plan, fork.durations, failing, time.env);
  const run = begun(fork, plan, { ...changes }, executor, time.env);
  const ended = run.start();
  // Nothing will be added.
  await run.close().catch(() => {});
  return forecastOf(await time.runUntil(ended), time.elapsedMs);
}

function named(plan: Plan, word: string): number[] {
  const items = itemsNamed(plan, word);
  if (items.length > 0) return items;
  throw new SignalboxError(
    "item_not_found",
    `expected the key or id of an item of this run, got ${word}; \`show --all\` lists them`,
  );
}

function begun(
  { stored, settings }: Fork,
  plan: Plan,
  { liveItemsMax }: WhatIfChanges,
  executor: Executor,
  env: Env,
): Run {
  const options: RunOptions = {
    ...definedOf(settings),
    ...(liveItemsMax !== undefined && { liveItemsMax }),
    env,
    executors: [executor],
    pressure: false,
    onProblem: () => {},
  };
  if (stored === undefined) return createRun(plan, options);
  const record = { ...stored.record, planHash: plan.hash() };
  // What it has grown by is in the plan already.
  return resumeRun({ ...stored, record, growth: [] }, plan, { ...options, journal: noJournal() });
}

function definedOf(settings: Fork["settings"]): Fork["settings"] {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

/** Runs nothing, and takes for it the time that it would take. */
function guessing(plan: Plan, durations: Durations, failing: ReadonlySet<number>, { timers }: Env): Executor {
  const outputs = wantedOutputs(plan);
  return {
    accepts: () => true,
    start: ({ item, stage = "run" }, report) => {
      const number = plan.numberOf(item)!;
      const isWork = stage === "run";
      const cancel = timers.after(isWork ? durations.of(number) : 0, () => {
        if (isWork && failing.has(number))
          report({
            kind: "failed",
            reason: { code: "what_if", message: "it was asked what if it failed" },
            retryable: false,
          });
        else report({ kind: "done", output: outputs.get(number) ?? null });
      });
      return () => {
        cancel();
        report({ kind: "aborted" });
      };
    },
    stop: async () => {},
  };
}

/** The first value that somebody waits for, of each item of which somebody does. */
function wantedOutputs({ tasks }: Plan): ReadonlyMap<number, JsonScalar> {
  const wanted = new Map<number, JsonScalar>();
  for (const { when } of tasks)
    for (const [need, [value]] of when ?? []) if (value !== undefined && !wanted.has(need)) wanted.set(need, value);
  return wanted;
}

function forecastOf(
  { outcome, snapshot, failures, blocked, skipped, criticalPath }: RunResult,
  makespanMs: number,
): Forecast {
  const done: string[] = [];
  for (const { key, status } of snapshot.items) if (status === "done") done.push(key);
  return {
    outcome,
    makespanMs,
    done,
    failed: failures.map(({ item }) => item),
    stuck: blocked,
    skipped: skipped.map(({ item }) => item),
    criticalPath: criticalPath.map(({ item }) => item),
  };
}
