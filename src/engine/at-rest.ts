/**
 * Items that are claimed and end in one batch, without a slot and an attempt that would run: joins, what an earlier run has done, and
 * attempts whose prepare failed or whose deadline had passed.
 */
import type { WorkItemEvent } from "../../machines/work-item.ts";
import type { Json } from "../base/json.ts";
import type { Reason } from "../items/reason.ts";
import { HOLD, LOCAL_HOLDER } from "./item-table.ts";
import type { ItemRow } from "../journal/journal.ts";
import type { RunCore } from "./run-core.ts";
import { DEADLINE, deadlineReason, ENGINE, isDone, retryOrGiveUp } from "./transitions.ts";

/** Who did what an earlier run has done. */
const CARRIED = "carried";

/** Does an item that does nothing itself. */
export function completeJoin(core: RunCore, item: number, output: Json | undefined): void {
  completeAtRest(core, item, output, ENGINE);
}

/** Takes over what an earlier run has done. */
export function carryAll(core: RunCore, rows: readonly Pick<ItemRow, "item" | "output">[]): void {
  for (const { item, output } of rows) if (core.parts.table.statusOf(item) === "todo") carry(core, item, output);
}

/** Enters an item as done that an earlier run has done. */
function carry(core: RunCore, item: number, output: Json | undefined): void {
  core.claimable.remove(item);
  completeAtRest(core, item, output, CARRIED);
}

function completeAtRest(core: RunCore, item: number, output: Json | undefined, holder: string): void {
  const token = claimAtRest(core, item, holder);
  core.sendAtRest(item, { type: "complete", token }, "done");
  core.parts.table.token[item] = 0;
  core.parts.table.settledAt[item] = core.at;
  isDone(core, item, output, holder);
}

/** An attempt whose work did not begin, since its prepare failed. */
export function failAtRest(core: RunCore, item: number, reason: Reason, retryable: boolean): void {
  endAtRest(core, item, (token) => ({ type: "fail", token, reason, retryable }), reason);
  core.parts.table.retryable[item] = retryable ? 1 : 0;
  retryOrGiveUp(core, item, retryable);
}

function endAtRest(
  core: RunCore,
  item: number,
  eventFor: (token: number) => Extract<WorkItemEvent, { type: "fail" | "timeout" }>,
  reason: Reason,
): void {
  const { table, plan } = core.parts;
  core.preparing?.withdraw(item);
  table.stages.delete(item);
  if (plan.taskOf(item)!.deadlineMs !== undefined && !table.firstClaimedAt.has(item))
    table.firstClaimedAt.set(item, core.mono);
  const token = claimAtRest(core, item, LOCAL_HOLDER);
  const event = eventFor(token);
  core.sendAtRest(item, event, "failed");
  table.token[item] = 0;
  table.settledAt[item] = core.at;
  table.reasons.set(item, reason);
  core.record(item, event.type, "failed", { reason });
}

/** The deadline over all attempts of an item has passed between two of them: it has failed, and no further attempt begins. */
export function deadlineAtRest(core: RunCore, item: number): void {
  if (core.isEnding || core.stopping) return;
  const { table, plan, deadlines } = core.parts;
  deadlines.clear(item * 4 + DEADLINE.backoff);
  table.holds[item]! &= ~HOLD.delayed;
  const reason = deadlineReason(plan.taskOf(item)!.deadlineMs);
  endAtRest(core, item, (token) => ({ type: "timeout", token }), reason);
  table.retryable[item] = 1;
  retryOrGiveUp(core, item, false);
}

function claimAtRest(core: RunCore, item: number, holder: string): number {
  const { table } = core.parts;
  const token = core.seq + 1;
  core.sendAtRest(item, { type: "claim", holder, token }, "claimed");
  table.attempt[item]!++;
  table.token[item] = token;
  table.lastToken[item] = token;
  table.claimedAt[item] = core.at;
  core.record(item, "claim", "claimed", { actor: holder });
  return token;
}
