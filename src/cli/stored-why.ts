/**
 * What holds an item, from what is stored: the answer for a run that has ended, or that another process is running. A live
 * run in this process answers more exactly (`run.why`).
 */
import { edgeFactsOf } from "../engine/conditions.ts";
import { LOCAL_HOLDER } from "../engine/item-table.ts";
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

/** When is asked, and of what. */
export interface StoredMoment {
  /** By the wall clock. */
  readonly now: number;
  /** Nobody runs it any more, although it has not ended. */
  readonly interrupted: boolean;
}

export function whyFromStore(
  plan: Plan,
  stored: RecoveredRun,
  number: number,
  { now, interrupted }: StoredMoment,
): WhyAnswer {
  const rows = new Map(stored.items.map((row) => [row.item, row]));
  const statusOf = (item: number): ItemStatus => rows.get(item)?.status ?? "todo";
  const edges = edgeFactsOf(plan, (item) => rows.get(item)?.reason);
  const live = stored.items.filter((row) => isLive(row, interrupted));
  const isReady = readinessOf(plan, statusOf, edges);
  // What the process was doing when it died is given back: it is as ready as when it was claimed.
  const startsBefore = (item: number): boolean => isReady(item) || (interrupted && isGivenBack(rows.get(item)));
  return whyOf({
    graph: plan.graph,
    item: number,
    keyOf: (item) => plan.taskOf(item)!.key,
    statusOf,
    stage: rows.get(number)?.stage,
    stageReason: stageReasonOf(rows.get(number)),
    delayedUntilMs: pauseOf(rows.get(number), now),
    reasonOf: (item) => reasonInWords(rows.get(item)),
    attempt: rows.get(number)?.attempt,
    runStatus: stored.status,
    live: live.length,
    liveItemsMax: capOf(stored) ?? Infinity,
    ahead: readyBefore(plan, number, startsBefore),
    // Nobody looks at the machine for a run that nobody runs.
    pressure: interrupted ? undefined : pressureNow(stored.aboutRun),
    pools: shortPools(plan, live, number),
    files: heldFiles(plan, live, number),
    needsClaim: plan.taskOf(number)!.run === undefined && plan.taskOf(number)!.join === undefined,
    edges,
    isTried: (rows.get(number)?.attempt ?? 0) > (rows.get(number)?.refunded ?? 0),
  });
}

/** Whether somebody works on it. Of an interrupted run only somebody outside may still do so, by a lease. */
function isLive(row: ItemRow, interrupted: boolean): boolean {
  return row.status === "claimed" && !(interrupted && isGivenBack(row));
}

/** Whether whoever goes on with an interrupted run finds it claimed by the process that died. */
function isGivenBack(row: ItemRow | undefined): boolean {
  return row?.status === "claimed" && row.holder === LOCAL_HOLDER;
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

/** Pools whose places live items have. */
function shortPools(plan: Plan, live: readonly ItemRow[], number: number): ShortPool[] {
  const wanted = plan.taskOf(number)!.uses ?? {};
  return Object.keys(wanted)
    .sort()
    .map((pool) => {
      const usesOf = (item: number): number => plan.taskOf(item)!.uses?.[pool] ?? 0;
      const holders = live.map(({ item }) => item).filter((item) => usesOf(item) > 0);
      const taken = holders.reduce((sum, item) => sum + usesOf(item), 0);
      return { pool, wanted: wanted[pool]!, taken, places: plan.pools[pool]!, holders, keptFor: undefined };
    })
    .filter(({ taken, places, wanted }) => taken + wanted > places);
}

/** Live items that hold files of this one. */
function heldFiles(plan: Plan, live: readonly ItemRow[], number: number): HeldFiles | undefined {
  const wanted = plan.taskOf(number)!.files;
  if (wanted === undefined) return undefined;
  const files = fileConflicts<number>({ ignoreCase: true, shared: plan.sharedFiles });
  for (const { item } of live) files.hold(item, files.read(plan.taskOf(item)!.files ?? []));
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
  const { priority } = plan.taskOf(number)!;
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
