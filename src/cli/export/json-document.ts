/** A whole run as one JSON document, in pieces: of a big run the text is longer than one string should be. */
import { itemIdOf } from "../../base/item-ids.ts";
import { reasonOnWire } from "../../engine/event-on-wire.ts";
import { needsOf } from "../../graph/graph.ts";
import { safeJsonText, summaryOnWire } from "../wire.ts";
import { formatTime } from "../view/format.ts";
import type { ExportedItem, RunHistory } from "./history.ts";

export function* jsonDocumentOf(history: RunHistory): Generator<string> {
  const { summary, interrupted, stored } = history;
  const head = { ...summaryOnWire(summary), interrupted, plan: JSON.parse(stored.record.planText) as unknown };
  // The list of items comes in the place of the closing brace.
  yield `${safeJsonText(JSON.stringify(head)).slice(0, -1)},"items":[`;
  for (const [index, item] of history.items.entries())
    yield `${index === 0 ? "" : ","}\n${safeJsonText(JSON.stringify(itemOnWire(history, item)))}`;
  yield "\n]}\n";
}

function itemOnWire({ plan, summary }: RunHistory, { number, key, row, attempts, stages }: ExportedItem): object {
  const task = plan.taskOf(number)!;
  const { title, type, priority } = task;
  return {
    item: key,
    item_id: itemIdOf(summary.id, number),
    title: title ?? null,
    task_type: type ?? null,
    priority,
    needs: [...needsOf(plan.graph, number)].map((need) => plan.taskOf(need)!.key),
    status: row?.status ?? "todo",
    attempt: row?.attempt ?? 0,
    reason: row?.reason === undefined ? null : reasonOnWire(row.reason),
    output: row?.output ?? null,
    attempts: attempts.map(({ attempt, actor, from, to, end, reason }) => ({
      attempt,
      actor,
      started_at: formatTime(Math.round(from)),
      ended_at: end === "live" ? null : formatTime(Math.round(to)),
      duration_ms: Math.round(to - from),
      end,
      reason: reason === undefined ? null : reasonOnWire(reason),
    })),
    stages: stages.map(({ stage, from, to }) => ({
      stage,
      started_at: formatTime(Math.round(from)),
      duration_ms: Math.round(to - from),
    })),
  };
}
