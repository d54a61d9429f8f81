/** A journal whose acknowledgements the test gives or refuses: what a slow or broken disk looks like to the engine. */
import { JournalUnavailableError } from "../../src/base/errors.ts";
import type { Journal, JournalEntry } from "../../src/journal/journal.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";

export interface GatedJournal extends Journal {
  /** Batches that wait for their acknowledgement, oldest first. */
  readonly waiting: readonly (readonly JournalEntry[])[];
  /** Makes the oldest waiting batch durable. */
  acknowledge(): void;
  /** Fails the oldest waiting batch, and every later one. */
  refuse(): void;
}

export function gatedJournal(): GatedJournal {
  const store = memoryJournal();
  const waiting: {
    runId: string;
    entries: readonly JournalEntry[];
    resolve: () => void;
    reject: (error: Error) => void;
  }[] = [];
  return {
    durable: true,
    createRun: (record) => store.createRun(record),
    append: (runId, entries) =>
      new Promise((resolve, reject) => {
        waiting.push({ runId, entries, resolve, reject });
      }),
    recover: (runId) => store.recover(runId),
    runs: (options) => store.runs(options),
    read: (runId) => store.read(runId),
    audit: (runId, options) => store.audit(runId, options),
    compact: (runId, options) => store.compact(runId, options),
    close: () => store.close(),
    get waiting() {
      return waiting.map(({ entries }) => entries);
    },
    acknowledge: () => {
      const batch = waiting.shift()!;
      void store.append(batch.runId, batch.entries);
      batch.resolve();
    },
    refuse: () =>
      waiting.shift()!.reject(new JournalUnavailableError("expected room on the disk, got none; free some")),
  };
}
