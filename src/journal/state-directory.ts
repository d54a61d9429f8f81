import { lstatSync, statSync, writeFileSync, type Stats } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../base/durable-names.ts";
import { isOfSystem, systemCode } from "../base/error-code.ts";
import { messageOf } from "../base/error-message.ts";
import { JournalUnavailableError, SignalboxError } from "../base/errors.ts";
import { adviceIfExhausted } from "../base/exhausted.ts";
import { isThere } from "../base/if-there.ts";

/** Folder of the commands that other processes send to the one that runs here. */
export function mailboxOf(directory: string): string {
  return join(directory, "mailbox");
}

/** Names of what stands in a state directory. */
export function stateFiles(directory: string): Readonly<Record<"database" | "wal" | "lock" | "holder", string>> {
  const database = join(directory, "signalbox.db");
  return {
    database,
    wal: `${database}-wal`,
    lock: join(directory, "run.lock.db"),
    holder: join(directory, "run.lock.json"),
  };
}

/**
 * Makes the directory, for its owner only and invisible to git, or checks one that is there. Nothing of a directory
 * that was there before is changed.
 * @throws SignalboxError `state_unwritable`
 */
export function prepareStateDirectory(directory: string): void {
  try {
    makeFolder(directory, 0o700, 0o777);
    checkExisting(directory, statSync(directory));
    ignoreByGit(directory);
    for (const path of Object.values(stateFiles(directory))) checkOrdinary(path);
  } catch (error) {
    throw stateError(directory, error);
  }
}

/** An error of the file system as one of ours; others stay as they are. */
export function stateError(directory: string, error: unknown): unknown {
  if (!isOfSystem(error)) return error;
  const advice = adviceIfExhausted(error);
  if (advice === undefined) return unwritable(directory, reasonOf(error, WRITE_REASONS), error);
  // Not the fault of the directory, and it passes.
  return new JournalUnavailableError(`Expected to keep the state in ${directory}, but ${messageOf(error)}. ${advice}`, {
    cause: error,
  });
}

/** The same of who only reads: a directory that may not be looked at is not one in which nothing is. */
export function stateReadError(directory: string, error: unknown): unknown {
  return isOfSystem(error) ? unreadable(directory, error) : error;
}

/** Does `read`; an error of the file system comes out as one of ours. @throws JournalUnavailableError */
export function readingState<T>(directory: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw stateReadError(directory, error);
  }
}

/** @throws SignalboxError `run_not_found` when nothing was ever run with this directory, JournalUnavailableError */
export function checkStateExists(directory: string): void {
  if (readingState(directory, () => isThere(stateFiles(directory).database))) return;
  throw new SignalboxError(
    "run_not_found",
    `Expected the state of earlier runs in ${directory}, found none. Run a plan first, or say where its state is with --state-dir.`,
  );
}

/** Who may write to a directory may put another journal in place of ours. Windows has no such bits: there they say nothing. */
function checkExisting(directory: string, { mode }: Stats): void {
  if (process.getuid === undefined || (mode & 0o022) === 0) return;
  throw unwritable(directory, `others may write to it. Keep them out with \`chmod go-w ${shellWord(directory)}\``);
}

function shellWord(path: string): string {
  return /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function ignoreByGit(directory: string): void {
  try {
    writeFileSync(join(directory, ".gitignore"), "*\n", { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
  }
}

/** A link or a device in place of a file of ours would make us write somewhere else. */
function checkOrdinary(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found !== undefined && !found.isFile()) throw unwritable(path, "it is not an ordinary file");
}

type Reasons = Readonly<Record<string, string>>;

const READ_REASONS: Reasons = {
  EACCES: "you may not read there",
  EPERM: "you may not read there",
  ENAMETOOLONG: "its path is too long",
  ELOOP: "its path is a circle of links",
};

const WRITE_REASONS: Reasons = {
  ...READ_REASONS,
  EACCES: "you may not write there",
  EPERM: "you may not write there",
  EROFS: "its file system is read-only",
  ENOENT: "no directory can be made there",
  EEXIST: "a file is in the way",
  ENOTDIR: "a part of its path is a file",
  ENOSPC: "the disk is full",
  EDQUOT: "your disk quota is used up",
};

function reasonOf(error: unknown, reasons: Reasons): string {
  return reasons[systemCode(error) ?? ""] ?? messageOf(error);
}

function unwritable(path: string, reason: string, cause?: unknown): SignalboxError {
  const advice = "Give another state directory with --state-dir; `signalbox run` can do without one: --no-durable.";
  return new SignalboxError("state_unwritable", `Expected to keep the state in ${path}, but ${reason}. ${advice}`, {
    cause,
  });
}

function unreadable(directory: string, cause: unknown): JournalUnavailableError {
  const advice =
    adviceIfExhausted(cause) ?? "Ask as the user who runs there, or name another state directory with --state-dir.";
  return new JournalUnavailableError(
    `Expected to read the state in ${directory}, but ${reasonOf(cause, READ_REASONS)}. ${advice}`,
    { cause },
  );
}
