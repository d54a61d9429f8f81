/**
 * Prepares items ahead of their work: starts what is next, takes what came of it. Which items and when is decided by
 * `preparing.ts`; an item stays `todo` while it is prepared, and notes tell of it.
 *
 * P6 A prepare starts only when the note that tells of it (`prepare_start`) is durable (L2). What it came to is noted too: `prepared`
 *    with its output, or `prepare_stopped`, or an attempt that has failed.
 * P7 A prepare that fails or takes too long is an attempt of its item that has failed: it spends of the budget and of the deadline.
 */
import { createHash } from "node:crypto";
import type { Json } from "../base/json.ts";
import type { AttemptOutcome } from "../executors/executor.ts";
import type { Reason } from "../items/reason.ts";
import { auditPages } from "../journal/audit-pages.ts";
import type { Journal, RunRecord } from "../journal/journal.ts";
import { demandsOf } from "../plan/demands.ts";
import type { Task } from "../plan/plan.ts";
import { failAtRest } from "./at-rest.ts";
import { startOf } from "./batch.ts";
import { retryOf } from "./earlier-run.ts";
import { inputsOfNeeds } from "./inputs.ts";
import { HOLD, LOCAL_HOLDER } from "./item-table.ts";
import type { Slot } from "./live-slots.ts";
import { Preparing, type Prepared } from "./preparing.ts";
import type { RunCore } from "./run-core.ts";
import { DEADLINE, deadlineReason, noteLate, noteSurvivor, offer } from "./transitions.ts";

/** Makes a run ready for these tasks, when one of them has a prepare: those of its plan, or some that were added. */
export function addPreparing(core: RunCore, tasks: readonly Task[]): void {
  const { parts } = core;
  if (core.preparing !== undefined || !demandsOf(tasks).prepare) return;
  // Plan and schedule are read anew each time: a plan may grow.
  core.preparing = new Preparing({
    limit: parts.prepareItemsMax,
    hasPrepare: (item) => parts.plan.taskOf(item)!.prepare !== undefined,
    priorityOf: (item) => parts.ordering.priorityOf(item),
    pathOf: (item) => parts.ordering.pathOf(item),
    isHeld: (item) => parts.schedule.layerHold(item) !== undefined,
    inOrder: parts.schedule.liveItemsMax === 1,
    hashOf: (item) => hashOf(core, item),
    isOurs: (item) => core.executorOf(item) !== undefined,
    isKept: (item) => parts.onFailure === "rollback" && parts.plan.taskOf(item)!.undo !== undefined,
  });
}

/**
 * Its item is edited: a prepare that runs is stopped, since it may see what was changed, and the item is prepared anew when nothing of
 * that runs any more. What was prepared counts as long as it would be made from the same.
 * @param isOther its prepare itself is another one now; of a function the text does not say so
 */
export function prepareAnew(core: RunCore, item: number, isOther: boolean): void {
  const { table, deadlines } = core.parts;
  table.stages.delete(item);
  core.preparing?.withdraw(item);
  if (isOther) core.preparing?.drop(item);
  const slot = core.preparing?.slotOf(item);
  if (slot === undefined || slot.stopping !== undefined) return;
  deadlines.clear(item * 4 + DEADLINE.timeout);
  core.preparing!.stop(slot, core.batch, "edited");
  table.holds[item]! |= HOLD.lingering;
  prepareStopped(core, item);
}

/**
 * Everything that a prepare can see. Of a function its text, so that one that was changed between two lives runs anew. What is
 * prepared in a worktree is there for one attempt only, in this life of the run.
 */
function hashOf(core: RunCore, item: number): string {
  const { plan, runId, epoch, table } = core.parts;
  const { key, prepare, env, cwd, matrix, worktree } = plan.taskOf(item)!;
  const text = typeof prepare === "function" ? ["function", String(prepare)] : ["command", prepare, env, cwd];
  const place = worktree ? [runId, epoch, table.lastToken[item]] : [];
  return createHash("sha256")
    .update(JSON.stringify([key, text, matrix, inputsOfNeeds(core, item), ...place]))
    .digest("hex");
}

/** Starts everything that may be prepared now. */
export function startPrepares(core: RunCore, preparing: Preparing): void {
  for (;;) {
    const room = { live: core.slots.live, cap: core.cap, isShort: core.pressure !== undefined };
    const item = preparing.next(room);
    if (item < 0) return;
    // It is offered again when that has ended.
    if (core.endings.holds(item)) preparing.withdraw(item);
    else begin(core, preparing, item);
  }
}

function begin(core: RunCore, preparing: Preparing, item: number): void {
  const { table, plan, deadlines } = core.parts;
  const slot = preparing.begin(item, core.seq + 1);
  core.record(item, "prepare_start", "todo", { actor: LOCAL_HOLDER, data: { stage: "prepare" } });
  table.stages.set(item, "preparing");
  core.batch.starts.push(startOf(slot));
  const { timeoutMs } = plan.taskOf(item)!;
  if (timeoutMs !== undefined) deadlines.set(item * 4 + DEADLINE.timeout, core.mono + timeoutMs);
}

