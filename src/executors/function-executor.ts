/**
 * Runs tasks whose `run` is a function, in this process.
 *
 * I1  Every started attempt is reported exactly once.
 * I2  A synchronous function is reported before `start` returns; nothing but its answer is allocated for it beyond one object.
 * I3  An attempt that was aborted is reported as `aborted`, whatever the function answers afterwards: it may have stopped half-way.
 * I4  A function that does not stop within the grace is given up: reported as `aborted` with a note, since nothing can end it.
 *     What it answers later reaches nobody.
 * I5  What is reported as output is JSON, a frozen copy: the function can no longer change it.
 */
import { UsageError } from "../base/errors.ts";
import type { Env } from "../base/env.ts";
import { jsonCopy } from "../base/json-copy.ts";
import type { Json } from "../base/json.ts";
import type { RunSnapshot } from "../items/snapshot.ts";
import type { TaskContext, TaskFunction } from "../items/task-function.ts";
import {
  hasOutput,
  type AbortAttempt,
  type AttemptOutcome,
  type AttemptRequest,
  type Executor,
  type ReportOutcome,
  type Stage,
} from "./executor.ts";
import { isRetryable, reasonOfThrown } from "./thrown.ts";

/** How functions are ended. */
export interface FunctionExecutorOptions {
  readonly env: Env;
  /** How long an aborted function may take to stop, in milliseconds. Default 5,000. */
  readonly abortGraceMs?: number;
  /** What `snapshot()` of a function's context answers. `createRun` gives its own. Default: asking is an error. */
  readonly snapshot?: () => RunSnapshot;
}

/** Makes the executor of tasks whose `run` is a function. `createRun` has one built in. */
export function functionExecutor(options: FunctionExecutorOptions): Executor {
  return new FunctionExecutor(options);
}

const DONE: AttemptOutcome = Object.freeze({ kind: "done" });
const ANSWERED_FALSE: AttemptOutcome = Object.freeze({
  kind: "failed",
  reason: { code: "answered_false", message: "the function answered false" },
  retryable: true,
});
const NO_VALUES: TaskContext["matrix"] = Object.freeze({});
const nothingToAbort: AbortAttempt = () => {};

function noRun(): never {
  throw new UsageError("expected a function executor that knows its run, got one made without `snapshot`: give it one");
}

class FunctionExecutor implements Executor {
  readonly #env: Env;
  readonly #graceMs: number;
  readonly #snapshot: () => RunSnapshot;
  readonly #waiting: WaitingAttempt[] = [];

  constructor({ env, abortGraceMs = 5_000, snapshot = noRun }: FunctionExecutorOptions) {
    this.#env = env;
    this.#snapshot = snapshot;
    this.#graceMs = abortGraceMs;
  }

  accepts(task: { readonly run: unknown }): boolean {
    return typeof task.run === "function";
  }

