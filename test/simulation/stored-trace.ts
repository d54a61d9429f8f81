/** Puts what a simulation's disk holds at its end into a real state directory, so that `show`, `log`, `why`, `runs` and `export` tell of it. */
import { nodeEnv } from "../../src/base/node-env.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import type { StoredRecord } from "./disk-journal.ts";

export interface StoredTrace {
  readonly stored: number;
  /** Why the rest was not stored: with a protection turned off a log may be one that the product does not take. */
  readonly refusal: string | undefined;
}

export async function storeTrace(directory: string, records: readonly StoredRecord[]): Promise<StoredTrace> {
  const journal = await sqliteJournal({ directory, env: nodeEnv() });
  let stored = 0;
  try {
    for (const record of records) {
      if (record.kind === "run") await journal.createRun(record.record);
      else if (record.kind === "epoch") await journal.recover(record.runId);
      else if (record.kind === "compact") await journal.compact(record.runId, { upTo: record.upTo, exportTo: false });
      else await journal.append(record.runId, record.entries);
      stored++;
    }
    return { stored, refusal: undefined };
  } catch (error) {
    return { stored, refusal: error instanceof Error ? error.message : String(error) };
  } finally {
    await journal.close();
  }
}
