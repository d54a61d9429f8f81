/**
 * What the lock of a repository asks of the system: files, locks of the kernel, and processes. All of it comes through here,
 * so that a simulation can have several processes in one, on a disk of its own, and stop or end each between any two calls.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { signalTo } from "../base/end-processes.ts";
import { namesIfThere } from "../base/if-there.ts";
import { findProcesses } from "../base/process-scan.ts";
import { LEASE_VARIABLE } from "./git-environment.ts";
import { isFileLocked, lockFile, makePrivateFile } from "./kernel-lock.ts";

/** Each call does one thing, at once. @throws what the system says */
export interface LockSystem {
  readonly pid: number;
  readonly host: string;
  /** Makes a folder, and those that it is in; only their owner may look into them. One that is there stays as it is. */
  readonly makeFolder: (path: string) => void;
  /** None when the folder is not there. */
  readonly namesIn: (folder: string) => readonly string[];
  /** Makes an empty file that only its owner may read; one that is there stays as it is, with the locks on it. */
  readonly makeFile: (path: string) => void;
  /** Which file this is, whatever it is called; `undefined`: it is not there. */
  readonly identityOf: (path: string) => number | undefined;
  /** Wall clock of its last change, in milliseconds since the epoch; `undefined`: it is not there. */
  readonly changedAt: (path: string) => number | undefined;
  readonly read: (path: string) => string;
  readonly write: (path: string, text: string) => void;
  readonly rename: (from: string, to: string) => void;
  /** One that is not there: nothing. */
  readonly remove: (path: string) => void;
  /** Locks a file for this process, until it is told to free it or dies; `undefined`: somebody else has it locked. */
  readonly lock: (path: string) => (() => void) | undefined;
  /** Whether a process has this file locked; one that is not there is not. */
  readonly isLocked: (path: string) => boolean;
  /** Living processes that were started under this lease; none where the system does not tell (no `/proc`). */
  readonly processesOfLease: (lease: string) => readonly number[];
  readonly signal: (pid: number, signal: "SIGTERM" | "SIGKILL") => void;
}

/** The system that this process runs on. */
export const ownSystem: LockSystem = {
  pid: process.pid,
  host: hostname(),
  makeFolder: (path) => void mkdirSync(path, { recursive: true, mode: 0o700 }),
  namesIn: namesIfThere,
  makeFile: makePrivateFile,
  identityOf: (path) => statSync(path, { throwIfNoEntry: false })?.ino,
  changedAt: (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs,
  read: (path) => readFileSync(path, "utf8"),
  write: (path, text) => writeFileSync(path, text, { mode: 0o600 }),
  rename: renameSync,
  remove: (path) => rmSync(path, { force: true }),
  lock: lockFile,
  isLocked: isFileLocked,
  processesOfLease,
  signal: (pid, signal) => void signalTo(pid, signal),
};

function processesOfLease(lease: string): readonly number[] {
  const marks = { byGroup: new Map(), variable: LEASE_VARIABLE, byValue: new Map([[lease, lease]]) };
  return findProcesses<string>(marks)?.get(lease) ?? [];
}
