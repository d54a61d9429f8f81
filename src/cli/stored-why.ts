/**
 * What holds an item, from what is stored: the answer for a run that has ended, or that another process is running. A live
 * run in this process answers more exactly (`run.why`).
 */
import { needsOf } from "../graph/graph.ts";
import type { RecoveredRun } from "../journal/journal.ts";
import type { ItemStatus } from "../items/status.ts";
import type { Plan } from "../plan/plan.ts";
import { whyOf, type WhyAnswer } from "../scheduler/why.ts";
import { describeReason } from "./view/reason.ts";

export function whyFromStore(plan: Plan, stored: RecoveredRun, number: number): WhyAnswer {
  const rows = new Map(stored.items.map((row) => [row.item, row]));
  const statusOf = (item: number): ItemStatus => rows.get(item)?.status ?? "todo";
  return whyOf({
    graph: plan.graph,
    item: number,
    keyOf: (item) => plan.tasks[item]!.key,
    statusOf,
    reasonOf: (item) => describeReason(rows.get(item)?.reason),
    runStatus: stored.status,
    live: stored.items.filter(({ status }) => status === "claimed").length,
    liveItemsMax: capOf(stored) ?? Infinity,
    ahead: readyBefore(plan, number, statusOf),
    needsClaim: plan.tasks[number]!.run === undefined,
  });
}

function capOf({ record }: RecoveredRun): number | undefined {
  const { options } = record;
  if (typeof options !== "object" || options === null || Array.isArray(options)) return undefined;
  const max = (options as { readonly liveItemsMax?: unknown }).liveItemsMax;
  return typeof max === "number" ? max : undefined;
}

/** Items that are as ready and have a better priority: at least these start before it. */
function readyBefore(plan: Plan, number: number, statusOf: (item: number) => ItemStatus): number {
  const { priority } = plan.tasks[number]!;
  let ahead = 0;
  for (const [item, task] of plan.tasks.entries()) {
    if (item === number || statusOf(item) !== "todo" || task.priority >= priority) continue;
    if (needsOf(plan.graph, item).every((need) => statusOf(need) === "done")) ahead += 1;
  }
  return ahead;
}
