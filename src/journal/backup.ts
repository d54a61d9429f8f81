/**
 * A copy of a journal as it is at one moment, while others write it.
 *
 * B1 The copy is whole and checked (structure, checksums, every run folded anew) before it has its name; a file that is there is
 *    never replaced.
 * B2 It is for its owner only, from its first byte: it holds what agents said.
 * B3 What a copy that was cut off has left is taken away by the next one of that name.
 */
import { closeSync, fsyncSync, linkSync, openSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { syncNames } from "../base/durable-names.ts";
import { isOfSystem, SQLITE, sqliteCode, systemCode } from "../base/error-code.ts";
import { SignalboxError, UsageError } from "../base/errors.ts";
import { adviceIfExhausted } from "../base/exhausted.ts";
import { failpoint } from "../base/failpoint.ts";
import { draftOf, removeDraft, removeLeftDrafts } from "./backup-draft.ts";
import { checkLogAtRest } from "./log-at-rest.ts";
import { Database } from "./sqlite/database.ts";
import { SCHEMA_VERSION, versionOf } from "./sqlite/schema.ts";
import { readStoredRuns } from "./sqlite/stored-run.ts";
import { checkedRun } from "./sqlite/verify.ts";
import { checkStateExists, stateFiles } from "./state-directory.ts";

export interface BackupOptions {
  /** The state directory; whoever writes in it goes on. */
  readonly directory: string;
  /** The file to make. */
  readonly target: string;
}

export interface Backup {
  readonly bytes: number;
  /** Runs and projects in it. */
  readonly runs: number;
}

/**
 * Makes the copy; takes as long as reading and writing all of it, and holds this thread so long.
 * @throws UsageError when the file is there, SignalboxError `run_not_found` `state_unwritable`, JournalCorruptError,
 * JournalUnavailableError
 */
export function backupJournal({ directory, target }: BackupOptions): Backup {
  checkStateExists(directory);
  checkLogAtRest(directory);
  const draft = draftOf(target);
  removeLeftDrafts(target);
  try {
    makeOwn(draft);
    copy(stateFiles(directory).database, draft);
    failpoint?.("backup.copied");
    const runs = check(draft);
    sync(draft);
    failpoint?.("backup.name");
    giveName(draft, target);
    return { bytes: statSync(target).size, runs };
  } catch (error) {
    throw fileError(target, error);
  } finally {
    removeDraft(target);
  }
}

/** B2. SQLite writes into an empty file, and leaves its mode as it is. */
function makeOwn(path: string): void {
  closeSync(openSync(path, "wx", 0o600));
}

function copy(from: string, to: string): void {
  const source = new Database(from, { readOnly: true });
  try {
    versionOf(source, SCHEMA_VERSION);
    source.prepare("VACUUM INTO ?").run(to);
  } finally {
    source.close();
  }
}

/** B1. A name that may be gone after a crash is none: whoever tries again must find its place free. */
function giveName(draft: string, target: string): void {
  linkSync(draft, target);
  try {
    syncNames(dirname(target));
  } catch (error) {
    rmSync(target, { force: true });
    throw error;
  }
}

/** B1 */
function check(path: string): number {
  const made = new Database(path, { readOnly: true });
  try {
    const runs = readStoredRuns(made, Number.MAX_SAFE_INTEGER);
    for (const { record } of runs) checkedRun(made, record.id);
    return runs.length;
  } finally {
    made.close();
  }
}

function sync(path: string): void {
  const handle = openSync(path, "r+");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** What SQLite says when it cannot write: an error of the disk, a full one, a file that cannot be opened. */
const CANNOT_WRITE: ReadonlySet<unknown> = new Set([SQLITE.ioerr, SQLITE.full, SQLITE.cantopen]);

function fileError(target: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (!CANNOT_WRITE.has(sqliteCode(error)) && !isOfSystem(error)) return error;
  if (systemCode(error) === "EEXIST")
    return new UsageError(`expected a file that is not there yet, got ${target}, which is; name another one`, {
      cause: error,
    });
  const advice = adviceIfExhausted(error) ?? "Make room, or name another file.";
  const what = `expected to write ${target}, but it cannot be: ${error.message}. ${advice}`;
  return new SignalboxError("state_unwritable", what, { cause: error });
}
