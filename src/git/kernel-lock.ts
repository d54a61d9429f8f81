/**
 * An exclusive lock on a file that the kernel frees when its holder dies, however it dies. Node has no call for one, SQLite
 * has: the lock is a transaction that writes nothing, on a file that stays empty.
 *
 * K1 such a file is never opened by other means in a process that may hold it: closing any descriptor of it drops the lock.
 * K2 a lock counts only while its path leads to the file that is locked: should somebody delete the file and others make a
 *    new one, the old lock protects nothing.
 */
import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { makePrivateFile } from "./lock-files.ts";

export interface KernelLock {
  /** Frees the lock. Again: nothing. */
  readonly release: () => void;
}

// The lower byte of SQLite's result codes.
const BUSY = 5;
const CANNOT_OPEN = 14;

/** Takes the lock if nobody has it, at once; `undefined` when somebody does. @throws what the system says of the file */
export function tryKernelLock(path: string): KernelLock | undefined {
  makePrivateFile(path);
  const before = statSync(path).ino;
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // Nothing is ever written, so the journal of the transaction need not be a file.
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    if (inodeOf(path) === before) return { release: () => void (database.isOpen && database.close()) };
    database.close();
    return undefined;
  } catch (error) {
    database.close();
    if (resultCode(error) === BUSY) return undefined;
    throw error;
  }
}

/** Whether somebody holds the lock of this file now. */
export function isKernelLocked(path: string): boolean {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: 0 });
    database.exec("SELECT count(*) FROM sqlite_schema");
    return false;
  } catch (error) {
    const code = resultCode(error);
    if (code === BUSY) return true;
    // It is gone, or one of the files that only its owner can open: a process of another user's, say.
    if (code === CANNOT_OPEN) return inodeOf(path) !== undefined;
    throw error;
  } finally {
    database?.close();
  }
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return undefined;
  return error.errcode & 0xff;
}
