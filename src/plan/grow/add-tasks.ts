import { LIMITS } from "../../base/limits.ts";
import { buildGraph } from "../../graph/graph.ts";
import { withNumbers } from "../../graph/grow.ts";
import { topologicalOrder } from "../../graph/order.ts";
import { addTasksOf } from "../check/build.ts";
import type { Checking } from "../check/checking.ts";
import type { Draft, GroupValues, PlanValues, TaskValues } from "../check/draft.ts";
import { Findings, problemsOf } from "../check/findings.ts";
import { noteCycles } from "../check/link.ts";
import { MoreLinker, type MoreNeeds } from "../check/link-more.ts";
import { grownPlan, isTaken } from "../check/make-plan.ts";
import { isMap, quote } from "../check/names.ts";
import { within } from "../check/checking.ts";
import { checkAcross, checkDefaults, checkTasks, errorOf } from "../check-plan.ts";
import type { Plan, PlanDefinition, Task } from "../plan.ts";
import { Suggester } from "../suggest.ts";

/**
 * The plan with further tasks, written as under `tasks` of a plan. They may need what is there and each other, use its pools and
 * join its groups; its `defaults` do not reach them, only those that come with them. Their items follow the others: the numbers of those stay as they are.
 * @throws PlanInvalidError (`invalid_plan`) with every problem, PlanCycleError (`plan_cycle`) when cycles are the only ones,
 * PlanEmptyError (`plan_empty`) when there is no task.
 */
export function addTasks(plan: Plan, tasks: PlanDefinition["tasks"], defaults?: PlanDefinition["defaults"]): Plan {
  const checking: Checking = { findings: new Findings(), suggester: new Suggester(), fromCode: true };
  const { findings } = checking;
  const common = checkDefaults(checking, defaults);
  const drafts = within(findings, "tasks", () => checkTasks(checking, tasks));
  const values = valuesOf(plan);
  for (const draft of drafts) {
    if (isTaken(plan, draft.id)) noteTaken(checking, draft);
    checkAcross(checking, draft, values);
  }
  const linker = new MoreLinker(checking, plan, drafts);
  const links = drafts.map((draft) => linker.needsOf(draft));
  checkSizes(findings, plan, drafts, linker);
  const order = orderOf(plan.graph.size, drafts, links);
  const paths = order === undefined ? noteCycles(findings, drafts, linker.targetsAmongDrafts()) : [];
  if (findings.total > 0 || order === undefined)
    throw errorOf({ findings, paths, empty: drafts.length === 0 && isMap(tasks) }, problemsOf(findings));
  return grown(plan, { drafts, links, defaults: common }, order);
}

/** What a checked plan says of what its tasks name, as the checks know it. */
export function valuesOf({ pools, groups }: Plan): PlanValues {
  const byName: Record<string, GroupValues[string]> = Object.create(null);
  for (const { name, onError, group } of groups) byName[name] = { onError, ...(group !== undefined && { group }) };
  return { pools, groups: byName };
}

function noteTaken({ findings }: Checking, { id }: Draft): void {
  findings.addAt(["tasks", id], "an id that no task of the plan has", quote(id), "take another one", "key");
}

function checkSizes(findings: Findings, plan: Plan, drafts: readonly Draft[], linker: MoreLinker): void {
  const items = drafts.reduce((sum, draft) => sum + draft.items, plan.graph.size);
  if (items > LIMITS.tasksMax && items - plan.graph.size <= LIMITS.tasksMax)
    findings.addAt(["tasks"], `at most ${LIMITS.tasksMax} tasks with those that are there`, `${items}`, "add fewer");
  if (linker.tooMany)
    findings.addAt(["tasks"], `at most ${LIMITS.needsMax} needs with those that are there`, "more", "add fewer");
}

/** The new items, counted from 0, each after what it needs; `undefined` when there is a cycle. What is there needs none of them. */
function orderOf(size: number, drafts: readonly Draft[], links: readonly MoreNeeds[]): Int32Array | undefined {
  const from: number[] = [];
  const to: number[] = [];
  let count = 0;
  drafts.forEach(({ firstItem, items }, i) => {
    count += items;
    for (const need of links[i]!.needs) {
      if (need < size) continue;
      for (let item = firstItem; item < firstItem + items; item++) {
        from.push(need - size);
        to.push(item);
      }
    }
  });
  return topologicalOrder(
    buildGraph(count, { from: Int32Array.from(from), to: Int32Array.from(to), count: from.length }),
  );
}

interface Addition {
  readonly drafts: readonly Draft[];
  readonly links: readonly MoreNeeds[];
  readonly defaults: TaskValues | undefined;
}

function grown(plan: Plan, { drafts, links, defaults }: Addition, order: Int32Array): Plan {
  const size = plan.graph.size;
  const place = new Int32Array(order.length);
  order.forEach((item, number) => (place[item] = number));
  const numberOf = (item: number): number => (item < size ? item : size + place[item - size]!);
  const tasks: Task[] = [];
  const needs: (readonly number[])[] = [];
  drafts.forEach((draft, i) => {
    const { conditions, when } = links[i]!;
    addTasksOf(tasks, draft, defaults, {
      conditions: conditions && renumbered(conditions, numberOf),
      when: when && renumbered(when, numberOf),
    });
    const row = links[i]!.needs.map(numberOf).sort((a, b) => a - b);
    for (let item = 0; item < draft.items; item++) needs.push(row);
  });
  const added = Array.from(order, (item) => Object.freeze(tasks[item]!));
  const rows = Array.from(order, (item) => needs[item]!);
  return grownPlan(plan, added, withNumbers(plan.graph, rows));
}

function renumbered<T>(map: ReadonlyMap<number, T>, numberOf: (item: number) => number): ReadonlyMap<number, T> {
  return new Map([...map].map(([need, value]) => [numberOf(need), value]));
}
