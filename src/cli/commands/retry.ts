import { dirname } from "node:path";
import { harmless } from "../../base/harmless.ts";
import { SignalboxError } from "../../base/errors.ts";
import { stillDone } from "../../engine/earlier-run.ts";
import { retryRun } from "../../engine/retry-run.ts";
import type { Journal } from "../../journal/journal.ts";
import { sqliteJournal } from "../../journal/sqlite-journal.ts";
import { askLiveRun } from "../ask-live-run.ts";
import { executorFor, worktreesFor } from "../executor.ts";
import type { Command, Io } from "../io.ts";
import { findItem, type Target } from "../item-target.ts";
import { changeLeftRun } from "../left-run.ts";
import { nextCommand } from "../next-command.ts";
import { Problems, runToEnd } from "../run-session.ts";
import { openStore, type Store } from "../store.ts";
import { planToResume } from "../stored-plan.ts";
import { hasEnded } from "../stored-run.ts";
import { countOf, formatCount, formatList } from "../view/format.ts";
import { jsonDocument } from "../wire.ts";

export interface RetryOptions {
  readonly item: string;
  readonly run?: string;
  readonly cap?: number;
  /** Milliseconds. */
  readonly deadline?: number;
  readonly json?: boolean;
  readonly stateDir?: string;
}

/**
 * Tries failed items again: in a live run through its process, in an interrupted one so that `resume` finds them, of a run that
 * has ended in a new run that takes over what was done. Exit as for `run`, 0 where nothing is run.
 */
export const retryCommand: Command<RetryOptions> = async (io, options) => {
  const store = openStore(io, options.stateDir);
  let target: Target;
  try {
    target = await findItem(store, options.item, options.run);
    if (!hasEnded(target.summary.status)) {
      tell(io, store, target, await retry(io, store, target, options.item), options.json === true);
      return 0;
    }
    refuseDone(target, options.item);
  } finally {
    await store.reader.close();
  }
  return inNewRun(io, store.stateDir, target, options);
};

async function retry(io: Io, store: Store, target: Target, item: string): Promise<readonly string[]> {
  const { holder, summary } = target;
  if (holder === undefined) return changeLeftRun(io, store.stateDir, target, (run) => run.retry(item));
  return (await askLiveRun(io, store, holder, { runId: summary.id, command: "retry", item })).items ?? [];
}

function tell(io: Io, store: Store, target: Target, items: readonly string[], json: boolean): void {
  const { id } = target.summary;
  if (json) {
    io.stdout.write(jsonDocument({ run_id: id, retried: items }));
    return;
  }
  const keys = formatList(items.map((key) => harmless(key)));
  io.stdout.write(`${countOf(items.length, "item")} put back to be tried again: ${keys}.\n`);
  if (target.holder === undefined)
    io.stdout.write(`The run is interrupted. Go on with it:\n  ${nextCommand(io, store.stateDir, "resume", id)}\n`);
}

function refuseDone({ items, stored, summary, plan }: Target, word: string): void {
  const done = new Set(stillDone(stored.items, plan).map(({ item }) => item));
  if (!items.every((item) => done.has(item))) return;
  throw new SignalboxError(
    "already_settled",
    `expected an item that was not done, got ${word}, which is done in run ${summary.id}; run the plan again to do everything anew`,
  );
}

async function inNewRun(io: Io, stateDir: string, target: Target, options: RetryOptions): Promise<number> {
  const journal = await sqliteJournal({ directory: stateDir, env: io.env });
  try {
    return await runRest(io, journal, stateDir, target, options);
  } finally {
    await journal.close();
  }
}

async function runRest(
  io: Io,
  journal: Journal,
  stateDir: string,
  { stored, summary }: Target,
  { cap, deadline, json }: RetryOptions,
): Promise<number> {
  const { record } = stored;
  const { plan } = await planToResume(stored);
  const problems = new Problems(io);
  const planFolder = dirname(record.planFile ?? stateDir);
  const executor = await executorFor(io, plan, { stateDir, planFolder }, problems);
  const run = retryRun(stored, plan, {
    journal,
    env: io.env,
    ...(executor !== undefined && { executors: [executor] }),
    ...(await worktreesFor(plan, { stateDir, planFolder })),
    ...(cap !== undefined && { liveItemsMax: cap }),
    ...(deadline !== undefined && { deadlineMs: deadline }),
    onProblem: problems.report,
  });
  io.stderr.write(
    `New run ${run.id}: takes over what run ${record.id} has done, ${formatCount(stillDone(stored.items, plan).length)} of ${formatCount(summary.size)}.\n`,
  );
  return runToEnd(io, { run, executor, problems, json: json === true, stateDir });
}
