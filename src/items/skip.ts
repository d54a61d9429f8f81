import type { Reason } from "./reason.ts";
import type { ItemStatus } from "./status.ts";

/** It was never to be done: something it needs came to what it does not wait for, or its `when` did not hold. */
export const SKIPPED = "skipped";
/** Another member of its group was faster. */
export const RACE_LOST = "race_lost";

/** Whether an item was skipped: `cancelled`, and neither a person nor a failure is the cause. */
export function isSkipped(status: ItemStatus, reason: Reason | undefined): boolean {
  return status === "cancelled" && (reason?.code === SKIPPED || reason?.code === RACE_LOST);
}
