/**
 * Works out what a compaction removes, and exports it, while others read and write: everything here is about entries that never
 * change. It is `move-base.ts` that changes something.
 *
 * Y1 The run is checked whole first, as for a recovery: what is damaged is neither exported nor given a new checksum.
 * Y2 What goes is in the exported file, on the disk and read again, before the move is answered.
 */
import type { Env } from "../../base/env.ts";
import { CarriedEntries } from "../carried.ts";
import { exportLog } from "../exported-log.ts";
import type { Compaction, CompactOptions, JournalEntry } from "../journal.ts";
import { JOURNAL_LIMITS } from "../limits.ts";
import { checkUpTo } from "../log-start.ts";
import type { Database } from "./database.ts";
import type { BaseMove } from "./messages.ts";
import { ENTRIES_SQL, entriesWithin } from "./read-items.ts";
import { corrupt, numberOf, readStoredRun, type StoredRun } from "./stored-run.ts";
import { checkingRun, startOf, summing, type SoundPart } from "./verify.ts";

export interface PlannedCompaction {
  /** None when there is nothing to remove. */
  readonly move: BaseMove | undefined;
  readonly result: Compaction;
}

/** Entries between two turns of the event loop. */
const PAGE = 1_000;

/** @throws what `Journal.compact` throws */
export async function planCompaction(
  database: Database,
  env: Env,
  runId: string,
  { upTo, exportTo }: CompactOptions,
): Promise<PlannedCompaction> {
  const stored = readStoredRun(database, runId);
  checkUpTo(upTo, stored.head.seq);
  const from = startOf(stored);
  const before = stored.base?.kept ?? 0;
  const none = { move: undefined, result: { baseSeq: from.seq, removed: 0, kept: before } };
  if (upTo <= from.seq) return none;
  // In one transaction of its own: a commit changes entries, items and head together.
  database.exec("BEGIN");
  await inTurns(env, checkingRun(database, runId));
  database.exec("COMMIT");
  const carried = await carriedUpTo(database, env, stored, upTo);
  const removed = before + upTo - from.seq - carried.size;
  if (removed === 0) return none;
  const part = await inTurns(env, summing(database, stored, from, upTo));
  await checkJoin(database, env, stored, part);
  const { record, key } = stored;
  const log = { runId, name: record.name, after: from.seq, upTo, sumBefore: from.sum };
  const file =
    exportTo === false
      ? undefined
      : await exportLog(exportTo, log, pagesOf(database, env, key, from.seq, upTo), part.sum);
  const move: BaseMove = {
    runId,
    from: from.seq,
    seq: upTo,
    transitions: part.sum,
    kept: carried.size,
    removed: stretches(database, key, upTo, carried),
    exported: file,
  };
  const result = { baseSeq: upTo, removed, kept: carried.size, ...(file !== undefined && { file }) };
  return { move, result };
}

async function inTurns<T>(env: Env, steps: Generator<undefined, T>): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    await env.timers.nextTurn();
  }
}

async function carriedUpTo(
  database: Database,
  env: Env,
  { key }: StoredRun,
  upTo: number,
): Promise<CarriedEntries<undefined>> {
  const carried = new CarriedEntries<undefined>();
  for await (const page of pagesOf(database, env, key, 0, upTo))
    for (const entry of page) carried.take(entry, undefined);
  return carried;
}

/** The checksum of the part has to be on the way to that of the whole. */
async function checkJoin(database: Database, env: Env, stored: StoredRun, part: SoundPart): Promise<void> {
  const { sum } = await inTurns(env, summing(database, stored, part, stored.head.seq));
  if (sum !== stored.sums.transitions)
    throw corrupt(
      database,
      `the checksum of the entries of run ${stored.key} is ${sum}, not ${stored.sums.transitions}`,
    );
}

async function* pagesOf(
  database: Database,
  env: Env,
  key: number,
  after: number,
  upTo: number,
): AsyncGenerator<readonly JournalEntry[]> {
  const statement = database.prepare(`${ENTRIES_SQL} AND seq <= ? ORDER BY seq LIMIT ${PAGE}`);
  for (let last = after; last < upTo;) {
    const page = entriesWithin(statement.iterate(key, last, upTo), JOURNAL_LIMITS.auditPageBytesMax);
    if (page.length === 0) return;
    yield page;
    last = page.at(-1)!.seq;
    await env.timers.nextTurn();
  }
}

/** First and last seq of each stretch that no carried entry interrupts. */
function stretches(
  database: Database,
  key: number,
  upTo: number,
  carried: CarriedEntries<undefined>,
): Float64Array<ArrayBuffer> {
  const found: number[] = [];
  let goesOn = false;
  const sql = "SELECT seq FROM transitions WHERE run = ? AND seq <= ? ORDER BY seq";
  for (const [value] of database.prepare(sql).iterate(key, upTo)) {
    const seq = numberOf(value);
    if (carried.has(seq)) goesOn = false;
    else if (goesOn) found[found.length - 1] = seq;
    else {
      found.push(seq, seq);
      goesOn = true;
    }
  }
  return Float64Array.from(found);
}
