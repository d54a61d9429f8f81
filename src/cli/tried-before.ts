/**
 * How long the last attempts took of items that were cancelled when no attempt of them was under way. Their rows do not tell: they were
 * settled a pause, or the time until somebody went on with the run, after that attempt.
 */
import { auditPages } from "../journal/audit-pages.ts";
import type { ItemRow, JournalEntry, JournalReader } from "../journal/journal.ts";

/** By item, in milliseconds; `undefined`: the process that ran the attempt died, and nobody knows when it ended. */
export async function triedOf(
  reader: Pick<JournalReader, "audit">,
  runId: string,
  rows: readonly ItemRow[],
): Promise<Map<number, number | undefined>> {
  const found = new Map<number, number | undefined>();
  if (!rows.some(wasTried)) return found;
  const atRest = new Set<number>();
  for await (const page of auditPages(reader, runId, { event: "cancel", withGaps: true }))
    for (const { item, from, to } of page) if (item >= 0 && from !== "claimed" && from !== to) atRest.add(item);
  for (const row of rows) {
    if (wasTried(row) && atRest.has(row.item)) found.set(row.item, await lastAttemptMs(reader, runId, row.item));
  }
  return found;
}

function wasTried({ status, attempt }: ItemRow): boolean {
  return status === "cancelled" && attempt > 0;
}

async function lastAttemptMs(
  reader: Pick<JournalReader, "audit">,
  runId: string,
  item: number,
): Promise<number | undefined> {
  let claim: JournalEntry | undefined;
  let ms: number | undefined;
  for await (const page of auditPages(reader, runId, { item, withGaps: true }))
    for (const entry of page) {
      if (entry.from === entry.to) continue;
      if (entry.from === "claimed" && claim !== undefined)
        ms = claim.epoch === entry.epoch ? Math.max(0, entry.mono - claim.mono) : undefined;
      if (entry.to === "claimed") claim = entry;
    }
  return ms;
}
