/**
 * One coordinator for each state directory (I18). The lock is a transaction that never ends on a database of its own: the
 * kernel frees it when the process dies, however it dies, and nobody has to judge whether a holder is still alive.
 *
 * K1 whoever holds the lock wrote `run.lock.json`; the file alone proves nothing.
 * K2 the lock's database is never opened by other means: closing any descriptor of it in this process would drop the lock.
 */
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { StateInUseError } from "../base/errors.ts";
import { failpoint } from "../base/failpoint.ts";
import { bootId, processState } from "../base/other-process.ts";
import { Database, isBusy } from "./sqlite/database.ts";
import { stateFiles } from "./state-directory.ts";

/** The process that writes to a state directory, as it says itself. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Which start of the machine; empty where the platform does not tell. */
  readonly bootId: string;
  /** Wall clock of its start. */
  readonly startedAt: number;
}

const TRIES = 10;
const PAUSE_MS = 50;

/** Takes the lock; blocks this thread for at most half a second. @throws StateInUseError, JournalUnavailableError */
export function acquireRunLock(directory: string, startedAt: number): { release: () => void } {
  const { lock, holder } = stateFiles(directory);
  const database = new Database(lock, { busyMs: 0 });
  try {
    lockOrThrow(database, directory);
    failpoint?.("run-lock.taken");
    chmodSync(lock, 0o600);
    const self: Holder = { pid: process.pid, host: hostname(), bootId: bootId(), startedAt };
    writeFileSync(`${holder}.new`, `${JSON.stringify(self)}\n`, { mode: 0o600 });
    failpoint?.("run-lock.name");
    renameSync(`${holder}.new`, holder);
  } catch (error) {
    database.close();
    throw error;
  }
  return {
    release: () => {
      rmSync(holder, { force: true });
      failpoint?.("run-lock.release");
      database.close();
    },
  };
}

/** Who holds the lock of this directory now; `undefined` when nobody does. A lock that cannot be looked at just now may be held. */
export function currentHolder(directory: string): Holder | undefined {
  const { lock, holder } = stateFiles(directory);
  let database: Database | undefined;
  try {
    database = new Database(lock, { readOnly: true, busyMs: 0 });
    database.number("SELECT count(*) FROM sqlite_schema");
    return undefined;
  } catch (error) {
    if (!isBusy(error) && !existsSync(lock)) return undefined;
    return readHolder(holder) ?? { pid: 0, host: "", bootId: "", startedAt: 0 };
  } finally {
    database?.close();
  }
}

/** The process that took the lock last, as it says itself. Reads a file and no lock, so the holder may ask too (K2). */
export function lastHolder(directory: string): Holder | undefined {
  return readHolder(stateFiles(directory).holder);
}

function lockOrThrow(database: Database, directory: string): void {
  for (let attempt = 1; ; attempt++) {
    try {
      // Nothing is ever written there, so its rollback journal need not be a file.
      return database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    } catch (error) {
      if (!isBusy(error)) throw error;
      const holder = readHolder(stateFiles(directory).holder);
      // A holder that is gone has just died, or has not said yet who it is; a reader that looks at the lock is gone at once.
      if (attempt === TRIES || (attempt > 2 && holder !== undefined && isAlive(holder))) throw inUse(directory, holder);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}

function inUse(directory: string, holder: Holder | undefined): StateInUseError {
  const here = holder !== undefined && holder.host === hostname() && holder.bootId === bootId();
  const who =
    holder === undefined
      ? "another process"
      : here && holder.pid === process.pid
        ? `this process (${holder.pid}) already`
        : `process ${holder.pid}${here ? "" : ` on ${holder.host}`}`;
  return new StateInUseError(
    `The state directory ${directory} is in use by ${who}. Wait for its run to end, stop it, or give another directory with --state-dir.`,
    holder,
  );
}

function readHolder(path: string): Holder | undefined {
  try {
    // Of null this throws as of a text that is no JSON.
    const value = JSON.parse(readFileSync(path, "utf8")) as Said;
    return isHolder(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

type Said = { readonly [K in keyof Holder]?: unknown };

function isHolder(value: Said): value is Holder {
  const { pid, host, bootId: boot, startedAt } = value;
  return (
    Number.isSafeInteger(pid) && typeof host === "string" && typeof boot === "string" && typeof startedAt === "number"
  );
}

function isAlive(holder: Holder): boolean {
  if (holder.host !== hostname() || holder.bootId !== bootId()) return true;
  return processState(holder.pid) !== "gone";
}
