/** The thread that makes one copy of a journal, so that nobody else waits while it is read and checked; started by `backup-thread.ts`. */
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../base/assert.ts";
import { backupJournal, type BackupOptions } from "./backup.ts";
import type { BackupMessage } from "./backup-thread.ts";
import { sent } from "./sqlite/sent-error.ts";

assert(parentPort !== null, "the thread of a backup was started without its owner");
const port = parentPort;
const say = (message: BackupMessage): void => port.postMessage(message);

try {
  // The other side is our own `backup-thread.ts`.
  say({ made: backupJournal(workerData as BackupOptions) });
} catch (error) {
  say({ refused: sent(error) });
}
