/**
 * Is a stored run what was written? Read in whole before a run goes on or is shown, in three passes that SQLite does most of:
 * the structure of the file; the checksum of every transition; and the run folded anew from its transitions, compared with the
 * head and with every row of `items` (I9). The first difference stops it; nothing is repaired or left out.
 */
import { statSync } from "node:fs";
import { messageOf } from "../../base/error-message.ts";
import { SignalboxError } from "../../base/errors.ts";
import { ITEM_STATUSES, NOT_YET } from "../fold.ts";
import { RunLedger } from "../ledger.ts";
import { JOURNAL_LIMITS } from "../limits.ts";
import type { Database, SqlRow } from "./database.ts";
import { corrupt, numberOf, readStoredRun, textOf, type StoredRun } from "./stored-run.ts";
import { checkingKept } from "./kept-entries.ts";
import { baseSum, crc32, headSum, linesInPiece, recordSum, TRANSITION_LINE_SQL, type HeadSums } from "./sums.ts";

export interface CheckedRun {
  readonly key: number;
  readonly ledger: RunLedger;
  readonly sums: HeadSums;
}

/** @throws JournalCorruptError saying what was found, SignalboxError `run_not_found` */
export function checkedRun(database: Database, runId: string): CheckedRun {
  try {
    checkStructure(database);
  } catch (error) {
    throw damageOf(database, error);
  }
  return finished(checkingRun(database, runId));
}

/**
 * The check without that of the file's structure, in steps of a few milliseconds; all of them within one transaction. It
 * holds as well for a run that another process is writing: a commit changes entries, items and head together.
 * @throws JournalCorruptError, SignalboxError `run_not_found`
 */
export function* checkingRun(database: Database, runId: string): Generator<undefined, CheckedRun> {
  try {
    const stored = readStoredRun(database, runId);
    checkRecord(database, stored);
    checkHeadAndBase(database, stored);
    yield* checkingKept(database, stored);
    yield* checkTransitions(database, stored, startOf(stored));
    const ledger = yield* foldAgain(database, stored);
    return { key: stored.key, ledger, sums: { ...stored.sums } };
  } catch (error) {
    throw damageOf(database, error);
  }
}

/** How far the entries of a run are known to be sound, and their checksum up to there. */
export interface SoundPart {
  readonly seq: number;
  readonly sum: number;
}

/** Where the entries begin of which none was removed. */
export function startOf({ base }: StoredRun): SoundPart {
  return base === undefined ? { seq: 0, sum: 0 } : { seq: base.seq, sum: base.transitions };
}

/** Checks the record, the head and the entries behind a sound part, so that reading on costs only what is new. @throws JournalCorruptError */
export function checkedEntries(database: Database, stored: StoredRun, sound?: SoundPart): SoundPart {
  try {
    // The sum over a long plan takes longer than reading a page does: it is made again only when something was written since.
    if (sound?.seq !== stored.head.seq) checkRecord(database, stored);
    checkHeadAndBase(database, stored);
    const start = startOf(stored);
    return finished(checkTransitions(database, stored, sound === undefined || sound.seq < start.seq ? start : sound));
  } catch (error) {
    throw damageOf(database, error);
  }
}

/**
 * Checks the head of a run: how far it is, its counts and times. The record's checksum needs the plan, which no list reads.
 * @throws JournalCorruptError
 */
export function checkedHead(database: Database, stored: StoredRun): StoredRun {
  expectSame(database, "the checksum of its head", stored.headSum, headSum(stored.head, stored.sums));
  return stored;
}

function finished<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

function damageOf(database: Database, error: unknown): unknown {
  if (error instanceof SignalboxError && error.code !== "internal") return error;
  const found = messageOf(error);
  return corrupt(database, `its content makes no sense: ${found}`, error);
}

function checkRecord(database: Database, stored: StoredRun): void {
  const sum = recordSum(stored.record, stored.optionsText);
  expectSame(database, "the checksum of its plan and options", stored.recordSum, sum);
}

function checkHeadAndBase(database: Database, stored: StoredRun): void {
  checkedHead(database, stored);
  const { base } = stored;
  if (base !== undefined) expectSame(database, "the checksum of its base", base.checkSum, baseSum(stored.key, base));
}

function expectSame(database: Database, what: string, expected: number, got: number): void {
  if (expected !== got) throw corrupt(database, `${what} is ${got}, not ${expected}`);
}

function checkStructure(database: Database): void {
  if (statSync(database.path).size > JOURNAL_LIMITS.quickCheckBytesMax) return;
  const found = database
    .prepare("PRAGMA quick_check(3)")
    .all()
    .map((row) => row[0]);
  const words = found.join("; ");
  if (words !== "ok") throw corrupt(database, `its structure is broken: ${words}`);
}

