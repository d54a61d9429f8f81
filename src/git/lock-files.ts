import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";

/** Where the lock of a repository keeps what it needs: inside the git folder that all its worktrees share. */
export interface LockFiles {
  readonly folder: string;
  /** Locked by the kernel for whoever holds the lock. Empty, and never opened but through SQLite. */
  readonly lock: string;
  /** What the holder says of itself. The file alone proves nothing. */
  readonly note: string;
  /** One file for each process that waits, locked by it. */
  readonly queue: string;
}

export function lockFiles(commonDir: string): LockFiles {
  const folder = join(commonDir, "signalbox");
  return { folder, lock: join(folder, "lock"), note: join(folder, "lock.json"), queue: join(folder, "queue") };
}

/** Makes the folders; only their owner may look into them. */
export function makeLockFolders({ queue }: LockFiles): void {
  mkdirSync(queue, { recursive: true, mode: 0o700 });
}

/** Makes an empty file that only its owner may read; one that is there stays as it is. */
export function makePrivateFile(path: string): void {
  try {
    // Only ever a new file: closing a descriptor of one that SQLite has open here would drop its lock.
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}
