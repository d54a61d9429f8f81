/** How a stored run ended, told from its rows: what `run.finished` says when the log is read later. */
import type { RecoveredRun, RunSummary } from "../journal/journal.ts";
import type { Plan } from "../plan/plan.ts";
import { explainStall, type StalledItem } from "../scheduler/stall.ts";
import { reasonOnWire } from "./wire.ts";

export function storedResultOnWire(
  plan: Plan,
  summary: RunSummary,
  stored: RecoveredRun,
  liveItemsPeak: number,
): object {
  const failed = stored.items.filter(({ status }) => status === "failed").sort((a, b) => a.seq - b.seq);
  const keyOf = (item: number): string => plan.tasks[item]!.key;
  return {
    outcome: summary.status,
    counts: summary.counts,
    duration_ms: Math.max(0, (summary.finishedAt ?? 0) - (summary.startedAt ?? summary.createdAt)),
    live_items_peak: liveItemsPeak,
    failures: failed.map(({ item, reason }) => ({
      item: keyOf(item),
      reason: reasonOnWire(reason ?? { code: "unknown" }),
    })),
    blocked: stalledItems(plan, stored).map(({ item, by, kind }) => ({
      item: keyOf(item),
      by: by.map(keyOf),
      reason: kind,
    })),
  };
}

function stalledItems(plan: Plan, stored: RecoveredRun): StalledItem[] {
  const statuses = new Map(stored.items.map(({ item, status }) => [item, status]));
  return explainStall({
    graph: plan.graph,
    statusOf: (item) => statuses.get(item) ?? "todo",
    needsClaim: (item) => plan.tasks[item]!.run === undefined,
  });
}
