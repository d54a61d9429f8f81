/** An executor with the faults that real workers have: some are lost, some hang, some are slow. */
import { UsageError } from "../../base/errors.ts";
import type { Env } from "../../base/env.ts";
import type { AbortAttempt, AttemptRequest, Executor, ReportOutcome } from "../../executors/executor.ts";

/** `crash`: the worker is lost while it works. `hang`: it never ends by itself. `slow`: it begins late. */
export type ChaosFault = "crash" | "hang" | "slow";

/** How often each fault comes, and whom it may meet. */
export interface ChaosOptions {
  /** Timers and chance. The same seeded env gives the same faults. */
  readonly env: Pick<Env, "timers" | "random">;
  /** Chances from 0 to 1 of each fault, for each attempt; together 1 at most. Default 0. */
  readonly crash?: number;
  readonly hang?: number;
  readonly slow?: number;
  /** How late a slow attempt begins, and when a worker is lost, in milliseconds. Default 1,000. */
  readonly slowMs?: number;
  /** Attempts that have no faults are those of which it says `false`. Default: all may. */
  readonly only?: (request: AttemptRequest) => boolean;
  /** Told of each fault when it is chosen. */
  readonly onFault?: (fault: ChaosFault, request: AttemptRequest) => void;
}

/**
 * `inner`, some of whose attempts are lost, hang or are slow. A lost attempt is reported as stopped although nobody asked it to; a
 * hanging one ends when it is told to, so only a timeout or a cancel ends it.
 * @throws UsageError (`invalid_usage`) when the chances are not from 0 to 1, together
 */
export function chaosWorker(inner: Executor, options: ChaosOptions): Executor {
  const { env, only = () => true, onFault } = options;
  checkChances(options);
  return {
    ...inner,
    accepts: (task) => inner.accepts(task),
    start: (request, report) => {
      const fault = only(request) ? faultOf(options, env.random()) : undefined;
      if (fault === undefined) return inner.start(request, report);
      onFault?.(fault, request);
      return startWith(fault, inner, request, report, options);
    },
    stop: (how) => inner.stop(how),
  };
}

function checkChances({ crash = 0, hang = 0, slow = 0 }: ChaosOptions): void {
  const chances = [crash, hang, slow];
  if (chances.every((chance) => chance >= 0) && crash + hang + slow <= 1) return;
  throw new UsageError(`expected chances from 0 to 1 that are 1 at most together, got ${chances.join(", ")}`);
}

function faultOf({ crash = 0, hang = 0, slow = 0 }: ChaosOptions, draw: number): ChaosFault | undefined {
  if (draw < crash) return "crash";
  if (draw < crash + hang) return "hang";
  return draw < crash + hang + slow ? "slow" : undefined;
}

function startWith(
  fault: ChaosFault,
  inner: Executor,
  request: AttemptRequest,
  report: ReportOutcome,
  { env, slowMs = 1_000 }: ChaosOptions,
): AbortAttempt {
  let isOver = false;
  const end: ReportOutcome = (outcome) => {
    if (isOver) return;
    isOver = true;
    report(outcome);
  };
  if (fault === "hang") return () => end({ kind: "aborted" });
  if (fault === "crash") {
    // What it did until then was done; nobody hears how it came out.
    const abort = inner.start(request, () => {});
    const forget = env.timers.after(slowMs, () => {
      abort("the worker is lost", { now: true });
      end({ kind: "aborted" });
    });
    return (reason, how) => {
      forget();
      abort(reason, how);
      end({ kind: "aborted" });
    };
  }
  let abort: AbortAttempt | undefined;
  const forget = env.timers.after(slowMs, () => {
    abort = inner.start(request, end);
  });
  return (reason, how) => {
    forget();
    if (abort === undefined) end({ kind: "aborted" });
    else abort(reason, how);
  };
}
