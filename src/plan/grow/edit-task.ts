import { needsOf } from "../../graph/graph.ts";
import { cyclePaths } from "../../graph/cycle.ts";
import { withNeeds } from "../../graph/grow.ts";
import { topologicalOrder } from "../../graph/order.ts";
import { addTasksOf } from "../check/build.ts";
import type { Checking } from "../check/checking.ts";
import { within } from "../check/checking.ts";
import { Findings, problemsOf } from "../check/findings.ts";
import { cycleText } from "../check/link.ts";
import { markCondition } from "../check/condition-mark.ts";
import { MoreLinker } from "../check/link-more.ts";
import { makePlan } from "../check/make-plan.ts";
import { markCombination } from "../check/matrix.ts";
import { describe, isMap, quote } from "../check/names.ts";
import { checkAcross, checkTask, errorOf } from "../check-plan.ts";
import type { NeedCondition, Plan, Task, TaskDefinition } from "../plan.ts";
import { Suggester } from "../suggest.ts";
import { valuesOf } from "./add-tasks.ts";

/** Keys of a task that can be edited while a run goes on. What an item is stays: its id, matrix, group, and whether it is a join. */
export const EDITABLE_KEYS = [
  "title",
  "description",
  "type",
  "needs",
  "when",
  "allowFailure",
  "run",
  "attemptsMax",
  "backoff",
  "timeout",
  "deadline",
  "priority",
  "uses",
  "files",
  "estimatedHours",
  "metadata",
  "env",
  "cwd",
  "prepare",
  "verify",
  "undo",
] as const satisfies readonly (keyof TaskDefinition)[];
type EditableKey = (typeof EDITABLE_KEYS)[number];

/** New values for keys of a task, written as in a plan; `null` removes a key. What is not named stays. */
export type TaskChanges = { readonly [Key in EditableKey]?: TaskDefinition[Key] | null };

/**
 * The plan with one task changed. The number of its item stays, so a need may have a greater number than what needs it.
 * @throws PlanInvalidError (`invalid_plan`) with every problem, PlanCycleError (`plan_cycle`) when cycles are the only ones
 */
export function editTask(plan: Plan, number: number, changes: TaskChanges): Plan {
  const checking: Checking = { findings: new Findings(), suggester: new Suggester(), fromCode: true };
  const { findings } = checking;
  const { key } = plan.taskOf(number)!;
  within(findings, "tasks", () => within(findings, key, () => checkChanges(checking, changes)));
  const definition = changed(plan, number, isMap(changes) ? changes : {});
  const draft = within(findings, "tasks", () =>
    within(findings, key, () => checkTask(checking, key, definition, 0, plan.graph.size)),
  );
  checkAcross(checking, draft, valuesOf(plan));
  const linker = new MoreLinker(checking, plan, []);
  const { needs, ...edges } = linker.needsOf(draft);
  const tasks: Task[] = [];
  addTasksOf(tasks, draft, undefined, edges);
  const graph = changes?.needs === undefined ? plan.graph : withNeeds(plan.graph, new Map([[number, needs]]));
  const paths = graph === plan.graph || topologicalOrder(graph) !== undefined ? [] : cyclePaths(graph);
  const cycles = paths.map((path) => path.map((n) => plan.taskOf(n)!.key));
  for (const cycle of cycles)
    findings.addAt(
      ["tasks", key, "needs"],
      "needs without a cycle",
      cycleText(cycle),
      cycle.length === 2 ? "remove the need on itself" : "remove one of these needs; each needs the next",
    );
  if (findings.total > 0) throw errorOf({ findings, paths: cycles, empty: false }, problemsOf(findings));
  return makePlan({ ...plan, tasks: plan.tasks.with(number, Object.freeze(tasks[0]!)), graph }, plan);
}

function checkChanges({ findings, suggester }: Checking, changes: unknown): void {
  if (!isMap(changes)) {
    findings.add("a map from key to new value", describe(changes), "write for example { priority: 0 }");
    return;
  }
  for (const key of Object.keys(changes)) {
    if ((EDITABLE_KEYS as readonly string[]).includes(key)) continue;
    const near = suggester.nearest(key, EDITABLE_KEYS);
    const fix = near === undefined ? `leave it out; ${EDITABLE_KEYS.join(", ")} can be` : `did you mean \`${near}\`?`;
    within(findings, key, () => findings.add("a key that can be edited while the run goes on", quote(key), fix, "key"));
  }
}

/** The task as it would be written, with the changes. */
function changed(plan: Plan, number: number, changes: Readonly<Record<string, unknown>>): object {
  const task = plan.taskOf(number)!;
  const definition: Record<string, unknown> = definitionOf(plan, number);
  for (const key of EDITABLE_KEYS) {
    const value = changes[key];
    // What is undefined is as if it were not written.
    if (value !== undefined) definition[key] = value ?? undefined;
  }
  if (task.condition) markCondition(definition);
  return task.matrix === undefined ? definition : markCombination(definition, { id: task.id, values: task.matrix });
}

/** Keys that a checked task has as they are written. */
const SAME_KEYS = [
  "title",
  "description",
  "type",
  "join",
  "allowFailure",
  "group",
  "run",
  "priority",
  "uses",
  "files",
  "estimatedHours",
  "metadata",
  "env",
  "cwd",
  "prepare",
  "verify",
  "undo",
] as const satisfies readonly (keyof TaskDefinition & keyof Task)[];

/** The task as it could be written; a test holds that nothing of it is forgotten. */
function definitionOf({ tasks, graph }: Plan, number: number): Record<string, unknown> {
  const task = tasks[number]!;
  const { conditions, when, timeoutMs, deadlineMs, backoff, attemptsMax, worktree } = task;
  const needs: Record<string, NeedCondition> = Object.create(null);
  for (const need of needsOf(graph, number)) needs[tasks[need]!.key] = conditions?.get(need) ?? "done";
  return {
    ...Object.fromEntries(SAME_KEYS.map((key) => [key, task[key]])),
    needs,
    when: when && Object.fromEntries([...when].map(([need, values]) => [tasks[need]!.key, values])),
    timeout: timeoutMs,
    deadline: deadlineMs,
    backoff: backoff && {
      initial: backoff.initialMs,
      factor: backoff.factor,
      max: backoff.maxMs,
      jitter: backoff.jitter,
    },
    // A join has no attempts to speak of.
    attemptsMax: task.join === undefined ? attemptsMax : undefined,
    worktree: worktree || undefined,
  };
}
