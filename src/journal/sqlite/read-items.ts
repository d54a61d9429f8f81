import type { Reason } from "../../items/reason.ts";
import { STAGE_NOTES, stageAfter, type ItemStage } from "../../items/stage.ts";
import { ANSWER, delayedUntil, isItemStatus, NOT_YET, rowOf } from "../fold.ts";
import type { ItemRow, JournalEntry } from "../journal.ts";
import type { Database, SqlRow } from "./database.ts";
import { damaged, jsonOf, numberOf, textOf } from "./stored-run.ts";

/**
 * Rows of `items`, each with what the entries that it points to say; an entry of another item is as none. Most items were
 * moved by their last entry and claimed once, so the joins for the other cases mostly look nothing up.
 */
export const ITEM_ROWS_SQL = `
  SELECT i.item, i.status, last.attempt, last.refunded, last.token, i.seq,
    iif(i.status_seq = i.seq, last.actor, moved.actor),
    iif(i.status_seq = i.seq, last.at, moved.at),
    iif(i.status_seq = i.seq, last.data, moved.data),
    i.claim_seq IS NOT NULL, claim.at,
    i.first_claim_seq IS NOT NULL, iif(i.first_claim_seq = i.claim_seq, claim.at, first.at),
    given.reason,
    iif(i.status_seq = i.seq, iif(last.from_status = last.to_status, NULL, last.event),
      iif(moved.from_status = moved.to_status, NULL, moved.event)), i.status_seq, i.claim_seq, last.at
  FROM items AS i
    LEFT JOIN transitions AS last ON last.run = i.run AND last.seq = i.seq AND last.item = i.item AND last.to_status = i.status
    LEFT JOIN transitions AS moved
      ON moved.run = i.run AND moved.seq = nullif(i.status_seq, i.seq) AND moved.item = i.item AND moved.to_status = i.status
    LEFT JOIN transitions AS claim ON claim.run = i.run AND claim.seq = i.claim_seq AND claim.item = i.item
    LEFT JOIN transitions AS first
      ON first.run = i.run AND first.seq = nullif(i.first_claim_seq, i.claim_seq) AND first.item = i.item
    LEFT JOIN transitions AS given ON given.run = i.run AND given.seq = i.reason_seq AND given.item = i.item
  WHERE i.run = ? ORDER BY i.item`;

/** What the last note about a stage of an item says. */
export interface StageNote {
  readonly seq: number;
  readonly stage: ItemStage;
  readonly reason: Reason | undefined;
}

/** By item. Most runs have none, and finding that out is one pass over the events, so no row has to hold it. @throws JournalCorruptError */
export function stageNotes(database: Database, key: number): Map<number, StageNote> {
  const words = STAGE_NOTES.map((word) => `'${word}'`).join(", ");
  // Of a bare column beside max(), SQLite gives the value of the row that has the maximum.
  const sql = `SELECT item, max(seq), event, reason FROM transitions
    WHERE run = ? AND event IN (${words}) AND from_status = to_status AND item >= 0 GROUP BY item`;
  const notes = new Map<number, StageNote>();
  for (const [item, seq, event, reason] of database.prepare(sql).iterate(key)) {
    const stage = stageAfter(textOf(event));
    if (stage === undefined) continue;
    notes.set(numberOf(item), { seq: numberOf(seq), stage, reason: reasonOf(reason) });
  }
  return notes;
}

/** @throws JournalCorruptError */
export function itemRow(row: SqlRow, note: StageNote | undefined): ItemRow {
  const status = textOf(row[1]);
  if (!isItemStatus(status)) throw damaged("the status of an item", status);
  const settled = status === "done" || status === "failed" || status === "cancelled";
  const settledSeq = numberOf(row[15]);
  // A transition ends what a note began.
  const stage = note !== undefined && note.seq >= settledSeq ? note : undefined;
  return rowOf(
    {
      item: numberOf(row[0]),
      status,
      attempt: numberOf(row[2]),
      refunded: numberOf(row[3]),
      token: numberOf(row[4]),
      seq: numberOf(row[5]),
      updatedAt: numberOf(row[17]),
    },
    {
      holder: status === "claimed" ? textOf(row[6]) : undefined,
      settledAt: settled ? numberOf(row[7]) : undefined,
      output: status === "done" ? jsonOf(row[8]) : undefined,
      claimedAt: row[9] === 1 ? numberOf(row[10]) : undefined,
      claimToken: row[9] === 1 ? numberOf(row[16]) : undefined,
      firstClaimedAt: row[11] === 1 ? numberOf(row[12]) : undefined,
      reason: reasonOf(row[13]),
      delayedUntil: status === "todo" ? waitOf(row) : undefined,
      stage: stage?.stage,
      stageReason: stage?.reason,
      settledSeq: settled && settledSeq !== row[5] ? settledSeq : undefined,
    },
  );
}

function waitOf(row: SqlRow): number | undefined {
  if (row[14] !== "requeue") return undefined;
  return delayedUntil({ event: "requeue", to: "todo", at: numberOf(row[7]), data: jsonOf(row[8]) ?? null });
}

export const ENTRIES_SQL = `
  SELECT seq, at, mono, epoch, item, event, from_status, to_status, attempt, refunded, token, actor, reason, data FROM transitions
  WHERE run = ? AND seq > ?`;

/** Of these rows, until their reasons and data are that long; one at least, if there is one. */
export function entriesWithin(rows: Iterable<SqlRow>, bytesMax: number): JournalEntry[] {
  const entries: JournalEntry[] = [];
  let bytes = 0;
  for (const row of rows) {
    entries.push(entryOf(row));
    bytes += textBytes(row.at(-1)) + textBytes(row.at(-2));
    if (bytes >= bytesMax) break;
  }
  return entries;
}

/** About: what is not in Latin script takes more. */
function textBytes(value: SqlRow[number] | undefined): number {
  return typeof value === "string" ? value.length : 0;
}

/** Entries about the run, and those that changed its plan. */
export const SPECIAL_ENTRIES_SQL = `${ENTRIES_SQL} AND event <> '${ANSWER}' AND (item = -1 OR from_status = '${NOT_YET}' OR event = 'edit') ORDER BY seq`;

/** The latest answers, newest first; by an index of their own. */
export const ANSWERS_SQL = `${ENTRIES_SQL} AND event = '${ANSWER}' ORDER BY seq DESC LIMIT ?`;

/** @throws JournalCorruptError */
export function entryOf(row: SqlRow): JournalEntry {
  const reason = reasonOf(row[12]);
  const data = jsonOf(row[13]);
  return {
    seq: numberOf(row[0]),
    at: numberOf(row[1]),
    mono: numberOf(row[2]),
    epoch: numberOf(row[3]),
    item: numberOf(row[4]),
    event: textOf(row[5]),
    from: textOf(row[6]),
    to: textOf(row[7]),
    attempt: numberOf(row[8]),
    refunded: numberOf(row[9]),
    token: numberOf(row[10]),
    actor: textOf(row[11]),
    ...(reason === undefined ? {} : { reason }),
    ...(data === undefined ? {} : { data }),
  };
}

function reasonOf(value: SqlRow[number] | undefined): Reason | undefined {
  const reason = jsonOf(value);
  if (reason === undefined) return undefined;
  if (typeof reason !== "object" || reason === null || !("code" in reason)) throw damaged("a reason", value);
  // Written from a `Reason`, and the code was looked at; the rest is optional.
  return reason as unknown as Reason;
}
