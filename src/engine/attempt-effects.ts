/** Effects of a batch that is durable: attempts are started, and told to stop. An executor that throws at that harms only its item. */
import type { AbortAttempt, ReportOutcome } from "../executors/executor.ts";
import { isRetryable, reasonOfThrown } from "../executors/thrown.ts";
import type { Slot } from "./live-slots.ts";
import { LocalAttempt } from "./local-attempt.ts";
import type { RunCore } from "./run-core.ts";
import { startStage } from "./stages.ts";

/** Starts what the slot was taken for. */
export function startAttempt(core: RunCore, slot: Slot, report: ReportOutcome): void {
  const { item, token, stage } = slot;
  slot.phase = "running";
  if (slot.stopping !== undefined || core.stopping) {
    report({ kind: "aborted" });
    return;
  }
  try {
    slot.abort =
      stage === "run"
        ? core.executorOf(item)!.start(new LocalAttempt(core, item, token), report)
        : startStage(core, slot, stage, report);
  } catch (error) {
    // An executor should report it. A run must not wait for ever for one that does not.
    report({ kind: "failed", reason: reasonOfThrown(error), retryable: isRetryable(error) });
  }
}

/** Tells the attempt in a slot to stop. An executor that throws at that is told of; its report is awaited all the same. */
export function stopAttempt(core: RunCore, slot: Slot, ...how: Parameters<AbortAttempt>): void {
  try {
    slot.abort?.(...how);
  } catch (error) {
    const { key } = core.parts.plan.taskOf(slot.item)!;
    core.parts.onProblem(new Error(`${key}: the executor threw when it was to stop its attempt`, { cause: error }));
  }
}

/** Each attempt of this run by itself: the executors may serve other runs too. */
export function killAttempts(core: RunCore): void {
  for (const slot of [...core.slots.taken(), ...(core.preparing?.taken() ?? [])])
    if (slot.phase === "running" && slot.holder === undefined) stopAttempt(core, slot, "killed", { now: true });
}
