/** How a stored run ended, told from its rows: what `run.finished` says when the log is read later. */
import { blockedItems } from "../engine/blocked-items.ts";
import { edgeFactsOf } from "../engine/conditions.ts";
import type { BlockedItem } from "../engine/run.ts";
import { orderOf } from "../graph/order.ts";
import type { Reason } from "../items/reason.ts";
import { isSkipped } from "../items/skip.ts";
import { settledSeqOf } from "../journal/fold.ts";
import type { ItemStatus } from "../items/status.ts";
import type { RecoveredRun, RunSummary } from "../journal/journal.ts";
import { settlingEntry } from "../engine/recovered-facts.ts";
import { rollbackResult } from "../engine/rollback-result.ts";
import type { Plan } from "../plan/plan.ts";
import { explainStall } from "../scheduler/stall.ts";
import { blockedOnWire, reasonOnWire, rollbackOnWire } from "../engine/event-on-wire.ts";

/** What only the log tells: how many items were live at once, and how long each was. */
export interface StoredTimes {
  readonly liveItemsPeak: number;
  /** By the item's number; of all its attempts together, in milliseconds. */
  readonly liveMs: ReadonlyMap<number, number>;
  /** For how long pressure held new items back. */
  readonly pressureMs: number;
  /** What was told of the items' worktrees when they were given back. */
  readonly worktrees: readonly object[];
}

export function storedResultOnWire(
  plan: Plan,
  summary: RunSummary,
  stored: RecoveredRun,
  { liveItemsPeak, liveMs, pressureMs, worktrees }: StoredTimes,
): object {
  const failed = stored.items
    .filter(({ status }) => status === "failed")
    .sort((a, b) => settledSeqOf(a) - settledSeqOf(b));
  const keyOf = (item: number): string => plan.taskOf(item)!.key;
  const reason = settlingEntry(stored.aboutRun)?.reason;
  return {
    outcome: summary.status,
    ...(reason === undefined ? {} : { reason: reasonOnWire(reason) }),
    counts: summary.counts,
    duration_ms: Math.max(0, (summary.finishedAt ?? 0) - (summary.startedAt ?? summary.createdAt)),
    sequential_ms: Math.round([...liveMs.values()].reduce((total, ms) => total + ms, 0)),
    critical_path_ms: Math.round(longestChainMs(plan, liveMs)),
    live_items_peak: liveItemsPeak,
    ...(pressureMs > 0 && { pressure_ms: Math.round(pressureMs) }),
    failures: failed.map(({ item, reason }) => ({
      item: keyOf(item),
      reason: reasonOnWire(reason ?? { code: "unknown" }),
    })),
    blocked: leftItems(plan, stored, reason !== undefined).map(blockedOnWire),
    skipped: stored.items
      .filter(({ status, reason }) => isSkipped(status, reason))
      .map(({ item, reason }) => ({ item: keyOf(item), reason: reasonOnWire(reason!) })),
    ...storedRollback(plan, stored),
    ...(worktrees.length > 0 && { worktrees }),
  };
}

function storedRollback(plan: Plan, { items, aboutRun }: RecoveredRun): object {
  if (!aboutRun.some(({ to }) => to === "rollingBack")) return {};
  const done = items.filter(({ status }) => status === "done").sort((a, b) => settledSeqOf(a) - settledSeqOf(b));
  return { rollback: rollbackOnWire(rollbackResult(plan, done)) };
}

/** Live time along the chain of needs that took longest. */
function longestChainMs({ graph, tasks }: Plan, liveMs: ReadonlyMap<number, number>): number {
  const until = new Float64Array(tasks.length);
  let longest = 0;
  for (const item of orderOf(graph)) {
    let before = 0;
    for (let i = graph.needsStart[item]!; i < graph.needsStart[item + 1]!; i += 1) {
      before = Math.max(before, until[graph.needs[i]!]!);
    }
    until[item] = before + (liveMs.get(item) ?? 0);
    longest = Math.max(longest, until[item]);
  }
  return longest;
}

function leftItems(plan: Plan, stored: RecoveredRun, endedEarly: boolean): BlockedItem[] {
  const rows = new Map(stored.items.map((row) => [row.item, row]));
  const statusOf = (item: number): ItemStatus => rows.get(item)?.status ?? "todo";
  const reasonOf = (item: number): Reason | undefined => rows.get(item)?.reason;
  const stalled = explainStall({
    graph: plan.graph,
    statusOf,
    needsClaim: (item) => plan.taskOf(item)!.run === undefined && plan.taskOf(item)!.join === undefined,
    edges: edgeFactsOf(plan, reasonOf),
  });
  return blockedItems(stalled, {
    keyOf: (item) => plan.taskOf(item)!.key,
    statusOf,
    attemptOf: (item) => rows.get(item)?.attempt ?? 0,
    reasonOf,
    endedEarly,
  });
}
