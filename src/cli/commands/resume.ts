import { dirname } from "node:path";
import { harmless } from "../../base/harmless.ts";
import { resumeRun } from "../../engine/resume-run.ts";
import type { Journal, RunRecord, RunSummary } from "../../journal/journal.ts";
import { currentHolder } from "../../journal/run-lock.ts";
import { sqliteJournal } from "../../journal/sqlite-journal.ts";
import type { RunOutcome } from "../../items/status.ts";
import { executorFor, worktreesFor } from "../executor.ts";
import type { Command, Io } from "../io.ts";
import { LogPrinter } from "../log-printer.ts";
import { nextCommand } from "../next-command.ts";
import { planOfRun } from "../../engine/grown-plan.ts";
import { planToResume } from "../stored-plan.ts";
import { OUTCOME_EXITS, Problems, runToEnd } from "../run-session.ts";
import { askLiveRun } from "../ask-live-run.ts";
import { findTarget } from "../item-target.ts";
import { openStore } from "../store.ts";
import { existingStateDir } from "../state-dir.ts";
import { findRun, findRunToResume, hasEnded } from "../stored-run.ts";
import { formatCount } from "../view/format.ts";

export interface ResumeOptions {
  /** `undefined`: the newest run that has not ended. */
  readonly run?: string;
  readonly cap?: number;
  /** Milliseconds. */
  readonly deadline?: number;
  readonly json?: boolean;
  readonly stateDir?: string;
  /** `false`: whatever the run was started with. */
  readonly pressure: boolean;
  /** Port of the page that shows the actors. */
  readonly inspect?: number;
}

/** Goes on with an interrupted run. A run that has ended is told of, with its exit code. */
export const resumeCommand: Command<ResumeOptions> = async (io, options) => {
  const stateDir = existingStateDir(io, options.stateDir);
  if (currentHolder(stateDir) !== undefined && (await resumePaused(io, options))) return 0;
  const journal = await sqliteJournal({ directory: stateDir, env: io.env });
  try {
    const found = options.run === undefined ? await findRunToResume(journal) : await findRun(journal, options.run);
    if (hasEnded(found.status)) return await tellEnded(io, journal, found, { stateDir, json: options.json === true });
    return await goOn(io, journal, found, { ...options, stateDir });
  } finally {
    await journal.close();
  }
};

/** A run that its own process has paused goes on there. */
async function resumePaused(io: Io, { stateDir, run, json }: ResumeOptions): Promise<boolean> {
  const store = openStore(io, stateDir);
  try {
    const { summary, holder } = await findTarget(store, run);
    if (holder === undefined || summary.status !== "paused") return false;
    await askLiveRun(io, store, holder, { runId: summary.id, command: "resume" });
    if (json !== true) io.stdout.write(`Run ${summary.id} goes on, in process ${holder.pid}.\n`);
    return true;
  } finally {
    await store.reader.close();
  }
}

async function goOn(
  io: Io,
  journal: Journal,
  found: RunSummary,
  options: ResumeOptions & { readonly stateDir: string },
): Promise<number> {
  const stored = await journal.read(found.id);
  const { record } = stored;
  const { plan, fileChanged } = await planToResume(stored);
  if (fileChanged) tellChanged(io, record);
  const { stateDir } = options;
  const problems = new Problems(io);
  const folders = { stateDir, planFolder: planFolderOf(record, stateDir) };
  const executor = await executorFor(io, plan, folders, problems);
  const ended = await executor?.endLeftovers(record.id);
  if (ended !== undefined && ended > 0)
    io.stderr.write(`Ended ${formatCount(ended)} processes that an earlier part of this run had left.\n`);
  io.stderr.write(
    `Going on with run ${record.id}: ${formatCount(found.counts.done)} of ${formatCount(found.size)} done.\n`,
  );
  const run = resumeRun(await journal.recover(record.id), plan, {
    journal,
    env: io.env,
    ...(executor !== undefined && { executors: [executor] }),
    ...(await worktreesFor(plan, folders)),
    ...(options.cap !== undefined && { liveItemsMax: options.cap }),
    ...(options.deadline !== undefined && { deadlineMs: options.deadline }),
    ...(!options.pressure && { pressure: false }),
    onProblem: problems.report,
  });
  return runToEnd(io, { run, executor, problems, json: options.json === true, stateDir, inspect: options.inspect });
}

function planFolderOf({ planFile }: RunRecord, stateDir: string): string {
  return dirname(planFile ?? stateDir);
}

function tellChanged(io: Io, { planFile }: RunRecord): void {
  const file = planFile === undefined ? "" : ` (${harmless(planFile)})`;
  io.stderr.write(
    `The plan file${file} is not what this run was started with: going on with the plan as it was stored.\n`,
  );
}

/** Nothing is left to do: the answer is how the run ended. */
async function tellEnded(
  io: Io,
  journal: Journal,
  found: RunSummary,
  options: { readonly stateDir: string; readonly json: boolean },
): Promise<number> {
  const { id, name, status } = found;
  if (options.json) {
    const plan = planOfRun(await journal.read(id));
    await new LogPrinter(io, { reader: journal, id, plan, json: true, endOnly: true }).printNew(undefined);
  }
  io.stderr.write(
    `Run ${id} (${harmless(name)}) has ended already: ${status}. Look at it with\n  ${nextCommand(io, options.stateDir, "show", id)}\n`,
  );
  // hasEnded said so: what is left of RunStatus is a RunOutcome.
  return OUTCOME_EXITS[status as RunOutcome];
}