/** The checksum behind a sound part, up to an entry. @throws JournalCorruptError when one is missing */
export function* summing(
  database: Database,
  stored: StoredRun,
  sound: SoundPart,
  upTo: number,
): Generator<undefined, SoundPart> {
  const { key } = stored;
  const piece = database.prepare(
    `SELECT count(*), CAST(group_concat(line, '') AS BLOB) FROM
      (SELECT ${TRANSITION_LINE_SQL} AS line FROM transitions WHERE run = ? AND seq BETWEEN ? AND ? ORDER BY seq)`,
  );
  const step = linesInPiece(stored.sums.longestLine);
  let { sum } = sound;
  for (let first = sound.seq + 1; first <= upTo; first += step) {
    const last = Math.min(upTo, first + step - 1);
    const [count, bytes] = piece.get(key, first, last)!;
    const missing = last - first + 1 - numberOf(count);
    if (missing !== 0)
      throw corrupt(database, `${missing} of the entries ${first} to ${last} of run ${key} are missing`);
    if (!(bytes instanceof Uint8Array))
      throw corrupt(database, `entries ${first} to ${last} of run ${key} are not text`);
    sum = crc32(bytes, sum);
    yield;
  }
  return { seq: upTo, sum };
}

function* checkTransitions(database: Database, stored: StoredRun, sound: SoundPart): Generator<undefined, SoundPart> {
  const { key, head, sums } = stored;
  const { sum } = yield* summing(database, stored, sound, head.seq);
  if (sum !== sums.transitions) {
    throw corrupt(database, `the checksum of the ${head.seq} entries of run ${key} is ${sum}, not ${sums.transitions}`);
  }
  const beyond = database.number("SELECT count(*) FROM transitions WHERE run = ? AND seq > ?", key, head.seq);
  if (beyond > 0) throw corrupt(database, `run ${key} has ${beyond} entries beyond its last one, ${head.seq}`);
  return { seq: head.seq, sum };
}

/** For each item the entries that its row has to point to; 0 is none. */
class Pointers {
  readonly seq: Float64Array;
  readonly status: Float64Array;
  readonly claim: Float64Array;
  readonly firstClaim: Float64Array;
  readonly reason: Float64Array;

  constructor(size: number) {
    this.seq = new Float64Array(size);
    this.status = new Float64Array(size);
    this.claim = new Float64Array(size);
    this.firstClaim = new Float64Array(size);
    this.reason = new Float64Array(size);
  }

  apply(seq: number, item: number, { from, to, unspent, hasReason }: Move): void {
    const moved = from !== to;
    const claimed = moved && to === "claimed";
    if (moved || this.seq[item] === 0) this.status[item] = seq;
    this.seq[item] = seq;
    if (claimed) this.claim[item] = seq;
    if (unspent && to !== "claimed") this.firstClaim[item] = 0;
    else if (claimed && this.firstClaim[item] === 0) this.firstClaim[item] = seq;
    if (moved && (claimed || hasReason)) this.reason[item] = hasReason ? seq : 0;
  }
}

interface Move {
  readonly from: string;
  readonly to: string;
  readonly unspent: boolean;
  readonly hasReason: boolean;
}

/** States by the number that `statusSql` gives them: eight, and the last is whatever is none. */
const STATES: readonly string[] = [...ITEM_STATUSES, NOT_YET, "unknown", "unknown"];

/** Every kind of move by its number, as `MOVE_SQL` counts them. */
const MOVES: readonly Move[] = Array.from({ length: 256 }, (_, move) => ({
  from: STATES[move >> 5]!,
  to: STATES[(move >> 2) & 7]!,
  unspent: (move & 2) !== 0,
  hasReason: (move & 1) !== 0,
}));

const statusSql = (column: string): string =>
  `CASE ${column} ${STATES.map((status, code) => `WHEN '${status}' THEN ${code}`).join(" ")} ELSE 7 END`;
const MOVE_SQL = `(${statusSql("from_status")}) * 32 + (${statusSql("to_status")}) * 4 + (attempt = refunded) * 2 + (reason IS NOT NULL)`;
const MOVES_A_PIECE = 2_000;

/**
 * Each entry comes as one number, item and kind of move, and thousands of them as one text: a third of the time that
 * rows take. Entries about the run are few and come as rows.
 */
