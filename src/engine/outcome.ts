/** What a run comes to in which nothing is live and nothing can start any more. */
import { isSkipped } from "../items/skip.ts";
import type { RunOutcome } from "../items/status.ts";
import type { RunCore } from "./run-core.ts";

/**
 * Failed when an item failed that may not, or items are held by a failure; done when all are done, skipped, or failed where they may;
 * cancelled when somebody ended items and nothing failed; else stalled.
 */
export function outcomeOf(core: RunCore): RunOutcome {
  const { counts } = core.parts.table;
  if (counts.failed > 0 && anyItem(core, "failed", (item) => !isForgiven(core, item))) return "failed";
  if (counts.todo > 0) return blockedCountOf(core) === counts.todo ? "failed" : "stalled";
  if (counts.cancelled === 0) return "done";
  const { table } = core.parts;
  const ended = anyItem(core, "cancelled", (item) => !isSkipped("cancelled", table.reasons.get(item)));
  return ended ? "cancelled" : "done";
}

/** Items that a failure holds. */
export function blockedCountOf({ parts: { conditions, blocking } }: RunCore): number {
  return conditions?.edges.blockedCount ?? blocking.count;
}

/** Its plan says that it may fail, or something else won the race that it was in. */
function isForgiven({ parts: { plan, table, conditions } }: RunCore, item: number): boolean {
  if (plan.tasks[item]!.allowFailure) return true;
  return conditions?.groups?.forgives(item, (join) => table.statusOf(join) === "done") === true;
}

function anyItem(core: RunCore, status: "failed" | "cancelled", holds: (item: number) => boolean): boolean {
  const { table } = core.parts;
  for (let item = 0; item < table.size; item++) if (table.statusOf(item) === status && holds(item)) return true;
  return false;
}
