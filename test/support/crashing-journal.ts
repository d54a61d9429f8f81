/** A journal that fails at a batch of the test's choice: how a process looks to its journal when it ends in the middle of a run. */
import { JournalUnavailableError } from "../../src/base/errors.ts";
import type { Journal } from "../../src/journal/journal.ts";

export interface CrashingJournal extends Journal {
  /** Batches asked for so far. */
  readonly batches: number;
}

/**
 * @param crashAt the batch that fails, from 1, and every one after it; `Infinity` never fails
 * @param kept whether that batch still reaches the store, so that only its acknowledgement is lost
 */
export function crashingJournal(store: Journal, crashAt: number, kept: boolean): CrashingJournal {
  let batches = 0;
  const append: Journal["append"] = async (runId, entries) => {
    batches++;
    if (batches < crashAt || (batches === crashAt && kept)) await store.append(runId, entries);
    if (batches >= crashAt)
      throw new JournalUnavailableError("expected a process that lives, got one that ended; resume");
  };
  return {
    durable: true,
    createRun: (record) => store.createRun(record),
    append,
    recover: (runId) => store.recover(runId),
    runs: (options) => store.runs(options),
    read: (runId) => store.read(runId),
    audit: (runId, options) => store.audit(runId, options),
    compact: (runId, options) => store.compact(runId, options),
    close: () => store.close(),
    get batches() {
      return batches;
    },
  };
}
