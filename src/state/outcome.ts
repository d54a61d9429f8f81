import type { ItemStatus } from "../items/status.ts";

/** How a piece of parallel work came out, whatever ran it. */
export type ParallelOutcome = "fulfilled" | "rejected" | "timeout" | "aborted" | "skipped";

const STATUS_OF: Readonly<Record<ParallelOutcome, ItemStatus>> = {
  fulfilled: "done",
  rejected: "failed",
  timeout: "failed",
  aborted: "cancelled",
  skipped: "cancelled",
};

/** The status of a work item whose last attempt came out so (S0-06). Takes a settled promise's `status` as it is. */
export function statusFromOutcome(outcome: ParallelOutcome): ItemStatus {
  return STATUS_OF[outcome];
}
