/**
 * Everything that moves an item of a run. Each function asks the item's actor (or, for an item at rest, an actor made from its
 * row), and records what the machine decided; none of them carries out an effect (law L2).
 */
import type { Json } from "../base/json.ts";
import { LIMITS } from "../base/limits.ts";
import type { AttemptOutcome } from "../executors/executor.ts";
import type { Reason } from "../items/reason.ts";
import { backoffMs, retryVerdict } from "../items/retry.ts";
import { NEED, needStateOf } from "../scheduler/edge.ts";
import { startOf } from "./batch.ts";
import { failedBy } from "./failed-by.ts";
import type { ClaimedBy } from "./claim.ts";
import { HOLD, LOCAL_HOLDER } from "./item-table.ts";
import type { Slot } from "./live-slots.ts";
import type { RunCore } from "./run-core.ts";
import { answered, beginVerify, verifyFailed } from "./stages.ts";

/** What a deadline of the heap is for; its key is `item * 4 + kind`. */
export const DEADLINE = { timeout: 0, backoff: 1, overall: 2, lease: 3 } as const;
/** Holder of items that the engine does itself. */
export const ENGINE = "engine";

/** Opens an attempt of a ready item: our own, or that of somebody outside who holds it by a lease. */
export function claim(core: RunCore, item: number, by?: ClaimedBy): void {
  const { table, plan, deadlines } = core.parts;
  // The token is the seq of the claim's own entry: it grows over the whole run and survives a restart (I1).
  const token = core.seq + 1;
  const slot = core.spawn(item, token);
  if (by === undefined) core.send(slot, { type: "claim", holder: LOCAL_HOLDER, token }, "claimed");
  else {
    slot.holder = by.agent;
    core.send(slot, { type: "claim", holder: by.agent, token, leaseMs: by.leaseMs }, "claimed");
    table.holders.set(item, by.agent);
    deadlines.set(item * 4 + DEADLINE.lease, core.mono + by.leaseMs);
  }
  slot.since = core.mono;
  table.attempt[item]!++;
  table.token[item] = token;
  table.lastToken[item] = token;
  table.claimedAt[item] = core.at;
  if (table.reasons.size > 0) table.reasons.delete(item);
  if (core.preparing !== undefined) {
    core.preparing.claimed(item);
    table.stages.delete(item);
  }
  core.record(item, "claim", "claimed", { actor: by?.agent ?? LOCAL_HOLDER, ...by?.facts });
  const { timeoutMs, deadlineMs } = plan.taskOf(item)!;
  if (timeoutMs !== undefined) deadlines.set(item * 4 + DEADLINE.timeout, core.mono + timeoutMs);
  if (deadlineMs !== undefined) {
    if (!table.firstClaimedAt.has(item)) table.firstClaimedAt.set(item, core.mono);
    deadlines.set(item * 4 + DEADLINE.overall, table.firstClaimedAt.get(item)! + deadlineMs);
  }
}

/** Takes what an executor reported about the attempt in a slot. The slot is free afterwards, unless the work is to be verified. */
export function settle(core: RunCore, slot: Slot, reported: AttemptOutcome): void {
  const { item } = slot;
  const task = core.parts.plan.taskOf(item)!;
  const outcome = task.condition && slot.stage === "run" ? answered(task, reported) : reported;
  slot.phase = "ended";
  if (outcome.kind === "aborted" && outcome.note !== undefined) noteSurvivor(core, item, outcome.note);
  const moved = slot.token !== core.parts.table.token[item];
  if (moved) refuseLate(core, slot, outcome);
  else if (outcome.kind === "done") {
    if (slot.stage === "run" && task.verify !== undefined) return verify(core, slot, outcome.output);
    complete(core, slot, slot.stage === "verify" ? slot.output : outcome.output);
  } else if (outcome.kind === "failed") {
    const { reason, retryable } = outcome;
    fail(core, slot, slot.stage === "verify" ? verifyFailed(reason) : reason, retryable);
  } else if (core.stopping) giveBack(core, slot, { code: "interrupted", message: "the run was stopped" }, "engine");
  else fail(core, slot, { code: "aborted", message: "the attempt stopped although nobody asked it to" }, true);
  core.dropActor(slot);
  core.slots.free(slot);
  core.parts.table.holds[item]! &= ~HOLD.lingering;
  offer(core, item);
  for (const held of core.endings.takeAside()) offer(core, held);
}