function* foldAgain(database: Database, stored: StoredRun): Generator<undefined, RunLedger> {
  const { key, record, head } = stored;
  const ledger = new RunLedger(record.size, head.epoch);
  const pointers = new Pointers(record.size + head.added);
  const start = startOf(stored).seq;
  yield* foldKept(database, key, start, (seq, packed) => {
    const item = Math.floor(packed / 256) - 1;
    if (item === -1) return;
    const move = MOVES[packed & 255]!;
    // What was between is gone.
    if (move.from === NOT_YET) ledger.moveItem({ seq, item, from: move.from, to: move.to });
    else ledger.putItem({ seq, item, to: move.to });
    pointers.apply(seq, item, move);
  });
  const piece = database.prepare(
    `SELECT json_group_array(move) FROM
      (SELECT (item + 1) * 256 + ${MOVE_SQL} AS move FROM transitions WHERE run = ? AND seq BETWEEN ? AND ? ORDER BY seq)`,
  );
  for (let first = start + 1; first <= head.seq; first += MOVES_A_PIECE) {
    const moves = JSON.parse(textOf(piece.get(key, first, first + MOVES_A_PIECE - 1)?.[0])) as number[];
    for (const [index, packed] of moves.entries()) {
      const item = Math.floor(packed / 256) - 1;
      if (item === -1) continue;
      const move = MOVES[packed & 255]!;
      ledger.moveItem({ seq: first + index, item, from: move.from, to: move.to });
      pointers.apply(first + index, item, move);
    }
    yield;
  }
  const ofRun = database.prepare(
    "SELECT seq, from_status, to_status, at FROM transitions WHERE run = ? AND item = -1 ORDER BY seq",
  );
  for (const [seq, from, to, at] of ofRun.iterate(key)) {
    ledger.moveRun({ seq: numberOf(seq), from: textOf(from), to: textOf(to), at: numberOf(at) });
  }
  ledger.head.seq = head.seq;
  compareHead(database, stored, ledger);
  yield* compareItems(database, key, ledger, pointers);
  return ledger;
}

/** What is left of the entries up to the base, each as its seq and its move. */
function* foldKept(
  database: Database,
  key: number,
  baseSeq: number,
  take: (seq: number, packed: number) => void,
): Generator<undefined, void> {
  const piece = database.prepare(
    `SELECT json_group_array(seq), json_group_array(move) FROM (SELECT seq, (item + 1) * 256 + ${MOVE_SQL} AS move
      FROM transitions WHERE run = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ${MOVES_A_PIECE})`,
  );
  for (let after = 0; ;) {
    const row = piece.get(key, after, baseSeq);
    const seqs = JSON.parse(textOf(row?.[0])) as number[];
    const moves = JSON.parse(textOf(row?.[1])) as number[];
    for (const [index, seq] of seqs.entries()) take(seq, moves[index]!);
    if (seqs.length < MOVES_A_PIECE) return;
    after = seqs.at(-1)!;
    yield;
  }
}

function compareHead(database: Database, { key, head }: StoredRun, { head: folded }: RunLedger): void {
  const expected = JSON.stringify([
    folded.seq,
    folded.status,
    folded.startedAt,
    folded.finishedAt,
    folded.added,
    Object.values(folded.counts),
  ]);
  const got = JSON.stringify([
    head.seq,
    head.status,
    head.startedAt,
    head.finishedAt,
    head.added,
    Object.values(head.counts),
  ]);
  if (expected !== got)
    throw corrupt(database, `the head of run ${key} says ${got}, but its entries add up to ${expected}`);
}

function* compareItems(
  database: Database,
  key: number,
  ledger: RunLedger,
  pointers: Pointers,
): Generator<undefined, void> {
  const sql = "SELECT item, status, seq, status_seq, claim_seq, first_claim_seq, reason_seq FROM items WHERE run = ?";
  let rows = 0;
  for (const row of database.prepare(sql).iterate(key)) {
    if (++rows % MOVES_A_PIECE === 0) yield;
    if (!rowAgrees(row, ledger, pointers))
      throw corrupt(database, `the row of item ${String(row[0])} of run ${key} is not what its entries add up to`);
  }
  let expected = 0;
  for (const seq of pointers.seq) if (seq > 0) expected++;
  if (rows !== expected)
    throw corrupt(database, `run ${key} has ${rows} rows of items, but its entries are about ${expected}`);
}

function rowAgrees([number, status, ...seqs]: SqlRow, ledger: RunLedger, pointers: Pointers): boolean {
  const item = numberOf(number);
  if (!(item >= 0 && item < ledger.size) || status !== ledger.statusOf(item)) return false;
  const { seq, status: moved, claim, firstClaim, reason } = pointers;
  return [seq, moved, claim, firstClaim, reason].every((column, at) => column[item] === (seqs[at] ?? 0));
}
