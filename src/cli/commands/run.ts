import { dirname, resolve } from "node:path";
import { availableParallelism } from "node:os";
import { harmless } from "../../base/harmless.ts";
import { createRun } from "../../engine/create-run.ts";
import type { CommandExecutor } from "../../executors/command-executor.ts";
import type { Journal } from "../../journal/journal.ts";
import { memoryJournal } from "../../journal/memory-journal.ts";
import { sqliteJournal } from "../../journal/sqlite-journal.ts";
import { prepareStateDirectory } from "../../journal/state-directory.ts";
import { drawLayers } from "../../plan/draw-layers.ts";
import { drawJson } from "../../plan/draw-json.ts";
import { loadPlan } from "../../plan/load-plan.ts";
import type { FailurePolicy, Plan, Schedule } from "../../plan/plan.ts";
import { scopePlan } from "../../plan/scope.ts";
import { refuseUnsupported } from "../../plan/unsupported.ts";
import { executorFor, worktreesFor, type Folders } from "../executor.ts";
import type { Command, Io } from "../io.ts";
import type { RunBoardParts } from "../run-board.ts";
import { Problems, runToEnd, type Session } from "../run-session.ts";
import { ScopeProgress } from "../scope-progress.ts";
import { refuseForeignDir, stateDirFor } from "../state-dir.ts";
import { outputDirectoryOf } from "../store.ts";
import { countOf } from "../view/format.ts";
import { jsonDocument } from "../wire.ts";

export interface RunCommandOptions {
  readonly plan: string;
  readonly cap?: number;
  readonly schedule?: Schedule;
  readonly onFailure?: FailurePolicy;
  /** Milliseconds. */
  readonly deadline?: number;
  readonly scope?: readonly string[];
  readonly withNeeds?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly stateDir?: string;
  readonly durable: boolean;
  readonly pressure: boolean;
  /** Port of the page that shows the actors. */
  readonly inspect?: number;
  /** Show the run in a browser. */
  readonly board?: boolean;
}

/** Runs a plan to its end. Exit 0 done · 1 failed or cancelled · 5 stalled · 130/143 stopped by a signal. */
export const runCommand: Command<RunCommandOptions> = async (io, options) => {
  const whole = await loadPlan(options.plan);
  const plan =
    options.scope === undefined ? whole : scopePlan(whole, options.scope, { withNeeds: options.withNeeds === true });
  refuseUnsupported(plan);
  const file = resolve(io.cwd, options.plan);
  const stateDir = stateDirFor(io, file, options.stateDir);
  if (options.dryRun === true) return dryRun(io, plan, options);
  refuseForeignDir(stateDir);
  const problems = new Problems(io);
  const { journal, executor } = await openParts(io, plan, { stateDir, planFolder: dirname(file) }, options, problems);
  try {
    const run = createRun(plan, {
      journal,
      env: io.env,
      ...(executor !== undefined && { executors: [executor] }),
      ...(await worktreesFor(plan, { stateDir, planFolder: dirname(file) })),
      ...(options.cap !== undefined && { liveItemsMax: options.cap }),
      ...(options.schedule !== undefined && { schedule: options.schedule }),
      ...(options.onFailure !== undefined && { onFailure: options.onFailure }),
      ...(options.deadline !== undefined && { deadlineMs: options.deadline }),
      pressure: options.pressure,
      onProblem: problems.report,
    });
    const session: Session = {
      run,
      executor,
      problems,
      json: options.json === true,
      ...(options.scope !== undefined && { scope: new ScopeProgress(plan, options.scope) }),
      stateDir: options.durable ? stateDir : undefined,
      inspect: options.inspect,
    };
    return await (options.board === true
      ? runWithBoard(io, session, {
          journal,
          liveItemsMax: capOf(plan, options),
          outputs: outputsOf(executor, stateDir),
        })
      : runToEnd(io, session));
  } finally {
    await journal.close();
  }
};

/** The same, and to be looked at in a browser meanwhile. */
async function runWithBoard(
  io: Io,
  session: Session,
  parts: Pick<RunBoardParts, "journal" | "liveItemsMax" | "outputs">,
): Promise<number> {
  const { openRunBoard } = await import("../run-board.ts");
  const { run, problems } = session;
  const board = await openRunBoard(io, { run, ...parts, onProblem: problems.report });
  try {
    const exitCode = await runToEnd(io, session);
    // Whoever stopped it with a signal wants to be gone.
    if (exitCode < SIGNAL_EXIT_MIN) await board.stay();
    return exitCode;
  } finally {
    await board.close();
  }
}

function outputsOf(executor: CommandExecutor | undefined, stateDir: string): RunBoardParts["outputs"] {
  if (executor === undefined) return undefined;
  return {
    directory: outputDirectoryOf(stateDir),
    liveItems: () => executor.liveItems(),
    tailOf: (item, lines) => executor.tailOf(item, lines),
  };
}

const SIGNAL_EXIT_MIN = 128;

function capOf(plan: Plan, { cap }: RunCommandOptions): number {
  return cap ?? plan.liveItemsMax ?? availableParallelism();
}

interface Parts {
  readonly journal: Journal;
  readonly executor: CommandExecutor | undefined;
}

/** The thread of the journal and the process that starts commands come up side by side. */
async function openParts(
  io: Io,
  plan: Plan,
  folders: Folders,
  { durable }: RunCommandOptions,
  problems: Problems,
): Promise<Parts> {
  const directory = folders.stateDir;
  // Before both: each of them would make it.
  if (durable) prepareStateDirectory(directory);
  const [journal, executor] = await Promise.allSettled([
    durable ? sqliteJournal({ directory, env: io.env }) : memoryJournal(),
    executorFor(io, plan, folders, problems),
  ]);
  if (journal.status === "rejected") {
    if (executor.status === "fulfilled") await executor.value?.stop();
    throw journal.reason;
  }
  if (executor.status === "rejected") {
    await journal.value.close();
    throw executor.reason;
  }
  return { journal: journal.value, executor: executor.value };
}

/** What a run would do, without doing any of it. */
function dryRun(io: Io, plan: Plan, options: RunCommandOptions): number {
  const liveItemsMax = capOf(plan, options);
  const schedule = options.schedule ?? plan.schedule;
  const onFailure = options.onFailure ?? plan.onFailure;
  if (options.json === true) {
    const graph: object = JSON.parse(drawJson(plan));
    io.stdout.write(jsonDocument({ ...graph, live_items_max: liveItemsMax, schedule, on_failure: onFailure }));
  } else {
    io.stdout.write(`${harmless(plan.name)}: ${countOf(plan.graph.size, "item")}, layer by layer\n`);
    io.stdout.write(harmless(drawLayers(plan), { lines: true }));
    io.stdout.write(`Would run at most ${liveItemsMax} at once, ${schedule}, ${onFailure}. Nothing was run.\n`);
  }
  return 0;
}
