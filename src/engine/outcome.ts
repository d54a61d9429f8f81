/** What a run comes to in which nothing is live and nothing can start any more. */
import { isSkipped } from "../items/skip.ts";
import type { RunOutcome } from "../items/status.ts";
import type { RunCore } from "./run-core.ts";

/**
 * Failed when an item failed that may not, or was cancelled with one, or items are held by a failure; done when all are done,
 * skipped, or failed where they may; cancelled when somebody ended items and nothing failed; else stalled. What failed or was
 * cancelled in a race that something else won does no harm.
 */
export function outcomeOf(core: RunCore): RunOutcome {
  const { counts, reasons } = core.parts.table;
  const isByFailure = (item: number): boolean => reasons.get(item)?.code === "fail_fast";
  if (counts.failed > 0 && anyItem(core, "failed", (item) => !isForgiven(core, item))) return "failed";
  if (counts.cancelled > 0 && anyItem(core, "cancelled", (item) => isByFailure(item) && !isInWonRace(core, item)))
    return "failed";
  if (counts.todo > 0) return blockedCountOf(core) === counts.todo ? "failed" : "stalled";
  const isByPerson = (item: number): boolean =>
    !isSkipped("cancelled", reasons.get(item)) && !isByFailure(item) && !isInWonRace(core, item);
  return counts.cancelled > 0 && anyItem(core, "cancelled", isByPerson) ? "cancelled" : "done";
}

/** Items that a failure holds. */
export function blockedCountOf({ parts: { conditions, blocking } }: RunCore): number {
  return conditions?.edges.blockedCount ?? blocking.count;
}

/** Its plan says that it may fail, or something else won the race that it was in. */
const isForgiven = (core: RunCore, item: number): boolean =>
  core.parts.plan.taskOf(item)!.allowFailure || isInWonRace(core, item);

function isInWonRace({ parts: { conditions } }: RunCore, item: number): boolean {
  return conditions?.groups?.forgives(item) === true;
}

function anyItem(core: RunCore, status: "failed" | "cancelled", holds: (item: number) => boolean): boolean {
  const { table } = core.parts;
  for (let item = 0; item < table.size; item++) if (table.statusOf(item) === status && holds(item)) return true;
  return false;
}
