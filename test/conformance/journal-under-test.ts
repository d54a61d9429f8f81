import { onTestFinished } from "vitest";
import type { Journal, RunRecord } from "../../src/journal/journal.ts";
import { runRecord } from "../support/journal-history.ts";

/** A journal under test. `reopen` opens what the closed journal left; a journal without a disk has none. */
export interface JournalUnderTest {
  readonly journal: Journal;
  readonly reopen?: () => Promise<Journal>;
}

export type OpenJournal = () => Promise<JournalUnderTest>;

/** Opens a journal with a run in it, for this test. */
export async function openWith(openJournal: OpenJournal, record: RunRecord = runRecord()): Promise<Journal> {
  const { journal } = await openJournal();
  onTestFinished(() => journal.close());
  await journal.createRun(record);
  return journal;
}

/** Takes a refusal whether it is thrown at once or comes as a rejected promise. */
export async function refusal(action: () => Promise<unknown> | undefined): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  return undefined;
}

export const ALL = { limit: 1_000_000 };
