/** Whether an attempt that failed is followed by another, and when. */
import { LIMITS } from "../base/limits.ts";

/** How long to wait between attempts; a plan's `backoff`, checked. */
export interface BackoffTimes {
  readonly initialMs: number;
  readonly factor: number;
  readonly maxMs: number;
  /** Full jitter: anything from nothing to the whole wait, so that items that failed together do not come back together. */
  readonly jitter: boolean;
}

/**
 * Milliseconds to wait after the `failedAttempts`-th failure (1 for the first); without backoff 0. Never negative, never more
 * than `maxMs` or a year, never NaN.
 */
export function backoffMs(backoff: BackoffTimes | undefined, failedAttempts: number, random: () => number): number {
  if (backoff === undefined) return 0;
  const max = Math.min(atLeastZero(backoff.maxMs), LIMITS.durationMsMax);
  const initial = atLeastZero(backoff.initialMs);
  // An initial wait of nothing stays nothing: 0 × factor ** 2000 would be NaN.
  const grown = initial === 0 ? 0 : initial * backoff.factor ** Math.max(0, failedAttempts - 1);
  const wait = Math.min(Number.isNaN(grown) ? max : atLeastZero(grown), max);
  if (!backoff.jitter) return wait;
  return wait * Math.min(1, atLeastZero(random()));
}

export interface FailedAttempt {
  /** Attempts so far, this one included. */
  readonly attempt: number;
  /** Those of them that do not count: released, interrupted, forgiven. */
  readonly refunded: number;
  readonly attemptsMax: number;
  /** `false`: whoever reported the failure knows that another attempt would fail as well. */
  readonly retryable: boolean;
  /** When the first attempt was claimed, by the clock of `now`. */
  readonly firstClaimedAtMs: number | undefined;
  /** Time over all attempts, from the first claim. */
  readonly deadlineMs: number | undefined;
  readonly now: number;
  /** The wait before the next attempt, should there be one. */
  readonly delay: number;
}

export type RetryVerdict =
  | { readonly kind: "requeue"; readonly delayMs: number }
  | { readonly kind: "final"; readonly reason: "not_retryable" | "attempts_exhausted" | "deadline" };

/** An attempt that could only start at its deadline or later is not worth waiting for: the item fails now. */
export function retryVerdict(failed: FailedAttempt): RetryVerdict {
  const { attempt, refunded, attemptsMax, retryable, firstClaimedAtMs, deadlineMs, now, delay } = failed;
  if (!retryable) return { kind: "final", reason: "not_retryable" };
  if (attempt - refunded >= attemptsMax) return { kind: "final", reason: "attempts_exhausted" };
  const isLate =
    deadlineMs !== undefined && firstClaimedAtMs !== undefined && now + delay >= firstClaimedAtMs + deadlineMs;
  if (isLate) return { kind: "final", reason: "deadline" };
  return { kind: "requeue", delayMs: delay };
}

function atLeastZero(value: number): number {
  return value > 0 ? value : 0;
}
