/** The plan of a fork: the same items under the same numbers, with some needs dropped, and nothing that only a real run has. */
import { UsageError } from "../../base/errors.ts";
import { itemsNamed } from "../../plan/named-items.ts";
import type { Plan } from "../../plan/plan.ts";
import { planFromText } from "../../plan/read-text.ts";
import { planText, type TaskText } from "../../plan/write-text.ts";

/** A need that is dropped: words as a person writes them, keys or ids. */
export interface DroppedNeed {
  readonly item: string;
  readonly need: string;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** @throws UsageError for a need that there is not */
export function forkedPlan(plan: Plan, drop: readonly DroppedNeed[]): Plan {
  // Written by planText.
  const text = JSON.parse(planText(plan)) as { worktrees?: unknown; pressure?: unknown; tasks: Mutable<TaskText>[] };
  for (const each of drop) dropNeed(plan, text.tasks, each);
  for (const task of text.tasks) delete task.worktree;
  delete text.worktrees;
  delete text.pressure;
  return planFromText(JSON.stringify(text));
}

function dropNeed(plan: Plan, tasks: readonly Mutable<TaskText>[], { item, need }: DroppedNeed): void {
  const needs = new Set(itemsNamed(plan, need));
  let dropped = 0;
  for (const number of itemsNamed(plan, item)) {
    const task = tasks[number]!;
    const left = (task.needs ?? []).filter((each) => !needs.has(each));
    dropped += (task.needs?.length ?? 0) - left.length;
    task.needs = left;
    if (task.conditions !== undefined) task.conditions = task.conditions.filter(([each]) => !needs.has(each));
    if (task.when !== undefined) task.when = task.when.filter(([each]) => !needs.has(each));
  }
  if (dropped > 0) return;
  throw new UsageError(
    `expected a need of ${item} to drop, got ${need}, which it does not need; \`graph\` shows what it needs`,
  );
}
