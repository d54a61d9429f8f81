import { JournalCorruptError, SignalboxError } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";
import { isRunStatus } from "../fold.ts";
import type { RunRecord } from "../journal.ts";
import type { RunHead } from "../ledger.ts";
import type { Database, SqlRow, SqlValue } from "./database.ts";
import type { Base, HeadSums } from "./sums.ts";

/** A run's record and head as they stand in the tables. */
export interface StoredRun {
  readonly key: number;
  readonly record: RunRecord;
  readonly optionsText: string;
  readonly recordSum: number;
  readonly head: RunHead;
  readonly sums: HeadSums;
  readonly headSum: number;
  /** When its log was compacted. */
  readonly base: StoredBase | undefined;
}

export interface StoredBase extends Base {
  readonly checkSum: number;
}

const COLUMNS = `runs.key, runs.id, name, created_at, plan_hash, plan_file, size, machine_version, options, runs.sum,
  seq, epoch, status, started_at, finished_at, claimed, done, failed, cancelled, longest_line, transitions_sum, heads.sum, added,
  base_seq, base_sum, kept, kept_sum, exported, check_sum`;
const TABLES = "runs JOIN heads ON heads.run = key LEFT JOIN bases ON bases.run = key";

/** @throws SignalboxError `run_not_found`, JournalCorruptError */
export function readStoredRun(database: Database, runId: string): StoredRun {
  const row = database.prepare(`SELECT ${COLUMNS}, plan_text FROM ${TABLES} WHERE id = ?`).get(runId);
  if (row !== undefined) return storedRun(row);
  throw new SignalboxError(
    "run_not_found",
    `No run ${runId} is stored in ${database.path}. \`signalbox runs\` lists those that are.`,
  );
}

/** Newest first, without the text of the plans. */
export function readStoredRuns(database: Database, limit: number): StoredRun[] {
  const sql = `SELECT ${COLUMNS}, '' FROM ${TABLES} ORDER BY key DESC LIMIT ?`;
  return database.prepare(sql).all(limit).map(storedRun);
}

function storedRun(row: SqlRow): StoredRun {
  const number = (at: number): number => numberOf(row[at]);
  const text = (at: number): string => textOf(row[at]);
  const status = text(12);
  if (!isRunStatus(status)) throw damaged("the status of a run", status);
  const size = number(6);
  const [claimed, done, failed, cancelled] = [number(15), number(16), number(17), number(18)];
  const added = number(22);
  const counts = { todo: size + added - claimed - done - failed - cancelled, claimed, done, failed, cancelled };
  const record: RunRecord = {
    id: text(1),
    name: text(2),
    createdAt: number(3),
    planText: text(29),
    planHash: text(4),
    ...(row[5] === null ? {} : { planFile: text(5) }),
    size,
    machineVersion: text(7),
    options: jsonOf(row[8]) ?? null,
  };
  return {
    key: number(0),
    record,
    optionsText: text(8),
    recordSum: number(9),
    head: {
      seq: number(10),
      epoch: number(11),
      status,
      startedAt: optional(row[13]),
      finishedAt: optional(row[14]),
      added,
      counts,
    },
    sums: { longestLine: number(19), transitions: number(20) },
    headSum: number(21),
    base: row[23] === null ? undefined : baseOf(row),
  };
}

function baseOf(row: SqlRow): StoredBase {
  const [seq, transitions, kept, keptSum] = [23, 24, 25, 26].map((at) => numberOf(row[at])) as [
    number,
    number,
    number,
    number,
  ];
  const exported = row[27] === null ? undefined : textOf(row[27]);
  return { seq, transitions, kept, keptSum, exported, checkSum: numberOf(row[28]) };
}

export function numberOf(value: SqlValue | undefined): number {
  if (typeof value !== "number") throw damaged("a number", value);
  return value;
}

export function textOf(value: SqlValue | undefined): string {
  if (typeof value !== "string") throw damaged("text", value);
  return value;
}

export function optional(value: SqlValue | undefined): number | undefined {
  return value === null ? undefined : numberOf(value);
}

/** JSON from a column; NULL is `undefined`. */
export function jsonOf(value: SqlValue | undefined): Json | undefined {
  if (value === null) return undefined;
  try {
    return JSON.parse(textOf(value)) as Json;
  } catch (error) {
    throw damaged("JSON", value, error);
  }
}

export function damaged(expected: string, got: unknown, cause?: unknown): JournalCorruptError {
  const found = typeof got === "string" ? JSON.stringify(got.slice(0, 80)) : String(got);
  return new JournalCorruptError(
    `The journal is damaged: expected ${expected}, got ${found}. Nothing was changed. ${DAMAGE_ADVICE}`,
    { cause },
  );
}

/** What was found in a journal that cannot be so. */
export function corrupt({ path }: Database, found: string, cause?: unknown): JournalCorruptError {
  return new JournalCorruptError(`The journal ${path} is damaged: ${found}. Nothing was changed. ${DAMAGE_ADVICE}`, {
    cause,
  });
}

export const DAMAGE_ADVICE =
  "Keep a copy of the state directory and run the plan anew with another one (--state-dir); docs/internals/data-on-disk.md says how to look inside.";
