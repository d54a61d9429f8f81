// Goal: the SQLite store without its thread keeps the promises of the journal port. Method: the suite of all stores, `journal.ts`.
import { inThreadJournal } from "../support/in-thread-journal.ts";
import { stateFolder } from "../support/state-folder.ts";
import { journalConformance } from "./journal.ts";

journalConformance("SQLite store without its thread", async () => {
  const directory = stateFolder();
  return { journal: inThreadJournal(directory), reopen: async () => inThreadJournal(directory) };
});
