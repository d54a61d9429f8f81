/**
 * What holds an item, from what is stored: the answer for a run that has ended, or that another process is running. A live
 * run in this process answers more exactly (`run.why`).
 */
import { edgeFactsOf } from "../engine/conditions.ts";
import { needsOf } from "../graph/graph.ts";
import type { ItemRow, RecoveredRun } from "../journal/journal.ts";
import { fileConflicts } from "../items/file-conflicts.ts";
import type { ItemStatus } from "../items/status.ts";
import { isMap } from "../plan/check/names.ts";
import type { Plan } from "../plan/plan.ts";
import { holdingEdges, needStates, type EdgeFacts } from "../scheduler/edge-states.ts";
import type { HeldFiles } from "../scheduler/files.ts";
import type { ShortPool } from "../scheduler/pools.ts";
import { whyOf, type WhyAnswer } from "../scheduler/why.ts";
import { describeReason } from "./view/reason.ts";

/** @param now by the wall clock */
export function whyFromStore(plan: Plan, stored: RecoveredRun, number: number, now: number): WhyAnswer {
  const rows = new Map(stored.items.map((row) => [row.item, row]));
  const statusOf = (item: number): ItemStatus => rows.get(item)?.status ?? "todo";
  const edges = edgeFactsOf(plan, (item) => rows.get(item)?.reason);
  const isReady = readinessOf(plan, statusOf, edges);
  return whyOf({
    graph: plan.graph,
    item: number,
    keyOf: (item) => plan.tasks[item]!.key,
    statusOf,
    stage: rows.get(number)?.stage,
    stageReason: stageReasonOf(rows.get(number)),
    delayedUntilMs: pauseOf(rows.get(number), now),
    reasonOf: (item) => reasonInWords(rows.get(item)),
    attempt: rows.get(number)?.attempt,
    runStatus: stored.status,
    live: stored.items.filter(({ status }) => status === "claimed").length,
    liveItemsMax: capOf(stored) ?? Infinity,
    ahead: readyBefore(plan, number, isReady),
    pressure: pressureNow(stored.aboutRun),
    pools: shortPools(plan, stored, number),
    files: heldFiles(plan, stored, number),
    needsClaim: plan.tasks[number]!.run === undefined && plan.tasks[number]!.join === undefined,
    edges,
    isTried: (rows.get(number)?.attempt ?? 0) > (rows.get(number)?.refunded ?? 0),
  });
}

/** The pause between two attempts; one that is over holds nothing any more. */
function pauseOf(row: ItemRow | undefined, now: number): number | undefined {
  return row?.delayedUntil !== undefined && row.delayedUntil > now ? row.delayedUntil : undefined;
}

function reasonInWords(row: ItemRow | undefined): string | undefined {
  return row?.reason && describeReason(row.reason);
}

function stageReasonOf(row: ItemRow | undefined): string | undefined {
  return row?.stageReason === undefined ? undefined : describeReason(row.stageReason);
}

/** What the machine was short of when the last process of the run looked last. */
function pressureNow(aboutRun: RecoveredRun["aboutRun"]): string | undefined {
  const last = aboutRun.findLast(({ event }) => event === "pressure" || event === "calm" || event === "recover");
  return last?.event === "pressure" ? describeReason(last.reason) : undefined;
}

/** Pools whose places the claimed items have. */
function shortPools(plan: Plan, stored: RecoveredRun, number: number): ShortPool[] {
  const wanted = plan.tasks[number]!.uses ?? {};
  const claimed = stored.items.filter(({ status }) => status === "claimed");
  return Object.keys(wanted)
    .sort()
    .map((pool) => {
      const usesOf = (item: number): number => plan.tasks[item]!.uses?.[pool] ?? 0;
      const holders = claimed.map(({ item }) => item).filter((item) => usesOf(item) > 0);
      const taken = holders.reduce((sum, item) => sum + usesOf(item), 0);
      return { pool, wanted: wanted[pool]!, taken, places: plan.pools[pool]!, holders, keptFor: undefined };
    })
    .filter(({ taken, places, wanted }) => taken + wanted > places);
}

/** Claimed items that hold files of this one. */
function heldFiles(plan: Plan, stored: RecoveredRun, number: number): HeldFiles | undefined {
  const wanted = plan.tasks[number]!.files;
  if (wanted === undefined) return undefined;
  const files = fileConflicts<number>({ ignoreCase: true, shared: plan.sharedFiles });
  for (const { item, status } of stored.items) {
    if (status === "claimed") files.hold(item, files.read(plan.tasks[item]!.files ?? []));
  }
  const holders = files.conflictsOf(number, files.read(wanted));
  return holders.length === 0 ? undefined : { holders, keptFor: undefined };
}

function capOf({ record }: RecoveredRun): number | undefined {
  const { options } = record;
  const max = isMap(options) ? options["liveItemsMax"] : undefined;
  return typeof max === "number" ? max : undefined;
}

/** Items that are as ready and have a better priority: at least these start before it. */
function readyBefore(plan: Plan, number: number, isReady: (item: number) => boolean): number {
  const { priority } = plan.tasks[number]!;
  let ahead = 0;
  for (const [item, task] of plan.tasks.entries()) {
    if (item !== number && task.priority < priority && isReady(item)) ahead += 1;
  }
  return ahead;
}

function readinessOf(
  { graph }: Plan,
  statusOf: (item: number) => ItemStatus,
  edges: EdgeFacts | undefined,
): (item: number) => boolean {
  const states = edges && needStates(graph, statusOf, edges);
  return (item) =>
    statusOf(item) === "todo" &&
    (edges === undefined
      ? needsOf(graph, item).every((need) => statusOf(need) === "done")
      : holdingEdges(graph, edges.rules, states!, item).length === 0);
}
