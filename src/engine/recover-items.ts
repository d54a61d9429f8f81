import { needStateOf } from "../scheduler/edge.ts";
import type { RunCore } from "./run-core.ts";
import { giveBack, hold, keepClaim, keepDeadline } from "./transitions.ts";

/** What a crash left `claimed` is given back; everything that had failed for good blocks what is behind it. */
export function recoverItems(core: RunCore): void {
  const { table, blocking, schedule, conditions } = core.parts;
  core.recordRun("recover", { actor: "recovery", data: { epoch: core.parts.epoch } });
  for (let item = 0; item < table.size; item++) {
    const status = table.statusOf(item);
    if (status === "claimed") {
      const slot = core.spawn(item, table.token[item]!);
      const holder = table.holders.get(item);
      // Whose work was being verified has reported already.
      if (holder !== undefined && core.executorOf(item) === undefined && table.stages.get(item) !== "verifying") {
        keepClaim(core, slot, holder);
        continue;
      }
      slot.phase = "ended";
      giveBack(core, slot, { code: "interrupted", message: "the process that ran it ended" }, "recovery");
      core.dropActor(slot);
      core.slots.free(slot);
    } else if (status === "todo") {
      recoverPrepare(core, item);
      recoverTimes(core, item);
    } else {
      schedule.settled(item);
      if (conditions !== undefined) conditions.moved(item, needStateOf(status, table.reasons.get(item)));
      else if (status !== "done") for (const blocked of blocking.block(item)) schedule.blocked(blocked);
    }
  }
}

/**
 * A pause between two attempts goes on, and so does the deadline over all of them. A wall clock that was set back meanwhile must
 * not make a pause longer than the plan allows any.
 */
function recoverTimes(core: RunCore, item: number): void {
  const { table, plan } = core.parts;
  const until = table.leftDelays.get(item);
  table.leftDelays.delete(item);
  keepDeadline(core, item);
  const { backoff } = plan.taskOf(item)!;
  if (until === undefined || backoff === undefined) return;
  const left = Math.min(until - core.at, backoff.maxMs);
  if (left > 0) hold(core, item, left);
}

/** Nothing prepares it any more. */
function recoverPrepare(core: RunCore, item: number): void {
  const { stages } = core.parts.table;
  if (stages.get(item) !== "preparing") return;
  stages.set(item, "prepare_stopped");
  core.record(item, "prepare_stopped", "todo", { actor: "recovery", data: { stage: "prepare_stopped" } });
}
