/**
 * Exclusive locks on files that the kernel frees when their holder dies, however it dies. Node has no call for one, SQLite
 * has: the lock is a transaction that writes nothing, on a file that stays empty.
 *
 * K1 such a file is never opened by other means in a process that may hold it: closing any descriptor of it drops the lock.
 */
import { closeSync, openSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { SQLITE, sqliteCode, systemCode } from "../base/error-code.ts";

/** Makes an empty file that only its owner may read; one that is there stays as it is. */
export function makePrivateFile(path: string): void {
  try {
    // Only ever a new file: K1.
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
  }
}

/** Locks the file that is there, at once, until it is told to free it; `undefined` when somebody has it locked. @throws what the system says of the file */
export function lockFile(path: string): (() => void) | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // Nothing is ever written, so the journal of the transaction need not be a file.
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return () => void (database.isOpen && database.close());
  } catch (error) {
    database.close();
    if (sqliteCode(error) === SQLITE.busy) return undefined;
    throw error;
  }
}

/** Whether somebody holds the lock of this file now. */
export function isFileLocked(path: string): boolean {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: 0 });
    database.exec("SELECT count(*) FROM sqlite_schema");
    return false;
  } catch (error) {
    const code = sqliteCode(error);
    if (code === SQLITE.busy) return true;
    // It is gone, or one of the files that only its owner can open: a process of another user's, say.
    if (code === SQLITE.cantopen) return statSync(path, { throwIfNoEntry: false }) !== undefined;
    throw error;
  } finally {
    database?.close();
  }
}