function verify(core: RunCore, slot: Slot, output: Json | undefined): void {
  if (slot.holder !== undefined) {
    // The part of whoever did the work is over: what runs now is ours.
    slot.holder = undefined;
    core.parts.deadlines.clear(slot.item * 4 + DEADLINE.lease);
  }
  beginVerify(core, slot, output);
}

function complete(core: RunCore, slot: Slot, output: Json | undefined): void {
  const { item, token } = slot;
  const fault = output === undefined ? undefined : core.parts.table.outputs.roomFault(output);
  if (fault !== undefined)
    return fail(core, slot, { code: "output_not_json", message: `the output takes ${fault}` }, false);
  core.send(slot, { type: "complete", token }, "done");
  closeAttempt(core, slot);
  isDone(core, item, output, slot.holder);
}

/** What is true of every item that has become done. */
export function isDone(core: RunCore, item: number, output: Json | undefined, actor = ENGINE): void {
  const { table, plan, schedule } = core.parts;
  if (output !== undefined) table.outputs.set(item, output);
  core.record(item, "complete", "done", { actor, data: output });
  schedule.settled(item);
  if (core.preparing !== undefined) core.preparing.ended(item, "done", core.batch);
  if (core.parts.conditions !== undefined) {
    core.parts.conditions.moved(item, NEED.done);
    return;
  }
  // By index: a view of the array for each item would cost more than the rest of this function.
  const { dependents, dependentsStart } = plan.graph;
  for (let i = dependentsStart[item]!; i < dependentsStart[item + 1]!; i++) {
    const dependent = dependents[i]!;
    if (--table.unmet[dependent]! === 0) offer(core, dependent);
  }
}

function fail(core: RunCore, slot: Slot, reason: Reason, retryable: boolean): void {
  core.send(slot, { type: "fail", token: slot.token, reason, retryable }, "failed");
  core.parts.table.retryable[slot.item] = retryable ? 1 : 0;
  closeAttempt(core, slot);
  core.parts.table.reasons.set(slot.item, reason);
  core.record(slot.item, "fail", "failed", { reason, actor: slot.holder ?? ENGINE });
  retryOrGiveUp(core, slot.item, retryable, slot);
}

/** The time of an attempt is over: the item moves at once, the attempt is told to stop, its slot follows when it has. */
export function timeOut(core: RunCore, item: number, kind: "timeout" | "deadline"): void {
  const slot = core.slots.of(item);
  if (slot === undefined || slot.token !== core.parts.table.token[item]) return;
  core.abortReason = kind;
  core.send(slot, { type: "timeout", token: slot.token }, "failed");
  core.parts.table.retryable[item] = 1;
  closeAttempt(core, slot);
  const { timeoutMs, deadlineMs } = core.parts.plan.taskOf(item)!;
  const reason: Reason =
    kind === "timeout"
      ? {
          code: "timeout",
          message: `ran longer than its timeout of ${timeoutMs} ms`,
          data: { timeout_ms: timeoutMs ?? 0 },
        }
      : deadlineReason(deadlineMs);
  core.parts.table.reasons.set(item, reason);
  core.parts.table.holds[item]! |= HOLD.lingering;
  core.record(item, "timeout", "failed", { reason });
  retryOrGiveUp(core, item, kind === "timeout", slot);
}

export function deadlineReason(deadlineMs = 0): Reason {
  const message = `not done within its deadline of ${deadlineMs} ms`;
  return { code: "deadline", message, data: { deadline_ms: deadlineMs } };
}

