/**
 * What every journal promises, whatever it is made of. Run for each implementation by `journal.test.ts`; the part about
 * coming back after a close is for those that can (`reopen`).
 */
import { describe } from "vitest";
import { appendingConformance } from "./journal-appending.ts";
import { compactingConformance } from "./journal-compacting.ts";
import { readingConformance } from "./journal-reading.ts";
import { recoveringConformance } from "./journal-recovering.ts";
import { refusingConformance } from "./journal-refusing.ts";
import type { OpenJournal } from "./journal-under-test.ts";

export function journalConformance(name: string, openJournal: OpenJournal): void {
  describe(`${name}: reading back`, () => {
    readingConformance(openJournal);
  });
  describe(`${name}: appending`, () => {
    appendingConformance(openJournal);
  });
  describe(`${name}: refusing`, () => {
    refusingConformance(openJournal);
  });
  describe(`${name}: recovering`, () => {
    recoveringConformance(openJournal);
  });
  describe(`${name}: compacting`, () => {
    compactingConformance(openJournal);
  });
}
