/** What a run that tries another one again takes over from it. */
import type { Json } from "../base/json.ts";
import type { ItemRow, Journal, RunRecord } from "../journal/journal.ts";
import type { RunSettings } from "./run-settings.ts";

/** The run that this one takes over what was done from; `undefined` for most. */
export function retryOf({ options }: RunRecord): string | undefined {
  if (typeof options !== "object" || options === null || Array.isArray(options)) return undefined;
  const id = (options as Readonly<Record<string, Json>>)["retryOf"];
  return typeof id === "string" ? id : undefined;
}

const UNDO_EVENTS: ReadonlySet<string> = new Set(["undo_start", "undo", "undo_failed"]);

/** What was done in a run and is still there: what a rollback took back, or tried to, has to be done again. */
export async function doneIn(journal: Journal, runId: string): Promise<readonly ItemRow[]> {
  const { items, record } = await journal.read(runId);
  const done = items.filter(({ status }) => status === "done");
  if ((record.options as unknown as RunSettings).onFailure !== "rollback") return done;
  const undone = new Set<number>();
  for (let after = 0; ;) {
    const page = await journal.audit(runId, { after });
    for (const { item, event } of page) if (UNDO_EVENTS.has(event)) undone.add(item);
    if (page.length === 0) break;
    after = page.at(-1)!.seq;
  }
  return done.filter(({ item }) => !undone.has(item));
}