/** The deadline over all attempts of an item goes on between them. A claim that nobody waits for does not keep its run going. */
export function keepDeadline(core: RunCore, item: number): void {
  const { table, plan, deadlines, awaitClaims } = core.parts;
  const since = table.firstClaimedAt.get(item);
  const { deadlineMs } = plan.taskOf(item)!;
  if (since === undefined || deadlineMs === undefined) return;
  if (awaitClaims || core.executorOf(item) !== undefined)
    deadlines.set(item * 4 + DEADLINE.overall, since + deadlineMs);
}

/** A lease that nobody renewed: the item is free again, and whoever held it is refused from now on. */
export function expireLease(core: RunCore, item: number): void {
  const { table, plan } = core.parts;
  const slot = core.slots.of(item);
  if (slot === undefined || slot.token !== table.token[item]) return;
  // The machine decides by the same rule: an expired lease spends its attempt.
  const isLast = table.attempt[item]! - table.refunded[item]! >= plan.taskOf(item)!.attemptsMax;
  const to = isLast ? "failed" : "todo";
  core.abortReason = "lease_expired";
  core.send(slot, { type: "expire", token: slot.token }, to);
  closeAttempt(core, slot);
  const reason: Reason = { code: "lease_expired", message: `${slot.holder ?? LOCAL_HOLDER} gave no sign of life` };
  table.reasons.set(item, reason);
  table.retryable[item] = 0;
  // Its slot is free when this is stored; a person may put the item back before that.
  table.holds[item]! |= HOLD.lingering;
  core.record(item, "expire", to, { reason });
  core.dropActor(slot);
  if (!isLast) return keepDeadline(core, item);
  endedBadly(core, item);
  failFast(core, item);
}

/** Whoever held an item when the last process ended may still work on it: it has a whole lease to say so. */
export function keepClaim(core: RunCore, slot: Slot, holder: string): void {
  slot.holder = holder;
  const { schedule, files, awaitClaims, table } = core.parts;
  slot.since = core.mono - Math.max(0, core.at - table.claimedAt[slot.item]!);
  // Before anything else can take them.
  files?.hold(slot.item);
  // In hand of the schedule, as after any claim; the loop sees that it is claimed.
  if (awaitClaims) schedule.ready(slot.item);
  else core.places?.retake(slot.item);
  core.parts.deadlines.set(slot.item * 4 + DEADLINE.lease, core.mono + LIMITS.leaseMsDefault);
  core.batch.starts.push(startOf(slot));
}

/** This process stops looking after a claim from outside; in the journal it stands, for the process that goes on. */
export function letGo(core: RunCore, slot: Slot): void {
  core.parts.deadlines.clear(slot.item * 4 + DEADLINE.lease);
  slot.phase = "ended";
  core.dropActor(slot);
  core.slots.free(slot);
}

/** Returns a claimed item to `todo` without spending the attempt. */
export function giveBack(core: RunCore, slot: Slot, reason: Reason, actor: string): void {
  const { table } = core.parts;
  core.send(slot, { type: "release", token: slot.token, reason }, "todo");
  table.refunded[slot.item]!++;
  closeAttempt(core, slot);
  // Nothing of the budget is spent: the deadline counts anew from the next claim.
  if (table.attempt[slot.item] === table.refunded[slot.item]) table.firstClaimedAt.delete(slot.item);
  keepDeadline(core, slot.item);
  table.reasons.set(slot.item, reason);
  core.record(slot.item, "release", "todo", { reason, actor });
  core.parts.conditions?.edges.recheck(slot.item);
}

/** Ends a claimed item for good and tells its attempt to stop. */
export function cancelLive(core: RunCore, slot: Slot, reason: Reason, actor: string): void {
  const { table } = core.parts;
  const { item } = slot;
  if (slot.token !== table.token[item]) return;
  core.send(slot, { type: "cancel", reason }, "cancelled");
  closeAttempt(core, slot);
  table.reasons.set(item, reason);
  core.record(item, "cancel", "cancelled", { reason, actor });
  endedBadly(core, item);
}

