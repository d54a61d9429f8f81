/** A transition as the stream and the audit log show it. */
import { eventOnWire, type WireEvent } from "../engine/event-on-wire.ts";
import { eventNameOf } from "../engine/event-name.ts";
import { itemIdOf } from "../base/item-ids.ts";
import type { Run } from "../engine/run.ts";
import type { JournalEntry } from "../journal/journal.ts";

export function entryOnWire(run: Pick<Run, "id" | "plan">, entry: JournalEntry): WireEvent {
  const { item } = entry;
  const about = item < 0 ? {} : { key: keyOf(run, entry), itemId: itemIdOf(run.id, item) };
  return eventOnWire({ ...entry, ...about, runId: run.id, name: eventNameOf(entry) });
}

/** An item that was just added may not be in the plan that is published. */
function keyOf({ plan }: Pick<Run, "plan">, { item, data }: JournalEntry): string {
  const known = plan.taskOf(item)?.key;
  if (known !== undefined) return known;
  const task = typeof data === "object" && data !== null && "task" in data ? data.task : undefined;
  return typeof task === "object" && task !== null && "key" in task && typeof task.key === "string"
    ? task.key
    : `item ${item}`;
}
