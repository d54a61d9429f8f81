/** A copy of a journal, made while this thread goes on with its work. */
import { InternalError, type SignalboxError } from "../base/errors.ts";
import { siblingModule } from "../base/sibling.ts";
import type { Backup, BackupOptions } from "./backup.ts";
import type { SentError } from "./sqlite/messages.ts";
import { received } from "./sqlite/sent-error.ts";
import { startThread, threadFailure } from "./thread.ts";

/** What the thread says, once. */
export type BackupMessage = { readonly made: Backup } | { readonly refused: SentError };

/** The same as `backupJournal`, in a thread of its own. @throws what `backupJournal` throws */
export function backupInThread(options: BackupOptions): Promise<Backup> {
  return new Promise((resolve, reject) => {
    const module = siblingModule(import.meta.url, "backup-worker");
    const worker = startThread(module, { workerData: options, name: "signalbox backup" }, failed);
    worker.once("message", (message: BackupMessage) =>
      "made" in message ? resolve(message.made) : reject(received(message.refused)),
    );
    worker.once("error", (cause: Error) => reject(failed(cause)));
    // After an answer this changes nothing.
    worker.once("exit", () => reject(new InternalError("the thread of a backup ended without an answer")));
  });
}

const failed = (cause: unknown): SignalboxError => threadFailure("the thread of a backup", cause);
