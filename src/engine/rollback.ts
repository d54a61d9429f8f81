/**
 * Takes back what a run did, after it failed or was cancelled under `onFailure: rollback`.
 *
 * The rules, whole:
 *
 * - A rollback begins when a run with this policy is `drained` with the outcome `failed` or `cancelled` (the recorded one, when it
 *   was settling): at that moment nothing is live. The run goes to `rollingBack` and ends, by `rolledBack`, with that outcome. A run
 *   that is done or stalled, or was cancelled before its start, takes nothing back. A failure that is forgiven (`allowFailure`, a
 *   race that was won otherwise) neither ends a run nor counts for its outcome, so it begins no rollback.
 * - Undone is what is `done` and has an `undo`, whichever life of the run did it, carried items of an earlier run included. What
 *   failed, was cancelled or was aborted halfway is not undone: it was never done. Joins and items without `undo` are passed over.
 * - No item leaves its state: `undo_start`, `undo` and `undo_failed` are notes, from `done` to `done`, and `ItemStage` says which
 *   came last (`undoing`, `undone`, `undo_failed`).
 * - While it goes on nothing is claimed, and `cancel`, `pause` and the run's deadline change nothing. `stop` (and a crash) leaves the
 *   run `rollingBack` in the journal, with at most one item `undoing`.
 *
 * U1 Undo runs for items that are done and have one, in reverse order of completion (of the entries that made them done), one at a
 *    time, when nothing else is live.
 * U2 Each is noted durably before it starts (`undo_start`) and when it is over (`undo` or `undo_failed`). One that was noted as over
 *    never runs again, in whichever life of the run; one that a crash or a stop cut short runs again, before the others, and is
 *    noted as started again.
 * U3 An undo that fails or takes too long (its task's timeout, else `LIMITS.undoMsDefault`) is noted with its reason, and the others
 *    go on. It has no second attempt.
 */
import type { AttemptOutcome } from "../executors/executor.ts";
import { failpoint } from "../base/failpoint.ts";
import { LIMITS } from "../base/limits.ts";
import type { Reason } from "../items/reason.ts";
import { startOf } from "./batch.ts";
import { LOCAL_HOLDER } from "./item-table.ts";
import type { Slot } from "./live-slots.ts";
import { rollbackResult, type RollbackResult } from "./rollback-result.ts";
import type { RunCore } from "./run-core.ts";
import { DEADLINE } from "./transitions.ts";

/** What an undo is told that has taken too long. */
const TOO_LONG = "timeout";

export class Rollback {
  readonly #core: RunCore;
  /** Items to undo, the next one last. */
  readonly #left: number[];

  constructor(core: RunCore) {
    this.#core = core;
    this.#left = doneInOrder(core).filter((item) => mustUndo(core, item));
  }

  /** Whether something is left to undo. */
  get isLeft(): boolean {
    return this.#left.length > 0;
  }

  /** Begins the next undo; `false` when none is left. Called while nothing is live (U1). */
  begin(): boolean {
    const core = this.#core;
    const item = this.#left.pop();
    if (item === undefined) return false;
    const { table, deadlines } = core.parts;
    const slot = core.slots.take(item, core.seq + 1);
    slot.stage = "undo";
    table.stages.set(item, "undoing");
    failpoint?.("undo.begin");
    core.record(item, "undo_start", "done", { actor: LOCAL_HOLDER, data: { stage: "undo" } });
    deadlines.set(item * 4 + DEADLINE.timeout, core.mono + undoMs(core, item));
    core.batch.starts.push(startOf(slot));
    return true;
  }
}

/** Takes what was reported about the undo in a slot, which is free afterwards. */
export function settleUndo(core: RunCore, slot: Slot, outcome: AttemptOutcome): void {
  const { item } = slot;
  slot.phase = "ended";
  failpoint?.("undo.over");
  core.parts.deadlines.clear(item * 4 + DEADLINE.timeout);
  if (outcome.kind === "aborted" && outcome.note !== undefined)
    core.parts.onProblem(new Error(`undo of ${core.parts.plan.taskOf(item)!.key}: ${outcome.note}`));
  if (outcome.kind === "done") over(core, item, "undone");
  else {
    const reason = reasonOf(core, slot, outcome);
    // One that a stop cut short is not over: it stands in the journal as begun, and `resume` does it again (U2).
    if (reason !== undefined) over(core, item, "undo_failed", reason);
  }
  core.slots.free(slot);
}

/** An undo has taken too long: it is told to stop, and has failed when it has. */
export function undoTimedOut(core: RunCore, slot: Slot): void {
  if (slot.stopping !== undefined) return;
  slot.stopping = TOO_LONG;
  core.batch.aborts.push({ slot, token: slot.token, reason: TOO_LONG });
}

/** What a run that rolls back has taken back. */
export function rollbackOf(core: RunCore): RollbackResult {
  const { table, plan } = core.parts;
  return rollbackResult(
    plan,
    doneInOrder(core).map((item) => ({
      item,
      stage: table.stages.get(item),
      stageReason: table.stageReasons.get(item),
    })),
  );
}

/** Items that are done, in the order of their completion. */
function doneInOrder({ parts: { table } }: RunCore): number[] {
  const done: number[] = [];
  for (let item = 0; item < table.size; item++) if (table.statusOf(item) === "done") done.push(item);
  return done.sort((a, b) => table.settledSeq(a) - table.settledSeq(b));
}

function mustUndo({ parts: { plan, table } }: RunCore, item: number): boolean {
  const stage = table.stages.get(item);
  return plan.taskOf(item)!.undo !== undefined && stage !== "undone" && stage !== "undo_failed";
}

function undoMs({ parts: { plan } }: RunCore, item: number): number {
  return plan.taskOf(item)!.timeoutMs ?? LIMITS.undoMsDefault;
}

function over(core: RunCore, item: number, stage: "undone" | "undo_failed", reason?: Reason): void {
  const { table } = core.parts;
  table.stages.set(item, stage);
  if (reason !== undefined) table.stageReasons.set(item, reason);
  core.record(item, stage === "undone" ? "undo" : "undo_failed", "done", { actor: LOCAL_HOLDER, reason });
}

/** Why an undo failed; `undefined` when it did not, but was cut short. */
function reasonOf(core: RunCore, slot: Slot, outcome: Exclude<AttemptOutcome, { kind: "done" }>): Reason | undefined {
  if (outcome.kind === "failed") return outcome.reason;
  const timeoutMs = undoMs(core, slot.item);
  if (slot.stopping === TOO_LONG) {
    const left = outcome.note === undefined ? "" : `; ${outcome.note}`;
    const message = `its undo ran longer than ${timeoutMs} ms${left}`;
    return { code: "timeout", message, data: { timeout_ms: timeoutMs } };
  }
  return core.stopping ? undefined : { code: "aborted", message: "the undo stopped although nobody asked it to" };
}
