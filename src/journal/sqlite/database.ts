/**
 * `node:sqlite` behind one small wrapper. The module binds a missing parameter, `undefined` and `NaN` as NULL in silence,
 * so every value passes through one check here, and every error becomes one of ours by its code, never by its text.
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { assert } from "../../base/assert.ts";
import { SQLITE, sqliteCode } from "../../base/error-code.ts";
import { messageOf } from "../../base/error-message.ts";
import { JournalCorruptError, JournalUnavailableError, SignalboxError } from "../../base/errors.ts";
import { adviceIfExhausted } from "../../base/exhausted.ts";
import { JOURNAL_LIMITS } from "../limits.ts";

export type SqlValue = null | number | string | Uint8Array;
export type SqlRow = readonly SqlValue[];

/** A statement whose rows are arrays in the order of its columns. */
export class Statement {
  readonly #statement: StatementSync;
  readonly #parameters: number;

  constructor(database: DatabaseSync, sql: string) {
    this.#statement = database.prepare(sql);
    this.#statement.setReturnArrays(true);
    // Our statements hold no text literal with a question mark.
    this.#parameters = sql.split("?").length - 1;
  }

  run(...values: SqlValue[]): number {
    this.#check(values);
    return Number(this.#statement.run(...values).changes);
  }

  get(...values: SqlValue[]): SqlRow | undefined {
    this.#check(values);
    return asRow(this.#statement.get(...values));
  }

  all(...values: SqlValue[]): SqlRow[] {
    this.#check(values);
    return this.#statement.all(...values) as unknown as SqlRow[];
  }

  iterate(...values: SqlValue[]): IterableIterator<SqlRow> {
    this.#check(values);
    return this.#statement.iterate(...values) as unknown as IterableIterator<SqlRow>;
  }

  #check(values: readonly SqlValue[]): void {
    assert(values.length === this.#parameters, `${this.#parameters} parameters expected, got ${values.length}`);
    for (const value of values) {
      if (typeof value === "string" || value === null || value instanceof Uint8Array) continue;
      assert(
        typeof value === "number" && Number.isFinite(value),
        `a ${typeof value} (${String(value)}) cannot be stored`,
      );
    }
  }
}

// With `setReturnArrays` rows are arrays, which the declared type of the module does not say.
const asRow = (row: unknown): SqlRow | undefined => row as SqlRow | undefined;

export interface OpenOptions {
  readonly readOnly?: boolean;
  readonly busyMs?: number;
}

export class Database {
  readonly path: string;
  readonly #database: DatabaseSync;

  /** @throws JournalUnavailableError, JournalCorruptError */
  constructor(path: string, { readOnly = false, busyMs = JOURNAL_LIMITS.busyMsMax }: OpenOptions = {}) {
    this.path = path;
    this.#database = translated(path, () => new DatabaseSync(path, { readOnly, timeout: busyMs }));
  }

  exec(sql: string): void {
    translated(this.path, () => this.#database.exec(sql));
  }

  prepare(sql: string): Statement {
    return translated(this.path, () => new Statement(this.#database, sql));
  }

  /** One value of one row; for pragmas and counts. */
  value(sql: string, ...values: SqlValue[]): SqlValue | undefined {
    return translated(this.path, () => this.prepare(sql).get(...values)?.[0]);
  }

  number(sql: string, ...values: SqlValue[]): number {
    const value = this.value(sql, ...values);
    return typeof value === "number" ? value : 0;
  }

  /** Runs `work` in one transaction; leaves nothing behind when it throws. */
  transaction<T>(begin: "BEGIN" | "BEGIN IMMEDIATE", work: () => T): T {
    return translated(this.path, () => {
      this.#database.exec(begin);
      try {
        const result = work();
        this.#database.exec("COMMIT");
        return result;
      } catch (error) {
        this.rollback();
        throw error;
      }
    });
  }

  /** Ends a transaction that failed. SQLite may have done so already. */
  rollback(): void {
    if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

/** Does `work`; an error of SQLite comes out as one of ours. */
export function translated<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw ourError(path, error);
  }
}

/** `SQLITE_BUSY` and its kin: somebody else holds a lock. */
export function isBusy(error: unknown): boolean {
  const cause = error instanceof SignalboxError ? error.cause : error;
  return sqliteCode(cause) === SQLITE.busy;
}

function ourError(path: string, error: unknown): unknown {
  const code = sqliteCode(error);
  if (code === undefined) return error;
  const found = messageOf(error);
  if (code === SQLITE.corrupt || code === SQLITE.notadb) {
    const advice = "Nothing was changed. Keep a copy of its directory; then move it away to begin anew.";
    return new JournalCorruptError(`Expected ${path} to be an undamaged journal, got: ${found}. ${advice}`, {
      cause: error,
    });
  }
  const advice = adviceIfExhausted(error) ?? adviceFor(code);
  return new JournalUnavailableError(`The journal ${path} cannot be used: ${found}. ${advice}`, {
    cause: error,
  });
}

function adviceFor(code: number): string {
  if (code === SQLITE.full)
    return "The disk, or the limit of the journal's size, is full. Make room, then resume the run.";
  if (code === SQLITE.busy) return "Another program has it open for writing. End that program, then resume the run.";
  if (code === SQLITE.readonly || code === SQLITE.cantopen)
    return "Check that the directory and the files in it are yours to write.";
  if (code === SQLITE.ioerr)
    return "The disk reported an error. What was acknowledged is stored; check the disk, then resume the run.";
  return "What was acknowledged is stored; resume the run.";
}
