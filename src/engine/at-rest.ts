/**
 * Items that are claimed and end in one batch, without a slot and an attempt that would run: joins, what an earlier run has done, and
 * attempts whose prepare failed.
 */
import type { Json } from "../base/json.ts";
import type { Reason } from "../items/reason.ts";
import { LOCAL_HOLDER } from "./item-table.ts";
import type { RunCore } from "./run-core.ts";
import { ENGINE, isDone, retryOrGiveUp } from "./transitions.ts";

/** Who did what an earlier run has done. */
const CARRIED = "carried";

/** Does an item that does nothing itself. */
export function completeJoin(core: RunCore, item: number, output: Json | undefined): void {
  completeAtRest(core, item, output, ENGINE);
}

/** Enters an item as done that an earlier run has done. */
export function carry(core: RunCore, item: number, output: Json | undefined): void {
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
  const { table, plan } = core.parts;
  core.preparing?.withdraw(item);
  table.stages.delete(item);
  if (plan.tasks[item]!.deadlineMs !== undefined && !table.firstClaimedAt.has(item))
    table.firstClaimedAt.set(item, core.mono);
  const token = claimAtRest(core, item, LOCAL_HOLDER);
  core.sendAtRest(item, { type: "fail", token, reason, retryable }, "failed");
  table.token[item] = 0;
  table.settledAt[item] = core.at;
  table.retryable[item] = retryable ? 1 : 0;
  table.reasons.set(item, reason);
  core.record(item, "fail", "failed", { reason });
  retryOrGiveUp(core, item, retryable);
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
