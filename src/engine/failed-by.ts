import type { Reason } from "../items/reason.ts";
import type { RunCore } from "./run-core.ts";

/** Each of the many items that a failure takes along carries this. */
const MESSAGE_CHARS_MAX = 200;

/** Why an item is cancelled that did nothing wrong: the one that failed, and what was wrong with it. */
export function failedBy({ parts: { plan, table } }: RunCore, item: number): Reason {
  const { key } = plan.taskOf(item)!;
  const { code, message } = table.reasons.get(item) ?? { code: "failed" };
  const why = message === undefined ? code : message.slice(0, MESSAGE_CHARS_MAX);
  return { code: "fail_fast", message: `${key} failed: ${why}`, data: { item: key, code } };
}
