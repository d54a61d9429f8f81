/** A copy of a journal, made while this thread goes on with its work. */
import { Worker } from "node:worker_threads";
import { InternalError } from "../base/errors.ts";
import { siblingModule } from "../base/sibling.ts";
import type { Backup, BackupOptions } from "./backup.ts";
import type { SentError } from "./sqlite/messages.ts";
import { received } from "./sqlite/sent-error.ts";
import { threadFailure } from "./thread-failure.ts";

/** What the thread says, once. */
export type BackupMessage = { readonly made: Backup } | { readonly refused: SentError };

/** The same as `backupJournal`, in a thread of its own. @throws what `backupJournal` throws */
export function backupInThread(options: BackupOptions): Promise<Backup> {
  return new Promise((resolve, reject) => {
    const worker = started(options);
    worker.once("message", (message: BackupMessage) =>
      "made" in message ? resolve(message.made) : reject(received(message.refused)),
    );
    worker.once("error", (cause: Error) => reject(failed(cause)));
    // After an answer this changes nothing.
    worker.once("exit", () => reject(new InternalError("the thread of a backup ended without an answer")));
  });
}

function started(options: BackupOptions): Worker {
  try {
    return new Worker(siblingModule(import.meta.url, "backup-worker"), {
      workerData: options,
      name: "signalbox backup",
    });
  } catch (error) {
    throw failed(error);
  }
}

const failed = (cause: unknown): Error => threadFailure("the thread of a backup", cause);
