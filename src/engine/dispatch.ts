/** Which part of the engine a report or a deadline is for: by what of the item runs. */
import type { AttemptOutcome } from "../executors/executor.ts";
import { deadlineAtRest } from "./at-rest.ts";
import type { Slot } from "./live-slots.ts";
import { prepareTimedOut, settlePrepare } from "./prepare.ts";
import { settleUndo, undoTimedOut } from "./rollback.ts";
import type { RunCore } from "./run-core.ts";
import { DEADLINE, delayOver, expireLease, settle, timeOut } from "./transitions.ts";

/** Takes what an executor reported about what runs in a slot. */
export function takeReport(core: RunCore, slot: Slot, outcome: AttemptOutcome): void {
  if (slot.stage === "prepare") settlePrepare(core, core.preparing!, slot, outcome);
  else if (slot.stage === "undo") settleUndo(core, slot, outcome);
  else settle(core, slot, outcome);
}

/** A deadline of the heap has passed. */
export function passDeadline(core: RunCore, key: number): void {
  const item = Math.floor(key / 4);
  const kind = key % 4;
  const prepares = core.preparing?.slotOf(item);
  const slot = core.slots.of(item);
  if (kind === DEADLINE.backoff) delayOver(core, item);
  else if (kind === DEADLINE.lease) expireLease(core, item);
  // One that was told to stop has no time to run out of: its item may be anything by now.
  else if (prepares !== undefined && prepares.stopping === undefined) prepareTimedOut(core, prepares, kindOf(kind));
  else if (prepares !== undefined && kind === DEADLINE.timeout) return;
  else if (slot?.stage === "undo") undoTimedOut(core, slot);
  else if (core.parts.table.statusOf(item) === "todo") {
    // Nothing is tried in a run that ends, and nothing follows the entry that ended it.
    if (!core.isEnding && !core.hasEnded) deadlineAtRest(core, item);
  } else timeOut(core, item, kindOf(kind));
}

function kindOf(kind: number): "timeout" | "deadline" {
  return kind === DEADLINE.timeout ? "timeout" : "deadline";
}