  start(request: AttemptRequest, report: ReportOutcome): AbortAttempt {
    const context = new AttemptContext(request, this.#snapshot);
    let answer: unknown;
    try {
      answer = (request.task.run as TaskFunction)(context);
      if (isThenable(answer)) return this.#wait(answer, context, report);
    } catch (error) {
      report(failedBy(error));
      return nothingToAbort;
    }
    report(answer === undefined ? DONE : outcomeOf(context, answer));
    return nothingToAbort;
  }

  async stop({ graceful = true }: { readonly graceful?: boolean } = {}): Promise<void> {
    const attempts = [...this.#waiting];
    for (const attempt of attempts) {
      attempt.abort("the executor is stopping");
      if (!graceful) attempt.giveUp();
    }
    await Promise.all(attempts.map((attempt) => attempt.ended()));
  }

  #wait(answer: PromiseLike<unknown>, context: AttemptContext, report: ReportOutcome): AbortAttempt {
    const attempt = new WaitingAttempt(this.#env, this.#graceMs, context, report, this.#waiting);
    // `Promise.resolve` makes a foreign thenable behave: one answer, and later.
    Promise.resolve(answer).then(
      (value) => attempt.answered(value),
      (error: unknown) => attempt.threw(error),
    );
    return (reason, options) => {
      attempt.abort(reason);
      if (options?.now === true) attempt.giveUp();
    };
  }
}

/** What the function is called with. Most functions ask for neither inputs nor signal, so these are made when asked for. */
class AttemptContext implements TaskContext {
  readonly runId: string;
  readonly item: string;
  readonly attempt: number;
  readonly snapshot: () => RunSnapshot;
  readonly #request: AttemptRequest;
  #inputs: Readonly<Record<string, Json>> | undefined;
  #controller: AbortController | undefined;

  constructor(request: AttemptRequest, snapshot: () => RunSnapshot) {
    this.runId = request.runId;
    this.item = request.item;
    this.attempt = request.attempt;
    this.snapshot = snapshot;
    this.#request = request;
  }

  get matrix(): TaskContext["matrix"] {
    return this.#request.task.matrix ?? NO_VALUES;
  }

  get worktree(): TaskContext["worktree"] {
    return this.#request.worktree;
  }

  get inputs(): Readonly<Record<string, Json>> {
    return (this.#inputs ??= this.#request.inputs());
  }

  get signal(): AbortSignal {
    return (this.#controller ??= new AbortController()).signal;
  }

  static stageOf(context: AttemptContext): Stage {
    return context.#request.stage ?? "run";
  }

  /** Not a method: the function gets this object and must not be able to abort itself. */
  static abort(context: AttemptContext, reason: string): void {
    (context.#controller ??= new AbortController()).abort(new DOMException(reason, "AbortError"));
  }
}

/**
 * An attempt whose function answered with a promise. It stands in the executor's list from its making to its report, at
 * `#place`; the last one takes the place of one that leaves. Not a Set: one that is churned keeps garbage alive.
 */
class WaitingAttempt {
  readonly #list: WaitingAttempt[];
  #place: number;
  readonly #env: Env;
  readonly #graceMs: number;
  readonly #context: AttemptContext;
  #report: ReportOutcome | undefined;
  #aborted = false;
  #cancelGrace: (() => void) | undefined;
  #end: PromiseWithResolvers<void> | undefined;

  constructor(env: Env, graceMs: number, context: AttemptContext, report: ReportOutcome, list: WaitingAttempt[]) {
    this.#list = list;
    this.#place = list.push(this) - 1;
    this.#env = env;
    this.#graceMs = graceMs;
    this.#context = context;
    this.#report = report;
  }

  answered(value: unknown): void {
    this.#settle(value === undefined ? DONE : outcomeOf(this.#context, value));
  }

  threw(error: unknown): void {
    this.#settle(failedBy(error));
  }

  abort(reason: string): void {
    if (this.#aborted || this.#report === undefined) return;
    this.#aborted = true;
    this.#cancelGrace = this.#env.timers.after(this.#graceMs, () => this.giveUp());
    AttemptContext.abort(this.#context, reason);
  }

  giveUp(): void {
    this.#settle({
      kind: "aborted",
      note: `did not stop within ${this.#graceMs} ms of the abort signal; it may still be running`,
    });
  }

  ended(): Promise<void> {
    if (this.#report === undefined) return Promise.resolve();
    return (this.#end ??= Promise.withResolvers<void>()).promise;
  }

  #settle(outcome: AttemptOutcome): void {
    const report = this.#report;
    if (report === undefined) return;
    this.#report = undefined;
    this.#leave();
    this.#cancelGrace?.();
    report(this.#aborted && outcome.kind !== "aborted" ? { kind: "aborted" } : outcome);
    this.#end?.resolve();
  }

  #leave(): void {
    const last = this.#list.pop()!;
    if (last === this) return;
    this.#list[this.#place] = last;
    last.#place = this.#place;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  return typeof (value as { then?: unknown }).then === "function";
}

/** What an answer says: the work's is its output; of a further stage only that it came, unless it says that the check failed. */
function outcomeOf(context: AttemptContext, answer: unknown): AttemptOutcome {
  const stage = AttemptContext.stageOf(context);
  if (hasOutput(stage)) return doneWith(answer);
  return stage === "verify" && answer === false ? ANSWERED_FALSE : DONE;
}

function doneWith(answer: unknown): AttemptOutcome {
  const copy = jsonCopy(answer);
  if (copy.ok) return { kind: "done", output: copy.value };
  const message = `Expected JSON or undefined as the function's answer, got ${copy.problem}. Answer with null, booleans, finite numbers, text, lists and plain objects.`;
  return { kind: "failed", reason: { code: "output_not_json", message }, retryable: false };
}

function failedBy(error: unknown): AttemptOutcome {
  return { kind: "failed", reason: reasonOfThrown(error), retryable: isRetryable(error) };
}
