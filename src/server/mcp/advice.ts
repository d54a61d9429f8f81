/** What a model should do about each problem: its next step, in words that name the tools. */
import type { ProblemCode } from "../problem.ts";

/** The coordinator of a stdio server could not be asked. */
export const UNREACHABLE = "server_unreachable";

const LOOK = "Call get_work_item to see how it is now.";
const LATER = "Wait a moment and call again.";

const ADVICE: Readonly<Record<ProblemCode | typeof UNREACHABLE, string>> = {
  invalid_request: "Correct the arguments and call again.",
  unauthorized: "Ask the person who set this up for a token of the coordinator; you cannot mend it.",
  forbidden_origin: "Ask the person who set this up; this client may not reach the coordinator.",
  forbidden_role: "This needs a token with a higher role. Leave it to somebody who has one, and go on with your work.",
  not_found: "Call list_work_items to find the id or key.",
  method_not_allowed: "This is a fault of the tool; tell a person.",
  already_claimed: "Somebody else holds it. Call claim_next_work_item for another one.",
  not_ready: "Call explain_work_item to see what it waits for, or claim_next_work_item for another one.",
  not_claimed: "Claim it first with claim_work_item.",
  stale_fencing_token:
    "Your claim is over: stop working on this item and do not report on it again. Call claim_next_work_item for another one.",
  already_settled: `It has ended already. ${LOOK}`,
  file_conflict: "Others have these files in hand. Call claim_next_work_item for another item, or try again later.",
  dependency_cycle: "Leave out the dependency that leads back to the item itself.",
  history_removed: `That part of the history is gone. ${LOOK}`,
  precondition_failed: LOOK,
  too_large: "Send less: put long texts into files and name those.",
  invalid_dependency: "Call list_work_items for the ids or keys that exist, and use one of those.",
  invalid_plan: "Correct what the detail names and call again.",
  idempotency_key_reused: "Use a new idempotency_key: this one belongs to another call.",
  cap_reached: "As many items are claimed as may be. Call again with wait_ms, or end one that you hold.",
  pressure: `The machine is short of resources. ${LATER}`,
  internal: "This is a fault of the coordinator; tell a person.",
  journal_unavailable: `The coordinator cannot store anything at present, so nothing was changed. ${LATER}`,
  stopping: `The coordinator is being restarted. ${LATER}`,
  server_unreachable: `The coordinator does not answer. ${LATER} With the same idempotency_key nothing is done twice.`,
};

export function adviceOn(code: string): string {
  return Object.hasOwn(ADVICE, code) ? ADVICE[code as ProblemCode] : "Tell a person what the detail says.";
}
