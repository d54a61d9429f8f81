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
