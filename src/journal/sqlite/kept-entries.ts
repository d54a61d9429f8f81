/** What a compaction has left of the entries up to a base: with gaps, and with a checksum of its own. */
import type { Database } from "./database.ts";
import { corrupt, numberOf, type StoredRun } from "./stored-run.ts";
import { crc32, linesInPiece, TRANSITION_LINE_SQL } from "./sums.ts";

export interface KeptEntries {
  readonly count: number;
  /** CRC-32 of them, in order. */
  readonly sum: number;
}

/** Counts and sums the entries up to a seq, a piece at a time. */
export function* summingKept(
  database: Database,
  key: number,
  upTo: number,
  longestLine: number,
): Generator<undefined, KeptEntries> {
  const step = linesInPiece(longestLine);
  const piece = database.prepare(
    `SELECT count(*), max(seq), CAST(group_concat(line, '') AS BLOB) FROM (SELECT seq, ${TRANSITION_LINE_SQL} AS line
      FROM transitions WHERE run = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ${step})`,
  );
  let [count, sum] = [0, 0];
  for (let after = 0; ;) {
    const [found, last, bytes] = piece.get(key, after, upTo)!;
    if (bytes instanceof Uint8Array) sum = crc32(bytes, sum);
    count += numberOf(found);
    if (found !== step) return { count, sum };
    after = numberOf(last);
    yield;
  }
}

/** @throws JournalCorruptError when what is left up to the base is not what was left */
export function* checkingKept(database: Database, { key, base, sums }: StoredRun): Generator<undefined, void> {
  if (base === undefined) return;
  const { count, sum } = yield* summingKept(database, key, base.seq, sums.longestLine);
  if (count !== base.kept)
    throw corrupt(database, `run ${key} has ${count} entries up to its base, ${base.seq}, not ${base.kept}`);
  if (sum !== base.keptSum)
    throw corrupt(
      database,
      `the checksum of the entries of run ${key} up to its base, ${base.seq}, is ${sum}, not ${base.keptSum}`,
    );
}
