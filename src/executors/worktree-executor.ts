/**
 * Runs tasks with `worktree: true`: makes a worktree, lets another executor run the attempt in it, and gives it back. Stands
 * before the executors that do the work.
 *
 * I1  Every started attempt is reported exactly once, after the last process of it is gone and its worktree was given back.
 * I2  A worktree that could not be made fails the attempt; one that cannot be removed does not: what it holds is told.
 * I3  What makes an item ready (`prepare`), its work and its check (`verify`) run in one worktree, which is given back after the last
 *     of them that runs. What was made ready and never comes to its work, or to its check, is given back when this stops.
 * I4  What takes an item back (`undo`) runs in the worktree of its work where that is left, else in another one on its branch.
 */
import { messageOf } from "../base/error-message.ts";
import { SignalboxError, UsageError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { AttemptWorktree, RunWorktrees } from "../git/run-worktrees.ts";
import type { WorktreeReport } from "../git/worktrees/report.ts";
import type { AbortAttempt, AttemptOutcome, AttemptRequest, Executor, ReportOutcome, Work } from "./executor.ts";

export interface WorktreeExecutorOptions {
  /** Opened when the run begins, before any attempt. */
  readonly worktrees: () => Promise<RunWorktrees>;
  /** Who runs the attempts; not stopped by this one. */
  readonly executors: readonly Executor[];
  /** Which of these paths the item had not declared. */
  readonly undeclared: (item: string, paths: readonly string[]) => readonly string[];
  readonly onProblem: (problem: Error) => void;
}

/** Makes the executor of tasks with a worktree of their own. */
export function worktreeExecutor(options: WorktreeExecutorOptions): Executor {
  return new WorktreeExecutor(options);
}

/** An attempt that has a worktree, or waits for one. */
interface Held {
  readonly worktree: AttemptWorktree;
  readonly request: AttemptRequest;
}

class WorktreeExecutor implements Executor {
  readonly #options: WorktreeExecutorOptions;
  /** Worktrees whose work is done and is to be checked, by token. */
  readonly #toVerify = new Map<number, Held>();
  /** Worktrees that are ready for the work of an item, by its key. */
  readonly #prepared = new Map<string, Held>();
  readonly #running = new Set<{ readonly abort: AbortAttempt; readonly ended: Promise<void> }>();
  #stopping = false;

  constructor(options: WorktreeExecutorOptions) {
    this.#options = options;
  }

  accepts(task: Work): boolean {
    return task.worktree === true && this.#inner(task) !== undefined;
  }

  start(request: AttemptRequest, report: ReportOutcome): AbortAttempt {
    if (this.#stopping) {
      report({ kind: "aborted" });
      return () => {};
    }
    const told = new AbortController();
    let inner: AbortAttempt | undefined;
    const abort: AbortAttempt = (reason, options) => {
      told.abort(new DOMException(reason, "AbortError"));
      inner?.(reason, options);
    };
    const started = (abortInner: AbortAttempt): void => void (inner = abortInner);
    const ended = this.#attempt(request, told.signal, started).then(report);
    const running = { abort, ended: ended.finally(() => this.#running.delete(running)) };
    this.#running.add(running);
    return abort;
  }

  async stop({ graceful = true }: { readonly graceful?: boolean } = {}): Promise<void> {
    this.#stopping = true;
    for (const { abort } of this.#running) abort("the executor is stopping", { now: !graceful });
    await Promise.all([...this.#running].map(({ ended }) => ended));
    const left = [...this.#toVerify.values(), ...this.#prepared.values()];
    this.#toVerify.clear();
    this.#prepared.clear();
    for (const held of left) await this.#giveBack(held);
  }

  #inner(task: Work): Executor | undefined {
    return this.#options.executors.find((executor) => executor.accepts(task));
  }

  async #attempt(
    request: AttemptRequest,
    signal: AbortSignal,
    started: (abort: AbortAttempt) => void,
  ): Promise<AttemptOutcome> {
    let held = this.#left(request);
    if (held !== undefined && request.stage === "prepare") {
      // It was made ready for something else.
      await this.#giveBack(held);
      held = undefined;
    }
    try {
      held ??= await this.#take(request, signal);
    } catch (error) {
      return signal.aborted ? { kind: "aborted" } : notMade(error);
    }
    const outcome = signal.aborted ? ({ kind: "aborted" } as const) : await this.#run(held, request, started);
    if (outcome.kind === "done") {
      const { stage = "run", item, token, task } = request;
      if (stage === "prepare") return this.#prepared.set(item, held) && outcome;
      if (stage === "run" && task.verify !== undefined) return this.#toVerify.set(token, held) && outcome;
    }
    await this.#giveBack(held);
    return outcome;
  }

  /** What an earlier stage has left for this one. */
  #left(request: AttemptRequest): Held | undefined {
    const { stage = "run", item, token } = request;
    const held =
      stage === "verify" ? this.#toVerify.get(token) : stage === "undo" ? undefined : this.#prepared.get(item);
    if (stage === "verify") this.#toVerify.delete(token);
    else if (stage !== "undo") this.#prepared.delete(item);
    return held && { worktree: held.worktree, request };
  }

  async #take(request: AttemptRequest, signal: AbortSignal): Promise<Held> {
    const { runId: run, item, token, task, stage } = request;
    const again = stage === "undo";
    const worktree = await (await this.#options.worktrees()).take({ run, item, token, cwd: task.cwd, signal, again });
    const { path, branch, base } = worktree;
    await request.note?.("worktree_created", { path, branch: branch ?? null, base });
    return { worktree, request };
  }

  #run({ worktree }: Held, request: AttemptRequest, started: (abort: AbortAttempt) => void): Promise<AttemptOutcome> {
    // `accepts` has found one.
    const inner = this.#inner(request.task)!;
    return new Promise((resolve) => started(inner.start(inWorktree(request, worktree), resolve)));
  }

  async #giveBack({ worktree, request }: Held): Promise<void> {
    const { worktrees, undeclared, onProblem } = this.#options;
    const report = await (await worktrees()).giveBack(worktree, (paths) => undeclared(request.item, paths));
    if (report.undeclared.length > 0) onProblem(surprise(report));
    await request.note?.(report.isThere ? "worktree_kept" : "worktree_removed", reportData(report));
  }
}

/** The same attempt in its worktree. The request may be an object whose values are made when asked for: it is asked, not copied. */
function inWorktree(
  request: AttemptRequest,
  { path, branch, folder, variables: own }: AttemptWorktree,
): AttemptRequest {
  const { runId, item, itemId, attempt, token, task, stage, variables } = request;
  return {
    runId,
    item,
    itemId,
    attempt,
    token,
    task: { run: task.run, env: task.env, matrix: task.matrix, cwd: folder },
    ...(stage !== undefined && { stage }),
    variables: { ...variables, ...own },
    worktree: { path, branch },
    inputs: () => request.inputs(),
  };
}

function notMade(error: unknown): AttemptOutcome {
  const code = error instanceof SignalboxError ? error.code : "worktree_failed";
  const message = messageOf(error);
  // What names something that is not there will not be there for another attempt.
  return { kind: "failed", reason: { code, message }, retryable: !(error instanceof UsageError) };
}

function surprise({ item, undeclared }: WorktreeReport): Error {
  const more = undeclared.length > 5 ? ` and ${undeclared.length - 5} more` : "";
  return new Error(`${item} changed what its files do not declare: ${undeclared.slice(0, 5).join(", ")}${more}`);
}

/** What the event of a worktree that was given back tells. */
export function reportData(report: WorktreeReport): { readonly [key: string]: Json } {
  const { role, path, isThere, branch, base, commit, filesModified, filesTotal, insertions, deletions } = report;
  const { undeclared, findings, remedy, saved } = report;
  return {
    role,
    path,
    is_there: isThere,
    branch: branch ?? null,
    base,
    commit,
    files_modified: filesModified,
    files_total: filesTotal,
    insertions,
    deletions,
    undeclared,
    ...(isThere && { findings, remedy: remedy ?? null }),
    ...(saved?.ref !== undefined && { saved_ref: saved.ref }),
    ...(saved?.copy !== undefined && { saved_copy: saved.copy }),
  };
}
