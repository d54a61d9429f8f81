import { messageOf } from "../base/error-message.ts";
import { adviceIfExhausted } from "../base/exhausted.ts";
import { harmless } from "../base/harmless.ts";
import { SignalboxError, type SignalboxErrorOptions } from "../base/errors.ts";
import type { LockHolder } from "./holder-note.ts";

/** The lock of a repository could not be had in time (`repository_lock_timeout`), or not at all (`repository_lock_unavailable`). */
export class RepositoryLockError extends SignalboxError {
  readonly commonDir: string;
  /** Who held it, as far as it said. */
  readonly holder: LockHolder | undefined;

  constructor(
    code: "repository_lock_timeout" | "repository_lock_unavailable",
    message: string,
    { commonDir, holder, ...options }: SignalboxErrorOptions & { commonDir: string; holder?: LockHolder | undefined },
  ) {
    super(code, message, options);
    this.commonDir = commonDir;
    this.holder = holder;
  }
}

export function lockTimedOut(
  commonDir: string,
  timeoutMs: number,
  holder: LockHolder | undefined,
  ownPid: number,
): RepositoryLockError {
  const who =
    holder === undefined
      ? "others were before it"
      : `process ${holder.pid}${holder.pid === ownPid ? " (this one)" : ""} holds it${holder.purpose === "" ? "" : ` for ${harmless(holder.purpose)}`}`;
  return new RepositoryLockError(
    "repository_lock_timeout",
    `Expected the lock of the repository ${commonDir} within ${timeoutMs} ms, but ${who}. Wait for it to end, end that process, or allow more time.`,
    { commonDir, holder },
  );
}

export function lockUnavailable(commonDir: string, cause: unknown): RepositoryLockError {
  const advice = adviceIfExhausted(cause) ?? "Check that the folder is yours to write and the disk has room.";
  return new RepositoryLockError(
    "repository_lock_unavailable",
    `Expected to write to ${commonDir}/signalbox, where the lock of the repository is, got: ${messageOf(cause)}. ${advice}`,
    { commonDir, cause },
  );
}

export function tooManyWait(commonDir: string, max: number): RepositoryLockError {
  return new RepositoryLockError(
    "repository_lock_unavailable",
    `Expected at most ${max} requests of this process to wait for the lock of the repository ${commonDir}, got one more. Start fewer at once.`,
    { commonDir },
  );
}
