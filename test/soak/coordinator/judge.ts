/** What has to hold when a campaign is over: of each item's history, of the journal, and of what followers were shown. */
import { isDeepStrictEqual } from "node:util";
import { foldAudit } from "../../../src/journal/fold.ts";
import type { JournalEntry } from "../../../src/journal/journal.ts";
import type { StreamedEvent } from "../../support/event-reader.ts";
import { checkHistory } from "../linear/check.ts";
import { itemModel, type ItemOperation } from "./item-model.ts";
import type { Acknowledged } from "./world.ts";

/** Each item's history has an order that explains every answer; one that the search cannot decide is a fault too. */
export function historyFaults(histories: ReadonlyMap<string, readonly ItemOperation[]>): string[] {
  const faults: string[] = [];
  for (const [key, history] of histories) {
    const found = checkHistory(itemModel, history);
    if (found.verdict === "legal") continue;
    const where =
      found.verdict === "illegal" ? ` at ${JSON.stringify(found.at)}, after\n${before(history, found.at)}` : "";
    faults.push(`${key}: its history of ${history.length} operations is ${found.verdict}${where}`);
  }
  return faults;
}

function before(history: readonly ItemOperation[], at: ItemOperation): string {
  const sooner = history.filter(({ called }) => called <= at.returned).toSorted((a, b) => a.called - b.called);
  return sooner.map((each) => `  ${JSON.stringify(each)}`).join("\n");
}

export interface Journaled {
  readonly entries: readonly JournalEntry[];
  readonly keyOf: (item: number) => string;
}

/** I7, I1: whatever was acknowledged is in the journal as it was told, and no token was given twice. */
export function lostFaults(acknowledged: readonly Acknowledged[], { entries, keyOf }: Journaled): string[] {
  const faults: string[] = [];
  const tokens = new Map<number, string>();
  for (const each of acknowledged) {
    const { key, seq, status, token } = each;
    const entry = entries[seq - 1];
    if (entry === undefined || entry.seq !== seq || entry.item < 0 || keyOf(entry.item) !== key || entry.to !== status)
      faults.push(`acknowledged, but not in the journal: ${JSON.stringify(each)}`);
    if (token === undefined) continue;
    const other = tokens.get(token);
    if (other !== undefined && other !== key) faults.push(`token ${token} was given for ${other} and for ${key}`);
    if (entries[token - 1]?.event !== "claim") faults.push(`token ${token} of ${key} is no claim of the journal`);
    tokens.set(token, key);
  }
  return faults;
}

/** I9: the items as the server shows them are what its own log comes to. */
export function foldFaults(
  shown: readonly { readonly key: string; readonly status: string; readonly attempt: number; readonly seq: number }[],
  { entries, keyOf }: Journaled,
): string[] {
  const folded = new Map(foldAudit(entries).items.map((row) => [keyOf(row.item), row]));
  return shown.flatMap((item) => {
    const row = folded.get(item.key);
    const same =
      row !== undefined && row.status === item.status && row.attempt === item.attempt && row.seq === item.seq;
    return same ? [] : [`shown as ${JSON.stringify(item)}, but the log comes to ${JSON.stringify(row)}`];
  });
}

/** I12: each event once, in order, without a gap, and the same as the audit log has it. */
export function streamFaults(
  name: string,
  events: readonly StreamedEvent[],
  rows: readonly Readonly<Record<string, unknown>>[],
): string[] {
  if (events.length === 0) return [`${name}: saw nothing`];
  for (const [index, { id, data }] of events.entries()) {
    if (id !== index + 1) return [`${name}: event ${index + 1} has the id ${id}`];
    if (!isDeepStrictEqual(data, rows[index]))
      return [`${name}: was shown ${JSON.stringify(data)}, but the log has ${JSON.stringify(rows[index])}`];
  }
  return [];
}
