/** What a run that tries another one again takes over from it. */
import { needsOf } from "../graph/graph.ts";
import { orderOf } from "../graph/order.ts";
import type { Json } from "../base/json.ts";
import { settledSeqOf } from "../journal/fold.ts";
import type { ItemRow, Journal, RunRecord } from "../journal/journal.ts";
import type { Plan } from "../plan/plan.ts";

/** The run that this one takes over what was done from; `undefined` for most. */
export function retryOf({ options }: RunRecord): string | undefined {
  if (typeof options !== "object" || options === null || Array.isArray(options)) return undefined;
  const id = (options as Readonly<Record<string, Json>>)["retryOf"];
  return typeof id === "string" ? id : undefined;
}

/** What was done in a run and is still there, in the order in which it was done. */
export async function doneIn(journal: Journal, runId: string, plan: Plan): Promise<readonly ItemRow[]> {
  return stillDone((await journal.read(runId)).items, plan);
}

/** Without what a rollback took back, or tried to, and everything that was done on top of that. */
export function stillDone(items: readonly ItemRow[], { graph }: Plan): readonly ItemRow[] {
  const rows = new Map(items.map((row) => [row.item, row]));
  const gone = new Set<number>();
  const done: ItemRow[] = [];
  for (const item of orderOf(graph)) {
    const row = rows.get(item);
    const isUndone = row?.status === "done" && row.stage !== undefined;
    if (isUndone || needsOf(graph, item).some((need) => gone.has(need))) gone.add(item);
    else if (row?.status === "done") done.push(row);
  }
  return done.sort((a, b) => settledSeqOf(a) - settledSeqOf(b));
}