/** Takes what an executor reported about a prepare. */
export function settlePrepare(core: RunCore, preparing: Preparing, slot: Slot, outcome: AttemptOutcome): void {
  const { table } = core.parts;
  const { item } = slot;
  if (outcome.kind === "aborted" && outcome.note !== undefined) noteSurvivor(core, item, outcome.note);
  // Any transition would have ended it: the item was cancelled, or its time was over.
  if (table.stages.get(item) !== "preparing") {
    if (outcome.kind !== "aborted") noteLate(core, item, slot.token);
    preparing.free(slot);
  } else {
    core.parts.deadlines.clear(item * 4 + DEADLINE.timeout);
    if (outcome.kind === "done") isPrepared(core, preparing, slot, outcome.output);
    preparing.free(slot);
    if (outcome.kind !== "done") isNotPrepared(core, slot, outcome);
  }
  table.holds[item]! &= ~HOLD.lingering;
  offer(core, item);
  for (const held of core.endings.takeAside()) offer(core, held);
}

function isPrepared(core: RunCore, preparing: Preparing, slot: Slot, output: Json | undefined): void {
  const { hash } = preparing.keep(slot, output);
  core.parts.table.stages.set(slot.item, "prepared");
  const data = { stage: "prepared", hash, ...(output !== undefined && { output }) };
  core.record(slot.item, "prepared", "todo", { actor: LOCAL_HOLDER, data });
}

function isNotPrepared(core: RunCore, slot: Slot, outcome: Exclude<AttemptOutcome, { kind: "done" }>): void {
  const { item } = slot;
  if (slot.stopping !== undefined || core.stopping || isTooSoon(core, item)) {
    prepareStopped(core, item);
    return;
  }
  if (outcome.kind === "failed") return failAtRest(core, item, prepareFailed(outcome.reason), outcome.retryable);
  const message = "not prepared: it stopped although nobody asked it to";
  failAtRest(core, item, { code: "prepare_failed", message, data: { prepareCode: "aborted" } }, true);
}

/** Something that it needs is tried again: no attempt of it could begin now, so none has failed. */
function isTooSoon({ parts: { table } }: RunCore, item: number): boolean {
  return table.unmet[item]! > 0;
}

function prepareStopped(core: RunCore, item: number): void {
  core.parts.table.stages.set(item, "prepare_stopped");
  core.record(item, "prepare_stopped", "todo", { actor: LOCAL_HOLDER, data: { stage: "prepare_stopped" } });
}

/** Why an attempt failed whose work did not begin. */
function prepareFailed({ code, message, data }: Reason): Reason {
  const isMap = typeof data === "object" && data !== null && !Array.isArray(data);
  // `isArray` does not rule out readonly arrays for the compiler.
  const facts = isMap ? (data as { readonly [key: string]: Json }) : {};
  return { code: "prepare_failed", message: `not prepared: ${message ?? code}`, data: { ...facts, prepareCode: code } };
}

/** The time of a prepare is over: its attempt has failed at once, and the next one waits until nothing of it is left. */
export function prepareTimedOut(core: RunCore, slot: Slot, kind: "timeout" | "deadline"): void {
  const { table, plan, deadlines } = core.parts;
  const { item } = slot;
  const { timeoutMs = 0, deadlineMs } = plan.taskOf(item)!;
  const reason: Reason =
    kind === "timeout"
      ? {
          code: kind,
          message: `its prepare ran longer than its timeout of ${timeoutMs} ms`,
          data: { timeout_ms: timeoutMs },
        }
      : deadlineReason(deadlineMs);
  deadlines.clear(item * 4 + DEADLINE.timeout);
  core.preparing!.stop(slot, core.batch, kind);
  table.holds[item]! |= HOLD.lingering;
  if (kind === "timeout" && isTooSoon(core, item)) prepareStopped(core, item);
  else failAtRest(core, item, reason, kind === "timeout");
}

/** Notes of one page: each may hold a large output. */
const NOTES_A_PAGE = 100;

/** Takes over what was prepared in earlier lives of the run, and in the run that it tries again. */
export async function loadPrepared(journal: Journal, record: RunRecord, core: RunCore): Promise<void> {
  const { preparing } = core;
  if (preparing === undefined) return;
  const { table } = core.parts;
  const earlier = retryOf(record);
  for (const runId of earlier === undefined ? [record.id] : [earlier, record.id]) {
    const notes = auditPages(journal, runId, { event: "prepared", limit: NOTES_A_PAGE, withGaps: true });
    for await (const page of notes)
      for (const { item, data } of page) {
        const prepared = preparedIn(data);
        if (prepared !== undefined) preparing.load(item, prepared, table.statusOf(item));
      }
  }
}

function preparedIn(data: Json | undefined): Prepared | undefined {
  if (typeof data !== "object" || data === null || !("hash" in data) || typeof data.hash !== "string") return undefined;
  return { hash: data.hash, output: "output" in data ? data.output : undefined };
}
