/**
 * Items that have not started are edited while their run goes on; U1 to U3 of `grow.ts` hold here too. Called within a turn; nothing
 * here carries out an effect (law L2).
 *
 * U4 Only what has not started is edited: it is `todo`, nothing of its attempts is spent or under way. So no attempt ever runs on a
 *    task that has changed meanwhile. What is being prepared is stopped, and prepared anew from what it is now.
 */
import { SignalboxError } from "../base/errors.ts";
import { editTask, type TaskChanges } from "../plan/grow/edit-task.ts";
import { Blocking } from "./blocking.ts";
import { hasEdgeRules } from "./conditions.ts";
import { dataOf, judgeAnew, refuseEnding, refuseUnfit } from "./grow.ts";
import { unknownItem } from "./item-commands.ts";
import { addFiles, addPools, usesFiles, usesPools } from "./places.ts";
import { addPreparing, prepareAnew } from "./prepare.ts";
import type { RunCore } from "./run-core.ts";
import { offer } from "./transitions.ts";

/**
 * Changes the task of an item that has not started.
 * @throws PlanInvalidError, PlanUnsupportedError, UsageError, SignalboxError `item_not_found`, `not_ready`, `already_claimed`,
 *   `already_settled`
 */
export function editItem(core: RunCore, key: string, changes: TaskChanges, begun: boolean): void {
  refuseEnding(core);
  const { parts } = core;
  const before = parts.plan;
  const item = numberOf(core, key);
  refuseStarted(core, item);
  const plan = editTask(before, item, changes);
  const task = plan.taskOf(item)!;
  const tasks = [task];
  refuseUnfit(core, tasks);
  const isElsewhere = plan.graph !== before.graph;
  if (isElsewhere) parts.schedule.blocked(item);
  core.claimable.remove(item);
  prepareAnew(core, item, changes.prepare !== undefined);
  const data = dataOf(plan, item, isElsewhere ? parts.schedule.layerFloor : undefined);
  core.takePlan(plan, item);
  parts.table.stages.delete(item);
  core.record(item, "edit", "todo", { actor: "user", data: { ...data, changed: Object.keys(changes) } });
  addPreparing(core, tasks);
  const moved = parts.ordering.edit(plan);
  if (isElsewhere) parts.schedule.grew(plan.graph, [item]);
  for (const other of moved) {
    parts.schedule.reorder(other);
    core.claimable.reorder(other);
  }
  if (parts.pools === undefined && usesPools({ pools: plan.pools, tasks })) addPools(core);
  else if (changes.uses !== undefined) parts.pools?.usesChanged(item);
  if (parts.files === undefined && usesFiles({ tasks })) addFiles(core);
  else if (changes.files !== undefined) parts.files?.filesChanged(item);
  if (parts.conditions !== undefined || hasEdgeRules({ groups: plan.groups, tasks })) return judgeAnew(core, begun);
  if (isElsewhere) {
    parts.table.countNeeds(item);
    parts.blocking = blockingOf(core);
  }
  if (begun) offer(core, item);
}

function numberOf({ parts: { plan, runId } }: RunCore, key: string): number {
  const number = plan.numberOf(key);
  if (number !== undefined) return number;
  throw unknownItem(plan, runId, key);
}

function refuseStarted(core: RunCore, item: number): void {
  const { table, plan } = core.parts;
  const { key } = plan.taskOf(item)!;
  const status = table.statusOf(item);
  const got = (what: string): string => `expected an item that has not started, to edit it, got ${key}, ${what}`;
  if (status === "claimed" || core.slots.of(item) !== undefined)
    throw new SignalboxError("already_claimed", got("of which an attempt is under way"));
  if (status === "done" || status === "cancelled")
    throw new SignalboxError("already_settled", got(`which is ${status}`));
  if (status === "failed")
    throw new SignalboxError("not_ready", got("which has failed; pause the run, retry the item, then edit it"));
  if (table.isTried(item)) throw new SignalboxError("not_ready", got("which waits for its next attempt"));
}

/** What failures hold, counted afresh. */
function blockingOf({ parts: { table, plan } }: RunCore): Blocking {
  const blocking = new Blocking(plan.graph);
  for (let item = 0; item < table.size; item++) {
    const status = table.statusOf(item);
    if (status === "failed" || status === "cancelled") blocking.block(item);
  }
  return blocking;
}
