import { SignalboxError } from "../base/errors.ts";
import type { Reason } from "../items/reason.ts";
import type { RunResult } from "./run.ts";

/** Why one item failed. */
export class ItemFailedError extends SignalboxError {
  /** Key of the item. */
  readonly item: string;
  /** `reason.code` says what happened: `exit`, `timeout`, `error`, … */
  readonly reason: Reason;

  constructor(item: string, reason: Reason) {
    super("item_failed", `${item}: ${reason.message ?? reason.code}`);
    this.item = item;
    this.reason = reason;
  }
}

/** All failures of a run in one, in the order of its plan. */
export class RunFailedError extends AggregateError {
  readonly code = "run_failed";
  readonly runId: string;
  declare errors: ItemFailedError[];

  constructor(result: RunResult, errors: readonly ItemFailedError[]) {
    const [first] = errors;
    const more = errors.length > 1 ? ` and ${errors.length - 1} more` : "";
    super(
      errors,
      `${errors.length === 1 ? "1 item" : `${errors.length} items`} of ${result.name} failed: ${first?.message}${more}`,
    );
    this.name = "RunFailedError";
    this.runId = result.runId;
  }
}

/**
 * The failures of a run that did not come out well, as one error to throw: in the order of the plan, whatever happened first, so
 * that two runs that failed alike say the same. `undefined` when the run is done, or ended without a failure.
 * @example
 * const error = errorsOf(await run.start());
 * if (error !== undefined) throw error;
 */
export function errorsOf(result: RunResult): RunFailedError | undefined {
  if (result.outcome === "done" || result.failures.length === 0) return undefined;
  const { items } = result.snapshot;
  const numberOf = (key: string): number => items.get(key)?.number ?? 0;
  const errors = result.failures
    .toSorted((a, b) => numberOf(a.item) - numberOf(b.item))
    .map(({ item, reason }) => new ItemFailedError(item, reason));
  return new RunFailedError(result, errors);
}

/** The run goes on elsewhere: what was asked of it may be asked again then. */
export function interrupted(runId: string): SignalboxError {
  const message = `the run was stopped before its end; go on with: signalbox resume ${runId}`;
  return new SignalboxError("interrupted", message);
}

export function alreadySettled(): SignalboxError {
  return new SignalboxError("already_settled", "the run has ended, so there is nothing to ask of it any more");
}
