/** A run as its reports show it, whether it was read from a journal or over the wire. */
export interface ReportedRun {
  readonly id: string;
  readonly name: string;
  /** In a word, for people. */
  readonly state: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  /** Whether the process that ran it is gone, and it had not ended. */
  readonly interrupted: boolean;
  readonly items: readonly ReportedItem[];
}

export type ReportedState = "todo" | "claimed" | "done" | "failed" | "cancelled";

export interface ReportedItem {
  readonly key: string;
  readonly title: string | undefined;
  readonly type: string | undefined;
  readonly status: ReportedState;
  readonly priority: number;
  /** Claims so far. */
  readonly attempt: number;
  readonly attempts: readonly ReportedAttempt[];
  /** Keys. */
  readonly needs: readonly string[];
  /** Why its last attempt ended as it did, or why it was cancelled; empty when nothing says so. */
  readonly why: string;
  /** The same as a code. */
  readonly code: string;
  /** The last lines that it printed. */
  readonly tail: readonly string[];
}

export interface ReportedAttempt {
  /** Who worked on it. */
  readonly actor: string;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** A state, or why it came to none. */
  readonly end: ReportedState | "released" | "interrupted" | "live";
}

export function liveMsOf({ attempts }: ReportedItem): number {
  return attempts.reduce((sum, { from, to }) => sum + to - from, 0);
}
