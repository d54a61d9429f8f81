/**
 * Items with `worktree: true`, as the engine sees them: opens the worktrees before anything runs, puts the executor that uses
 * them before the others, enters what happens to them into the log, and hands out what came of them.
 *
 * T1 intent first: a claim is durable before its worktree is made, and the registry has it before git is touched.
 * T2 an event of a worktree is durable before the item moves on from it (L2), unless the run's process part is over.
 */
import { SignalboxError, UsageError } from "../base/errors.ts";
import type { Env } from "../base/env.ts";
import type { Json } from "../base/json.ts";
import type { Executor } from "../executors/executor.ts";
import { reportData, worktreeExecutor } from "../executors/worktree-executor.ts";
import type { ItemWorktrees, RunWorktrees } from "../git/run-worktrees.ts";
import type { WorktreeReport } from "../git/worktrees/report.ts";
import { readFilePattern } from "../items/file-conflicts.ts";
import { literalPath } from "../items/file-pattern.ts";
import { patternsOverlap } from "../items/pattern-overlap.ts";
import type { RunRecord } from "../journal/journal.ts";
import { demandsOf } from "../plan/demands.ts";
import type { Plan } from "../plan/plan.ts";
import { retryOf } from "./earlier-run.ts";
import type { RunCore } from "./run-core.ts";

export interface RunsWorktrees {
  readonly env: Env;
  readonly record: RunRecord;
  readonly plan: Plan;
  readonly open: ItemWorktrees | undefined;
  /** Who runs attempts, in a worktree or not. */
  readonly executors: readonly Executor[];
  readonly onProblem: (problem: Error) => void;
}

export class WorktreesOfRun {
  readonly #parts: RunsWorktrees;
  #opened: Promise<RunWorktrees> | undefined;
  /** Whose plan may grow. */
  #core: RunCore | undefined;
  /** Once opened. */
  #worktrees: RunWorktrees | undefined;
  readonly executor: Executor;

  /** @throws UsageError when the plan needs worktrees and nothing says where they are to be */
  constructor(parts: RunsWorktrees) {
    this.#parts = parts;
    const { open, executors, onProblem } = parts;
    if (open === undefined && this.#isNeeded) throw new UsageError(NO_PLACE);
    this.executor = worktreeExecutor({
      worktrees: () => this.open(),
      executors,
      undeclared: (item, paths) => undeclaredOf(this.#core?.parts.plan ?? parts.plan, item, paths),
      onProblem,
    });
  }

  get #isNeeded(): boolean {
    return demandsOf(this.#parts.plan.tasks).worktree;
  }

  /** Before the run exists: one that cannot have worktrees does not begin. */
  async prepare(): Promise<void> {
    if (this.#isNeeded) await this.open();
  }

  /** Tasks that need worktrees may come later than the run's start. */
  open(): Promise<RunWorktrees> {
    this.#opened ??= this.#openOnce();
    return this.#opened;
  }

  async #openOnce(): Promise<RunWorktrees> {
    const { env, record, plan, open, onProblem } = this.#parts;
    const earlierRunId = retryOf(record);
    if (open === undefined) throw new SignalboxError("worktree_failed", NO_PLACE);
    this.#worktrees = await open({
      env,
      runId: record.id,
      settings: plan.worktrees ?? {},
      onProblem,
      items: plan.tasks.filter(({ worktree }) => worktree).map(({ key, cwd }) => ({ key, cwd })),
      ...(earlierRunId !== undefined && { earlierRunId }),
    });
    return this.#worktrees;
  }

  /** What became of what dead processes of the run had left is entered in the turn that goes on with the run. */
  joinCore(core: RunCore): void {
    this.#core = core;
    core.onStarted = () => {
      for (const report of this.#worktrees?.leftBefore ?? []) noteAboutRun(core, eventOf(report), report);
    };
    core.worktreeReports = () => this.#worktrees?.reports();
  }

  /** Gives back what is left. Never throws: what could not be removed waits for the next run, or for `signalbox worktrees`. */
  async release(): Promise<void> {
    try {
      await this.executor.stop();
      await this.#worktrees?.close();
    } catch (error) {
      this.#parts.onProblem(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

const NO_PLACE =
  "expected the option `worktrees` for a plan with `worktree: true`, got none; give itemWorktrees({ home }) of signalbox/git";

const eventOf = ({ isThere }: WorktreeReport): string => (isThere ? "worktree_kept" : "worktree_removed");

/** Which of the paths neither the item's `files` nor `sharedFiles` of the plan name; none when it has no `files`. */
function undeclaredOf({ taskOf, numberOf, sharedFiles }: Plan, item: string, paths: readonly string[]): string[] {
  const declared = taskOf(numberOf(item) ?? -1)?.files;
  if (declared === undefined) return [];
  const patterns = [...declared, ...sharedFiles].map((text) => readFilePattern(text));
  return paths.filter((path) => !patterns.some((pattern) => patternsOverlap(pattern, literalPath(path))));
}

/** Enters something about an item; resolves when it is durable, or when this process's part of the run is over. */
export async function noted(core: RunCore, item: number, event: string, data: Json): Promise<void> {
  await core.enter(() => enterNote(core, item, event, data)).catch(() => {});
}

/** An item that is not under way any more stays as it is: the entry is about the run then. */
function enterNote(core: RunCore, item: number, event: string, data: Json): void {
  const { table, plan } = core.parts;
  if (table.statusOf(item) === "claimed") core.record(item, event, "claimed", { data });
  else core.recordRun(event, { data: { item: plan.taskOf(item)!.key, ...(data as { readonly [key: string]: Json }) } });
}

function noteAboutRun(core: RunCore, event: string, report: WorktreeReport): void {
  core.recordRun(event, { actor: "recovery", data: { item: report.item, ...reportData(report) } });
}
