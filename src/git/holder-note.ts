import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import type { LockFiles } from "./lock-files.ts";

/** Who holds a repository's lock, as the holder says itself. */
export interface LockHolder {
  /** The lease; each has another. */
  readonly lease: string;
  readonly pid: number;
  readonly host: string;
  /** Wall clock of the moment in which it got the lock, in milliseconds since the epoch. */
  readonly since: number;
  /** What for, in its own words; empty when it did not say. */
  readonly purpose: string;
}

export function writeNote({ note }: LockFiles, lease: string, since: number, purpose: string): void {
  const self: LockHolder = { lease, pid: process.pid, host: hostname(), since, purpose };
  writeFileSync(`${note}.new`, `${JSON.stringify(self)}\n`, { mode: 0o600 });
  renameSync(`${note}.new`, note);
}

/** Before the lock is let go: a note that is found by the next holder is a dead one's. */
export function removeNote({ note }: LockFiles): void {
  rmSync(note, { force: true });
}

export function readNote({ note }: LockFiles): LockHolder | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(note, "utf8"));
    return isHolder(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isHolder(value: unknown): value is LockHolder {
  if (typeof value !== "object" || value === null) return false;
  const { lease, pid, host, since, purpose } = value as Record<keyof LockHolder, unknown>;
  return (
    typeof lease === "string" &&
    Number.isSafeInteger(pid) &&
    typeof host === "string" &&
    typeof since === "number" &&
    typeof purpose === "string"
  );
}
