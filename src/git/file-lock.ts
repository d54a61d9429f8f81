/**
 * A file locked for this process.
 *
 * K2 a lock counts only while its path leads to the file that is locked: should somebody delete the file and others make a
 *    new one, the old lock protects nothing.
 */
import type { LockSystem } from "./lock-system.ts";

export interface FileLock {
  /** Frees the lock. Again: nothing. */
  readonly release: () => void;
}

/** Takes the lock of a file, which it makes, if nobody has it, at once; `undefined` when somebody does, or the file was deleted meanwhile. @throws what the system says of the file */
export function tryFileLock(system: LockSystem, path: string): FileLock | undefined {
  system.makeFile(path);
  const before = system.identityOf(path);
  if (before === undefined) return undefined;
  const release = system.lock(path);
  if (release === undefined) return undefined;
  let isSame = false;
  try {
    isSame = system.identityOf(path) === before;
  } finally {
    if (!isSame) release();
  }
  return isSame ? { release } : undefined;
}
