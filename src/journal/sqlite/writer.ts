/**
 * The writing half of the SQLite store; lives in the worker thread.
 *
 * I7 `write` returns after the commit: what it says is accepted survives a power cut.
 * I8 an append is written whole or not at all, and never in two transactions.
 * I9 head, items and transitions of a run change in the same transaction.
 * W1 the head that a run has here is the head in the file, once a transaction has ended.
 */
import { InternalError, SignalboxError, UsageError } from "../../base/errors.ts";
import { failpoint } from "../../base/failpoint.ts";
import type { RunRecord } from "../journal.ts";
import { RunLedger } from "../ledger.ts";
import type { Database, Statement } from "./database.ts";
import type { DecodedAppend } from "./encode.ts";
import type { BaseMove, TransitionRow } from "./messages.ts";
import { moveBase } from "./move-base.ts";
import { crc32, headSum, recordSum, transitionLine, type HeadSums } from "./sums.ts";
import { checkedRun } from "./verify.ts";

/** A run that this process writes. */
interface OpenRun {
  readonly key: number;
  readonly ledger: RunLedger;
  readonly sums: HeadSums;
  /** Transitions as text that the checksum does not hold yet; empty once a transaction has ended. */
  unsummed: string;
}

export interface Written {
  /** Appends that are durable now, from the first on. */
  readonly accepted: number;
  /** Why the next one was not taken; nothing after it was. */
  readonly error?: unknown;
}

const UPSERT_ITEM = `
  INSERT INTO items (run, item, status, seq, status_seq, claim_seq, first_claim_seq, reason_seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (run, item) DO UPDATE SET
    status = excluded.status,
    seq = excluded.seq,
    status_seq = CASE WHEN status = excluded.status THEN status_seq ELSE excluded.status_seq END,
    claim_seq = coalesce(excluded.claim_seq, claim_seq),
    first_claim_seq = CASE WHEN ? THEN NULL ELSE coalesce(first_claim_seq, excluded.first_claim_seq) END,
    reason_seq = CASE WHEN excluded.reason_seq IS NOT NULL OR excluded.claim_seq IS NOT NULL THEN excluded.reason_seq ELSE reason_seq END`;

/** The checksum goes on after so many characters, so that an append of a million entries needs no text of all of them. */
const SUM_CHARS = 65_536;

export class JournalWriter {
  readonly #database: Database;
  readonly #runs = new Map<string, OpenRun>();
  readonly #insert: Statement;
  readonly #upsert: Statement;
  readonly #updateHead: Statement;

