/** A stored run as its reports show it. */
import { needsOf } from "../../graph/graph.ts";
import type { ReportedItem, ReportedRun } from "../../report/reported-run.ts";
import { failureTail } from "../view/failure.ts";
import { describeReason } from "../view/reason.ts";
import type { ExportedItem, RunHistory } from "./history.ts";

export function reportedHistory(history: RunHistory): ReportedRun {
  const { summary, interrupted, items } = history;
  return {
    id: summary.id,
    name: summary.name,
    state: interrupted ? "interrupted" : summary.status,
    startedAt: summary.startedAt ?? summary.createdAt,
    endedAt: summary.finishedAt,
    interrupted,
    items: items.map((item) => reportedItem(history, item)),
  };
}

function reportedItem({ plan }: RunHistory, { number, key, row, attempts }: ExportedItem): ReportedItem {
  const { title, type, priority } = plan.taskOf(number)!;
  return {
    key,
    title,
    type,
    status: row?.status ?? "todo",
    priority,
    attempt: row?.attempt ?? 0,
    attempts,
    needs: [...needsOf(plan.graph, number)].map((need) => plan.taskOf(need)!.key),
    why: row?.reason === undefined ? "" : describeReason(row.reason),
    code: row?.reason?.code ?? "",
    tail: failureTail(row?.reason),
  };
}