/** Ends an item that nobody holds: one that waits, or that has failed. */
export function cancelAtRest(core: RunCore, item: number, reason: Reason, actor: string): void {
  const { table, deadlines } = core.parts;
  core.sendAtRest(item, { type: "cancel", reason }, "cancelled");
  core.endings.forget();
  deadlines.clear(item * 4 + DEADLINE.backoff);
  table.holds[item]! &= ~HOLD.delayed;
  table.settledAt[item] = core.at;
  table.reasons.set(item, reason);
  if (table.stages.size > 0) table.stages.delete(item);
  core.record(item, "cancel", "cancelled", { reason, actor });
  endedBadly(core, item);
}

/** A person puts an item that has failed for good back to `todo`, its attempts forgiven; what it blocked waits for it again. */
export function requeueFailed(core: RunCore, item: number, actor: string): void {
  const { table, blocking, conditions } = core.parts;
  core.sendAtRest(item, { type: "requeue", reset: true }, "todo");
  table.refunded[item] = table.attempt[item]!;
  table.firstClaimedAt.delete(item);
  core.record(item, "requeue", "todo", { reason: table.reasons.get(item), data: { delay_ms: 0, reset: true }, actor });
  if (conditions !== undefined) {
    core.endings.forget();
    conditions.moved(item, NEED.open);
    conditions.edges.recheck(item);
    return;
  }
  blocking.unblock(item);
  offer(core, item);
}

/** What is true of every item that has left `claimed`. */
function closeAttempt(core: RunCore, slot: Slot): void {
  const { table, deadlines } = core.parts;
  table.token[slot.item] = 0;
  if (table.holders.size > 0 && table.holders.delete(slot.item)) deadlines.clear(slot.item * 4 + DEADLINE.lease);
  if (table.stages.size > 0) table.stages.delete(slot.item);
  table.settledAt[slot.item] = core.at;
  if (slot.since >= 0) table.liveMs[slot.item]! += Math.max(0, core.mono - slot.since);
  const { timeoutMs, deadlineMs } = core.parts.plan.taskOf(slot.item)!;
  if (timeoutMs !== undefined) deadlines.clear(slot.item * 4 + DEADLINE.timeout);
  if (deadlineMs !== undefined) deadlines.clear(slot.item * 4 + DEADLINE.overall);
}

/** After a failure: back to `todo` in the same batch (I8), or final with what that does to others. */
export function retryOrGiveUp(core: RunCore, item: number, retryable: boolean, slot?: Slot): void {
  const { table, plan, env } = core.parts;
  const task = plan.taskOf(item)!;
  const spent = table.attempt[item]! - table.refunded[item]!;
  const delay = backoffMs(task.backoff, spent, env.random);
  const verdict = retryVerdict({
    attempt: table.attempt[item]!,
    refunded: table.refunded[item]!,
    attemptsMax: task.attemptsMax,
    retryable: retryable && core.runStatus !== "settling",
    firstClaimedAtMs: table.firstClaimedAt.get(item),
    deadlineMs: task.deadlineMs,
    now: core.mono,
    delay,
  });
  if (verdict.kind === "final") {
    if (slot !== undefined) core.dropActor(slot);
    endedBadly(core, item);
    failFast(core, item);
    return;
  }
  if (slot === undefined) core.sendAtRest(item, { type: "requeue" }, "todo");
  else core.send(slot, { type: "requeue" }, "todo");
  core.record(item, "requeue", "todo", { reason: table.reasons.get(item), data: { delay_ms: Math.round(delay) } });
  if (slot !== undefined) core.dropActor(slot);
  keepDeadline(core, item);
  if (delay > 0) hold(core, item, delay);
  else offer(core, item);
}

