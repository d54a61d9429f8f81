import type { Json } from "../base/json.ts";
import type { Reason } from "../items/reason.ts";
import type { TaskFunction } from "../items/task-function.ts";

/** What an executor has to know of a task; a plan's `Task` is one. */
export interface Work {
  readonly run: string | TaskFunction | undefined;
  readonly env: Readonly<Record<string, string>> | undefined;
  /** Absolute, or relative to the folder of the plan. */
  readonly cwd: string | undefined;
  /** Values of a matrix item, by axis. */
  readonly matrix?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** It wants a git worktree of its own. Default `false`. */
  readonly worktree?: boolean | undefined;
  /** What checks it after; `undefined`: nothing does. */
  readonly verify?: unknown;
}

/**
 * What of an item runs: its work, what makes that ready, the check that it must pass, or what takes it back. The work and what makes
 * it ready have an output: of the others it counts whether they succeed, so what they answer is not looked at. A function that
 * verifies fails by `false` too.
 */
export type Stage = "run" | "prepare" | "verify" | "undo";

/** Whether what a stage answers or writes as its output is kept. */
export function hasOutput(stage: Stage = "run"): boolean {
  return stage === "run" || stage === "prepare";
}

/** One attempt, as an executor gets it: the work of an item, or a further stage of it. */
export interface AttemptRequest {
  readonly runId: string;
  /** Key and id of the item. */
  readonly item: string;
  readonly itemId: string;
  readonly attempt: number;
  /** Fencing token of the claim; distinguishes attempts in file names and reports. */
  readonly token: number;
  /** With the command or function of the stage as its `run`. */
  readonly task: Work;
  /** Default `run`. */
  readonly stage?: Stage;
  /** The worktree in which it runs, when it has one; `cwd` is in it then. */
  readonly worktree?: { readonly path: string; readonly branch: string | undefined };
  /** Variables of ours that a command gets, beside those that every command gets. Default none. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Enters something about the attempt into the log of its run; resolves when that is durable, or cannot be any more. */
  note?(event: string, data: Json): Promise<void>;
  /** Outputs of the needs by task id, made when asked for; from `run` on also what was prepared, behind it the item's own. */
  inputs(): Readonly<Record<string, Json>>;
}

/** How one attempt came out. `retryable: false`: another attempt would fail as well. */
export type AttemptOutcome =
  | { readonly kind: "done"; readonly output?: Json }
  | { readonly kind: "failed"; readonly reason: Reason; readonly retryable: boolean }
  /** It stopped because `abort` was called; nothing of it is left running, unless the note says that it could not be ended. */
  | { readonly kind: "aborted"; readonly note?: string };

/** Called exactly once, when nothing of the attempt runs any more. May be called before `start` returns. */
export type ReportOutcome = (outcome: AttemptOutcome) => void;

/** Asks the attempt to stop, without any grace when `now`. The outcome is still reported. Calling it twice, or late, is fine. */
export type AbortAttempt = (reason: string, options?: { readonly now?: boolean }) => void;

/** How one attempt runs. It never throws: what goes wrong is an outcome. */
export interface Executor {
  /**
   * Its attempts run outside this process, so none can look at what the run shows here: each is started as soon as its claim is
   * durable, before snapshots and events of the claim are made. Default false.
   */
  readonly startsFirst?: boolean;
  /** `false`: not an attempt for this executor. */
  accepts(task: Work): boolean;
  start(request: AttemptRequest, report: ReportOutcome): AbortAttempt;
  /** Everything it started is gone when this resolves. `graceful: false` kills at once. Stopping twice is fine. */
  stop(options?: { readonly graceful?: boolean }): Promise<void>;
}
