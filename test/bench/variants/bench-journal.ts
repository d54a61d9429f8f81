/** A durable journal in a folder of its own, for the time of one measurement. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Journal } from "../../../src/journal/journal.ts";

export interface BenchJournal {
  readonly journal: Journal;
  readonly folder: string;
  /** Closes the journal and removes the folder. */
  close(): Promise<void>;
}

export async function openBenchJournal(): Promise<BenchJournal> {
  const { openJournal } = await import("./ours.ts");
  const folder = mkdtempSync(join(tmpdir(), "signalbox-bench-"));
  const journal = await openJournal(folder);
  const close = async (): Promise<void> => {
    await journal.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { journal, folder, close };
}
