/**
 * What follows from what has just happened, in the same batch: items that are not to be done are skipped, joins are done, members
 * of groups are cancelled, items become ready or blocked.
 *
 * F1 One thing after another, without recursion: first members that are to be cancelled, then the first item in topological
 *    order that has to be judged, then a group that hands its failure on, then the run that a failure has come to. So what follows does
 *    not depend on how reports were batched.
 * F2 A batch takes at most `LIMITS.cascadeItemsMax` of it. The rest follows in the next one; nothing is claimed before that.
 * F3 Nothing follows while the run is not running or paused.
 */
import { LIMITS } from "../base/limits.ts";
import { needsOf } from "../graph/graph.ts";
import type { Reason } from "../items/reason.ts";
import { RACE_LOST, SKIPPED } from "../items/skip.ts";
import { CONDITION, EDGE, JUDGED, NEED, verdictOf } from "../scheduler/edge.ts";
import { completeJoin } from "./at-rest.ts";
import type { Conditions } from "./conditions.ts";
import { failedBy } from "./failed-by.ts";
import type { GroupEnd } from "./groups.ts";
import { reportIn } from "../items/report.ts";
import { outputOfAll } from "./inputs.ts";
import type { RunCore } from "./run-core.ts";
import { cancelAtRest, cancelLive, failRun, offer } from "./transitions.ts";

/** Carries out what follows, as far as one batch takes it. */
export function follow(core: RunCore): void {
  const { conditions } = core.parts;
  if (conditions === undefined || !conditions.pending) return;
  while (core.batch.dirty.length < LIMITS.cascadeItemsMax && goesOn(core) && followOnce(core, conditions));
}

/** What follows may end the run. */
function goesOn({ runStatus }: RunCore): boolean {
  return runStatus === "running" || runStatus === "paused";
}

/** Has every item judged that has not been tried, and lets the others go on; when a process begins with a run. */
export function judgeAll(core: RunCore): void {
  const { conditions, table } = core.parts;
  if (conditions === undefined) return;
  for (let item = 0; item < table.size; item++) {
    if (table.statusOf(item) !== "todo") continue;
    const isTried = table.isTried(item);
    table.unmet[item] = isTried ? 0 : 1;
    if (!isTried) conditions.edges.recheck(item);
  }
}

function followOnce(core: RunCore, conditions: Conditions): boolean {
  const { edges, groups } = conditions;
  const end = groups?.nextEnd();
  if (end !== undefined) conditions.cancelSoon(groups!.membersOf(end.group), reasonOfEnd(core, end));
  const member = conditions.nextToCancel();
  if (member !== undefined) {
    cancelMember(core, member.item, member.reason);
    return true;
  }
  const item = edges.next();
  if (item >= 0) {
    judgeItem(core, conditions, item);
    return true;
  }
  if (groups?.handOn() === true) return true;
  const left = groups?.nextLeft();
  if (left !== undefined) failRun(core, left);
  return left !== undefined;
}

function reasonOfEnd(core: RunCore, { by, kind }: GroupEnd): Reason {
  if (kind === "failed") return failedBy(core, by);
  const { key } = core.parts.plan.taskOf(by)!;
  return { code: RACE_LOST, message: `${key} is done`, data: { item: key } };
}

function cancelMember(core: RunCore, item: number, reason: Reason): void {
  const status = core.parts.table.statusOf(item);
  if (status === "todo") cancelAtRest(core, item, reason, "engine");
  const slot = status === "claimed" ? core.slots.of(item) : undefined;
  if (slot === undefined) return;
  core.abortReason = reason.code;
  cancelLive(core, slot, reason, "engine");
}

/** An item that was tried was ready once, and stays so; any other is what its edges make of it now. */
function judgeItem(core: RunCore, conditions: Conditions, item: number): void {
  const { table, schedule, plan } = core.parts;
  const { join } = plan.taskOf(item)!;
  if (table.statusOf(item) !== "todo" || (join === undefined && table.isTried(item))) return;
  const judged = conditions.edges.judge(item);
  if (judged === JUDGED.skipped) return cancelAtRest(core, item, skipReason(core, conditions, item), "engine");
  const isReady = judged === JUDGED.ready;
  const held = conditions.edges.isSure(item) ? NEED.blocked : NEED.held;
  conditions.moved(item, judged === JUDGED.blocked ? held : NEED.open);
  table.unmet[item] = isReady ? 0 : 1;
  if (!isReady) {
    schedule.blocked(item);
    core.claimable.remove(item);
    core.preparing?.withdraw(item);
    return;
  }
  const differs = whenReason(core, item);
  if (differs !== undefined) return cancelAtRest(core, item, differs, "engine");
  if (join === undefined) return offer(core, item);
  if (join === "any") completeJoin(core, item, core.parts.table.outputs.get(firstMet(core, conditions, item)));
  else completeAll(core, item);
}

/** A join never fails: when its needs gave more than an output may be, it is done without one, and the log says so. */
function completeAll(core: RunCore, item: number): void {
  const output = outputOfAll(core, item);
  completeJoin(core, item, output?.ok === true ? output.value : undefined);
  if (output?.ok !== false) return;
  const message = `it hands on nothing: the outputs of its needs are together ${output.problem}`;
  core.record(item, "note", "done", { reason: { code: "output_not_json", message } });
}

/** Why the edges of an item skip it: the first that is not needed. */
function skipReason(core: RunCore, { edges }: Conditions, item: number): Reason {
  const { plan, table } = core.parts;
  const { conditions } = plan.taskOf(item)!;
  for (const need of needsOf(plan.graph, item)) {
    const condition = conditions?.get(need) ?? "done";
    const state = edges.needOf(need);
    if (verdictOf(CONDITION[condition], state) !== EDGE.notNeeded) continue;
    const { key } = plan.taskOf(need)!;
    const came = state === NEED.skipped ? "was skipped" : `is ${table.statusOf(need)}`;
    return { code: SKIPPED, message: `it needs ${key} to be ${condition}, and that ${came}`, data: { item: key } };
  }
  return { code: SKIPPED };
}

/** Why `when` does not hold; `undefined` when it does, or there is none. */
function whenReason(core: RunCore, item: number): Reason | undefined {
  const { plan, table } = core.parts;
  const { when } = plan.taskOf(item)!;
  if (when === undefined) return undefined;
  for (const [need, wanted] of when) {
    const stored = table.outputs.get(need);
    // `when` names plain values: of what was reported over the wire it means the output, not the summary around it.
    const report = reportIn(stored);
    const output = (report === undefined ? stored : report.output) ?? null;
    if (wanted.some((value) => value === output)) continue;
    const { key } = plan.taskOf(need)!;
    const values = wanted.map((value) => JSON.stringify(value)).join(" or ");
    return { code: SKIPPED, message: `when: the output of ${key} is not ${values}`, data: { item: key } };
  }
  return undefined;
}

/** The need that made a `join: any` ready: of those that are met the one that ended first. */
function firstMet(core: RunCore, { edges }: Conditions, item: number): number {
  const { plan, table } = core.parts;
  const { conditions } = plan.taskOf(item)!;
  let first = -1;
  for (const need of needsOf(plan.graph, item)) {
    const condition = CONDITION[conditions?.get(need) ?? "done"];
    if (verdictOf(condition, edges.needOf(need)) !== EDGE.met) continue;
    if (first < 0 || table.settledSeq(need) < table.settledSeq(first)) first = need;
  }
  return first;
}
