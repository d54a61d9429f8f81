import type { Reason } from "../items/reason.ts";
import type { ItemStatus } from "../items/status.ts";
import { LIMITS } from "../base/limits.ts";

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

/** What was thrown as a reason that is safe to keep and to send: code and text only, whatever it was. */
export function reasonOfThrown(thrown: unknown): Reason {
  if (thrown instanceof AggregateError) {
    const causes = thrown.errors.map(textOf).join("; ");
    return { code: "threw", message: shortened(thrown.message === "" ? causes : `${thrown.message}: ${causes}`) };
  }
  return { code: "threw", message: shortened(textOf(thrown)) };
}

function textOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message === "" ? thrown.name : thrown.message;
  if (typeof thrown === "string") return thrown;
  return `something that is not an Error: ${typeof thrown === "symbol" ? thrown.description : safely(thrown)}`;
}

/** `String` calls code of whoever threw, which may throw again. */
function safely(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return typeof thrown;
  }
}

function shortened(text: string): string {
  return text.length > LIMITS.reasonCharsMax ? `${text.slice(0, LIMITS.reasonCharsMax - 1)}…` : text;
}