/** The next attempt of an item does not begin before this pause is over. */
export function hold(core: RunCore, item: number, delayMs: number): void {
  core.parts.table.holds[item]! |= HOLD.delayed;
  core.parts.deadlines.set(item * 4 + DEADLINE.backoff, core.mono + delayMs);
}

/** A backoff is over. */
export function delayOver(core: RunCore, item: number): void {
  core.parts.table.holds[item]! &= ~HOLD.delayed;
  offer(core, item);
}

/** Puts an item into the ready queue if it may start now. */
export function offer(core: RunCore, item: number): void {
  const { table, schedule, awaitClaims } = core.parts;
  if (!table.startable(item)) return;
  // A run that waits for nobody outside must not wait for a layer or an end that only somebody outside can bring.
  const isScheduled = awaitClaims || core.executorOf(item) !== undefined;
  if (isScheduled) schedule.ready(item);
  if (core.preparing !== undefined && !core.preparing.offered(item, isScheduled)) return;
  if (!isScheduled && !core.endings.holds(item)) core.claimable.add(item);
}

function endedBadly(core: RunCore, item: number): void {
  const { blocking, schedule, conditions, table } = core.parts;
  schedule.settled(item);
  core.claimable.remove(item);
  if (table.firstClaimedAt.size > 0) core.parts.deadlines.clear(item * 4 + DEADLINE.overall);
  core.preparing?.ended(item, table.statusOf(item), core.batch);
  if (conditions !== undefined) conditions.moved(item, needStateOf(table.statusOf(item), table.reasons.get(item)));
  else for (const blocked of blocking.block(item)) schedule.blocked(blocked);
}

function failFast(core: RunCore, item: number): void {
  // What groups and races around it make of it is seen when they have ended (K2, K3).
  if (core.parts.conditions?.groups?.has(item) !== true) failRun(core, item);
}

/** A failure that is the run's: under `fail-fast` it ends the run. */
export function failRun(core: RunCore, item: number): void {
  if (core.parts.onFailure === "isolate" || core.runStatus === "settling") return;
  if (!core.parts.plan.taskOf(item)!.allowFailure) abortRun(core, failedBy(core, item));
}

/** The run's deadline is over. */
export function runOutOfTime(core: RunCore): void {
  const { deadlineMs } = core.parts;
  core.endsAt = Infinity;
  abortRun(core, {
    code: "run_deadline",
    message: `the run was not done within its deadline of ${deadlineMs} ms`,
    data: { deadline_ms: deadlineMs ?? 0 },
  });
}

/** The run fails: nothing new starts, and what is live is told to stop. Nothing, when it is ending already. */
function abortRun(core: RunCore, reason: Reason): void {
  if (!core.decide({ type: "abort", reason }, { reason })) return;
  core.abortReason = reason.code;
  for (const slot of core.slots.taken()) cancelLive(core, slot, reason, "engine");
  core.preparing?.stopAll(core.batch, reason.code);
}

/** Something of an attempt could not be ended: nobody waits for it any more, but a person should know. */
export function noteSurvivor(core: RunCore, item: number, note: string): void {
  const { table, plan, onProblem } = core.parts;
  core.record(item, "note", table.statusOf(item), {
    actor: LOCAL_HOLDER,
    reason: { code: "not_stopped", message: note },
  });
  onProblem(new Error(`${plan.taskOf(item)!.key}: ${note}`));
}

function refuseLate(core: RunCore, slot: Slot, outcome: AttemptOutcome): void {
  if (outcome.kind === "aborted") return;
  noteLate(core, slot.item, slot.token, outcome.kind === "done" ? "complete" : "fail");
}

/** A report for an attempt that has ended otherwise: refused by its token, kept in the audit log as a note. */
export function noteLate(core: RunCore, item: number, token: number, event = "report"): void {
  core.record(item, event, core.parts.table.statusOf(item), {
    actor: LOCAL_HOLDER,
    reason: {
      code: "stale_fencing_token",
      message: `late report of attempt with token ${token}`,
      data: { token },
    },
  });
}
