/** States of a work item. Same words as `machines/work-item.ts`; a test holds them together. */
export type ItemStatus = "todo" | "claimed" | "done" | "failed" | "cancelled";

/** States of a run. Same words as `machines/run.ts`; a test holds them together. */
export type RunStatus =
  | "planned"
  | "running"
  | "paused"
  | "settling"
  | "rollingBack"
  | "done"
  | "failed"
  | "cancelled"
  | "stalled";

/** How a run ended. */
export type RunOutcome = "done" | "failed" | "cancelled" | "stalled";
