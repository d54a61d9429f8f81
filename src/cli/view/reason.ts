import type { Reason } from "../../items/reason.ts";

/** A reason in words: its message, or its code with blanks for underscores. */
export function describeReason(reason: Reason | undefined): string {
  if (reason === undefined) return "no reason was given";
  return reason.message ?? reason.code.replaceAll("_", " ");
}
