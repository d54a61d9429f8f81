/**
 * Plans that change while their run goes on: items are added. Called within a turn; nothing here carries out an effect (law L2).
 * `edit-item.ts` changes those that have not started.
 *
 * U1 A change is checked whole before anything of it is done: what is refused has changed nothing.
 * U2 A change is one batch: an entry for each item, with the task as it is now. A process that goes on with the run makes the same
 *    plan from its text and these entries (`grown-plan.ts`).
 * U3 Numbers of items never change; those that are added take the next ones.
 */
import { SignalboxError } from "../base/errors.ts";
import { NOT_YET } from "../journal/fold.ts";
import { addTasks } from "../plan/grow/add-tasks.ts";
import type { Plan, PlanDefinition, Task } from "../plan/plan.ts";
import { storedTask } from "../plan/read-text.ts";
import { refuseUnsupported } from "../plan/unsupported.ts";
import { needStateOf } from "../scheduler/edge.ts";
import { Conditions, hasEdgeRules } from "./conditions.ts";
import { judgeAll } from "./follow.ts";
import { alreadySettled, interrupted } from "./run-errors.ts";
import { addPreparing } from "./prepare.ts";
import type { RunCore } from "./run-core.ts";
import { addFiles, addPools, usesFiles, usesPools } from "./places.ts";
import { refuseUnrunnable } from "./stages.ts";
import { offer } from "./transitions.ts";

/**
 * Adds items; answers their numbers. They start like any other once `begun`.
 * @throws PlanInvalidError, PlanUnsupportedError, UsageError, SignalboxError `not_ready`, `already_settled`, `interrupted`
 */
export function addItems(
  core: RunCore,
  { tasks, defaults }: Pick<PlanDefinition, "tasks" | "defaults">,
  begun: boolean,
): readonly number[] {
  refuseEnding(core);
  const { parts } = core;
  const first = parts.plan.graph.size;
  const plan = addTasks(parts.plan, tasks, defaults);
  const { pools, groups } = plan;
  const numbers = Array.from({ length: plan.graph.size - first }, (_, i) => first + i);
  // Not `plan.tasks`: that is made at first use, and as long as the plan.
  const added = numbers.map((item) => plan.taskOf(item)!);
  refuseUnfit(core, added);
  const floor = parts.schedule.layerFloor;
  core.takePlan(plan, first);
  for (const item of numbers)
    core.record(item, "add", "todo", { from: NOT_YET, actor: "user", data: dataOf(plan, item, floor) });
  const longer = parts.ordering.grow(plan, first);
  parts.schedule.grew(plan.graph, numbers);
  for (const item of longer) {
    parts.schedule.reorder(item);
    core.claimable.reorder(item);
  }
  addPreparing(core, added);
  if (parts.pools === undefined && usesPools({ pools, tasks: added })) addPools(core);
  if (parts.files === undefined && usesFiles({ tasks: added })) addFiles(core);
  if (parts.conditions !== undefined || hasEdgeRules({ groups, tasks: added })) judgeAnew(core, begun);
  else {
    parts.blocking.grow(plan.graph);
    if (begun) for (const item of numbers) offer(core, item);
  }
  return numbers;
}

/** Nothing will be added to an open run any more; closing it again is fine. @throws SignalboxError `already_settled` */
export function closeToMore(core: RunCore): void {
  if (core.hasEnded) throw alreadySettled();
  if (!core.isOpen) return;
  core.isOpen = false;
  core.recordRun("close", { actor: "user" });
}

/** A run that is ending starts nothing any more. */
export function refuseEnding(core: RunCore): void {
  if (core.hasEnded) throw alreadySettled();
  if (core.stopping) throw interrupted(core.parts.runId);
  if (core.runStatus !== "settling" && core.runStatus !== "rollingBack") return;
  throw new SignalboxError("not_ready", "expected a run that goes on, to change its plan, got one that is ending");
}

/** What this version, or this process, cannot do with these tasks. */
export function refuseUnfit({ parts: { executors, onFailure } }: RunCore, tasks: readonly Task[]): void {
  refuseUnsupported({ tasks });
  refuseUnrunnable(tasks, { executors, onFailure });
}

/** What the journal keeps of an item that is added or edited. */
export function dataOf(
  plan: Plan,
  item: number,
  floor: number | undefined,
): { readonly [key: string]: ReturnType<typeof storedTask> } {
  const task = storedTask(plan, item);
  return floor === undefined ? { task } : { task, layer_floor: floor };
}

/** What depends on conditions is a function of the rows and the plan (B1): it is made again from them. */
export function judgeAnew(core: RunCore, begun: boolean): void {
  const { parts } = core;
  const { table } = parts;
  const conditions = new Conditions(parts.plan);
  parts.conditions = conditions;
  for (let item = 0; item < table.size; item++) {
    const status = table.statusOf(item);
    if (status !== "todo") conditions.moved(item, needStateOf(status, table.reasons.get(item)));
  }
  // Before the run has begun nothing is judged; its beginning judges all.
  if (begun) judgeAll(core);
}
