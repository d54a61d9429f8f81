/**
 * Items as the wire shows them, made of one snapshot and the plan: every field of every item in an answer is of that version.
 */
import { itemIdOf } from "../base/item-ids.ts";
import { isoTime } from "../base/iso-time.ts";
import { hasNeeds, needsOf } from "../graph/graph.ts";
import { reportIn } from "../items/report.ts";
import { isSkipped } from "../items/skip.ts";
import type { NeedCondition, Plan, Task } from "../plan/plan.ts";
import type { Items, ItemSnapshot, RunSnapshot } from "../items/snapshot.ts";
import type { z } from "zod";
import type { WorkItem } from "./schemas.ts";

export type WireItem = z.infer<typeof WorkItem>;

/** What only the project knows of an item. */
export interface ItemFacts {
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly leaseExpiresAt: number | undefined;
}

/** A project at one version. */
export interface Picture {
  readonly plan: Plan;
  readonly snapshot: RunSnapshot;
  readonly liveItemsMax: number;
  readonly factsOf: (number: number) => ItemFacts;
}

/** What of a picture an item is made of. */
export interface ItemPicture {
  readonly runId: string;
  readonly items: Pick<Items, "at">;
}

export function wireItem(plan: Plan, { runId, items }: ItemPicture, item: ItemSnapshot, facts: ItemFacts): WireItem {
  // Read first: as the last line of the literal it made V8 give up this function's code and compile it anew, again and again.
  const { seq } = item;
  const task = plan.taskOf(item.number)!;
  const idOf = (number: number): string => itemIdOf(runId, number);
  const parent = parentOf(plan, task.key);
  const report = item.status === "done" ? reportIn(item.output) : undefined;
  const needs = hasNeeds(plan.graph, item.number) ? [...needsOf(plan.graph, item.number)] : [];
  const unmet = item.status === "todo" ? needs.filter((need) => !isMet(items, need, task)) : [];
  const holds = item.status === "claimed";
  return {
    id: idOf(item.number),
    key: task.key,
    project_id: runId,
    run_id: runId,
    parent_item_id: parent === undefined ? null : idOf(parent),
    title: task.title ?? task.key,
    description: task.description ?? null,
    task_type: task.type ?? null,
    status: item.status,
    ready: item.status === "todo" && unmet.length === 0,
    blocked_by: unmet.map(idOf),
    priority: task.priority,
    assigned_agent_id: holds ? (item.holder ?? "local") : null,
    assigned_at: holds ? timeOf(item.claimedAt) : null,
    lease_expires_at: holds ? timeOf(facts.leaseExpiresAt) : null,
    attempt: item.attempt,
    attempts_max: task.attemptsMax,
    files: [...(task.files ?? [])],
    files_modified: [...(report?.files_modified ?? [])],
    dependencies: needs.map(idOf),
    estimated_hours: task.estimatedHours ?? null,
    result_summary: report?.result_summary ?? null,
    failure_reason: item.status === "failed" || item.status === "todo" ? (item.reason?.message ?? null) : null,
    stage: item.stage ?? (isSkipped(item.status, item.reason) ? "skipped" : null),
    created_at: isoTime(facts.createdAt),
    updated_at: isoTime(facts.updatedAt),
    completed_at: item.status === "done" ? timeOf(item.settledAt) : null,
    metadata: task.metadata ?? {},
    seq,
  };
}

/** The nearest item above by the dots of its key. */
export function parentOf(plan: Plan, key: string): number | undefined {
  for (let at = key.lastIndexOf("."); at > 0; at = key.lastIndexOf(".", at - 1)) {
    const parent = plan.numberOf(key.slice(0, at));
    if (parent !== undefined) return parent;
  }
  return undefined;
}

/** Whether everything that it needs came out as it has to. */
export function isReady(plan: Plan, items: Pick<Items, "at">, { number, status }: ItemSnapshot): boolean {
  if (status !== "todo") return false;
  const task = plan.taskOf(number)!;
  for (const need of needsOf(plan.graph, number)) if (!isMet(items, need, task)) return false;
  return true;
}

function isMet(items: Pick<Items, "at">, need: number, { conditions }: Task): boolean {
  const item = items.at(need);
  if (item === undefined) return false;
  return MET[conditions?.get(need) ?? "done"](item);
}

const MET: Readonly<Record<NeedCondition, (item: ItemSnapshot) => boolean>> = {
  done: ({ status }) => status === "done",
  settled: ({ status }) => status !== "todo" && status !== "claimed",
  failed: ({ status }) => status === "failed",
  passed: ({ status, reason }) => status === "done" || isSkipped(status, reason),
  missed: ({ status, reason }) => status === "failed" || (status === "cancelled" && !isSkipped(status, reason)),
};

function timeOf(ms: number | undefined): string | null {
  return ms === undefined ? null : isoTime(ms);
}
