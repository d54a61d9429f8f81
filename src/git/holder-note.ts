import { systemCode } from "../base/error-code.ts";
import type { LockFiles } from "./lock-files.ts";
import type { LockSystem } from "./lock-system.ts";

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

export function writeNote(
  system: LockSystem,
  { note }: LockFiles,
  { lease, since, purpose }: Pick<LockHolder, "lease" | "since" | "purpose">,
): void {
  const self: LockHolder = { lease, pid: system.pid, host: system.host, since, purpose };
  system.write(`${note}.new`, `${JSON.stringify(self)}\n`);
  system.rename(`${note}.new`, note);
}

/**
 * Before the lock is let go: a note that is found by the next holder is taken for a dead one's. One that cannot be removed, say
 * because the disk fails, costs that holder a look at what runs under its lease, which is nothing any more.
 */
export function removeNote(system: LockSystem, { note }: LockFiles): void {
  try {
    system.remove(note);
  } catch {
    // The lock must be let go all the same.
  }
}

/** `undefined`: there is none, or what is there says nothing. @throws what the system says when it cannot be read: there may be one */
export function readNote(system: LockSystem, { note }: LockFiles): LockHolder | undefined {
  let text: string;
  try {
    text = system.read(note);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    const value: unknown = JSON.parse(text);
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
