/**
 * The SQLite store without its thread: the same messages, handled at once in the thread of the test. It shows the store's rules
 * where a debugger and the coverage can see them; that the thread changes nothing is shown by the same suite on the real one.
 */
import { JournalUnavailableError } from "../../src/base/errors.ts";
import { nodeEnv } from "../../src/base/node-env.ts";
import { jsonText } from "../../src/journal/json-text.ts";
import type { Journal, JournalEntry, RecoveredRun, RunRecord } from "../../src/journal/journal.ts";
import { checkWord } from "../../src/journal/ledger.ts";
import { JOURNAL_LIMITS } from "../../src/journal/limits.ts";
import { openJournalReader } from "../../src/journal/sqlite-reader.ts";
import { Database } from "../../src/journal/sqlite/database.ts";
import { Encoder } from "../../src/journal/sqlite/encode.ts";
import type { FromWorker, ToWorker } from "../../src/journal/sqlite/messages.ts";
import { openStore } from "../../src/journal/sqlite/open-store.ts";
import { planCompaction } from "../../src/journal/sqlite/plan-compaction.ts";
import { received } from "../../src/journal/sqlite/sent-error.ts";
import { stateFiles } from "../../src/journal/state-directory.ts";
import { WriterLoop } from "../../src/journal/sqlite/writer-loop.ts";

export function inThreadJournal(directory: string): Journal {
  const replies: FromWorker[] = [];
  const store = openStore({ directory, databaseBytesMax: JOURNAL_LIMITS.databaseBytesMax, startedAt: 1 });
  const loop = new WriterLoop(store, (message) => replies.push(message));
  const reader = openJournalReader({ directory, env: nodeEnv() });
  const encoder = new Encoder();
  let refusal: string | undefined;

  function tell(message: ToWorker): number {
    if (refusal !== undefined) throw new JournalUnavailableError(`The journal takes nothing more: ${refusal}`);
    loop.handle(message, () => undefined);
    const reply = replies.splice(0).at(-1);
    if (reply?.kind === "answer") return reply.epoch;
    if (reply?.kind === "denied") throw received(reply.error);
    if (reply?.kind !== "refused") return 0;
    refusal = reply.error.message;
    throw received(reply.error);
  }

  function append(runId: string, entries: readonly JournalEntry[]): undefined {
    try {
      encoder.add(runId, entries);
    } catch (error) {
      refusal = String(error);
      throw error;
    }
    tell(encoder.take());
  }

  return {
    // Its appends are on the disk when they return, so nothing is left to wait for.
    durable: false,
    createRun: async (record: RunRecord) => {
      checkWord(record.name);
      tell({ kind: "create", id: 1, record, options: jsonText(record.options) });
    },
    append,
    recover: async (runId): Promise<RecoveredRun> => ({
      ...(await reader.read(runId)),
      epoch: tell({ kind: "recover", id: 2, runId }),
    }),
    runs: (options) => reader.runs(options),
    read: (runId) => reader.read(runId),
    audit: (runId, options) => reader.audit(runId, options),
    compact: async (runId, options) => {
      const database = new Database(stateFiles(directory).database, { readOnly: true });
      try {
        const { move, result } = await planCompaction(database, nodeEnv(), runId, options);
        if (move !== undefined) tell({ kind: "compact", id: 3, move });
        return result;
      } finally {
        database.close();
      }
    },
    close: async () => {
      if (refusal !== "it is closed") await reader.close();
      refusal = "it is closed";
      loop.handle({ kind: "close" }, () => undefined);
    },
  };
}