  constructor(database: Database) {
    this.#database = database;
    this.#insert = database.prepare("INSERT INTO transitions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    this.#upsert = database.prepare(UPSERT_ITEM);
    this.#updateHead = database.prepare(
      `UPDATE heads SET seq = ?, epoch = ?, status = ?, started_at = ?, finished_at = ?, claimed = ?, done = ?, failed = ?,
        cancelled = ?, longest_line = ?, transitions_sum = ?, sum = ?, added = ? WHERE run = ?`,
    );
  }

  /** @throws UsageError when the id is taken, JournalUnavailableError */
  createRun(record: RunRecord, options: string): void {
    const ledger = new RunLedger(record.size);
    const sums = { transitions: 0, longestLine: 0 };
    const key = this.#database.transaction("BEGIN IMMEDIATE", () => {
      if (this.#database.value("SELECT key FROM runs WHERE id = ?", record.id) !== undefined) {
        throw new UsageError(`Expected the id of a new run, got ${record.id}, which is stored already.`);
      }
      const sum = recordSum(record, options);
      const { id, name, createdAt, planHash, planFile, size, machineVersion, planText } = record;
      const sql = `INSERT INTO runs (id, name, created_at, plan_hash, plan_file, size, machine_version, options, sum, plan_text)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING key`;
      const run = this.#database.number(
        sql,
        id,
        name,
        createdAt,
        planHash,
        planFile ?? null,
        size,
        machineVersion,
        options,
        sum,
        planText,
      );
      this.#database
        .prepare("INSERT INTO heads VALUES (?, 0, 1, 'planned', NULL, NULL, 0, 0, 0, 0, 0, 0, ?, 0)")
        .run(run, headSum(ledger.head, sums));
      failpoint?.("journal.create");
      return run;
    });
    failpoint?.("journal.created");
    this.#runs.set(record.id, { key, ledger, sums, unsummed: "" });
  }

  /** Checks a stored run whole, opens its next epoch, and gives its number. @throws JournalCorruptError, SignalboxError `run_not_found` */
  recover(runId: string): number {
    const run = { ...this.#database.transaction("BEGIN", () => checkedRun(this.#database, runId)), unsummed: "" };
    run.ledger.head.epoch++;
    failpoint?.("journal.recover");
    this.#database.transaction("BEGIN IMMEDIATE", () => this.#writeHead(run));
    this.#runs.set(runId, run);
    return run.ledger.head.epoch;
  }

  /** Moves the base of a stored run; whoever writes it goes on as before. Answers 0. @throws InternalError, JournalUnavailableError */
  compact(move: BaseMove): number {
    moveBase(this.#database, move);
    return 0;
  }

  /** Writes these appends in one transaction. After an error this writer is spent: its runs may be ahead of the file. */
  write(appends: readonly DecodedAppend[]): Written {
    try {
      return this.#database.transaction("BEGIN IMMEDIATE", () => this.#writeAll(appends));
    } catch (error) {
      return { accepted: 0, error };
    }
  }

  #writeAll(appends: readonly DecodedAppend[]): Written {
    failpoint?.("journal.write");
    const touched = new Set<OpenRun>();
    let accepted = 0;
    let refusal: { error: unknown } | undefined;
    for (const { runId, rows } of appends) {
      const run = this.#runs.get(runId);
      try {
        if (run === undefined)
          throw new InternalError(`run ${runId} was neither created nor recovered by this journal`);
        run.ledger.accept(rows);
      } catch (error) {
        // Refused before anything of it was written: what came before it is still whole and is committed.
        refusal = { error };
        break;
      }
      touched.add(run);
      this.#writeRows(run, rows);
      accepted++;
    }
    for (const run of touched) this.#writeHead(run);
    failpoint?.("journal.commit");
    return { accepted, ...refusal };
  }

  #writeRows(run: OpenRun, rows: readonly TransitionRow[]): void {
    for (const row of rows) {
      const line = transitionLine(row);
      run.sums.longestLine = Math.max(run.sums.longestLine, line.length);
      run.unsummed += line;
      if (run.unsummed.length > SUM_CHARS) sumUp(run);
      this.#insert.run(
        run.key,
        row.seq,
        row.at,
        row.mono,
        row.epoch,
        row.item,
        row.event,
        row.from,
        row.to,
        row.attempt,
        row.refunded,
        row.token,
        row.actor,
        row.reason,
        row.data,
      );
      if (row.item >= 0) this.#writeItem(run.key, row);
    }
  }

  #writeItem(key: number, row: TransitionRow): void {
    const { seq, to } = row;
    const moved = row.from !== to;
    const claim = moved && to === "claimed" ? seq : null;
    const reason = moved && row.reason !== null ? seq : null;
    const unspent = to !== "claimed" && row.attempt === row.refunded ? 1 : 0;
    this.#upsert.run(key, row.item, to, seq, seq, claim, claim, reason, unspent);
  }

  #writeHead(run: OpenRun): void {
    sumUp(run);
    const { key, ledger, sums } = run;
    const { seq, epoch, status, startedAt, finishedAt, added, counts } = ledger.head;
    const { claimed, done, failed, cancelled } = counts;
    const sum = headSum(ledger.head, sums);
    const changed = this.#updateHead.run(
      seq,
      epoch,
      status,
      startedAt ?? null,
      finishedAt ?? null,
      claimed,
      done,
      failed,
      cancelled,
      sums.longestLine,
      sums.transitions,
      sum,
      added,
      key,
    );
    if (changed !== 1)
      throw new SignalboxError("journal_corrupt", `Expected run ${key} to have a head in the journal, found none.`);
  }
}

function sumUp(run: OpenRun): void {
  run.sums.transitions = crc32(run.unsummed, run.sums.transitions);
  run.unsummed = "";
}
