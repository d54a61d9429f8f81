// Goal: the memory journal keeps the promises of the journal port. Method: the suite of all stores, `journal.ts`.
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { journalConformance } from "./journal.ts";

journalConformance("memory journal", async () => ({ journal: memoryJournal() }));
