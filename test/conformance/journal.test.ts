// Goal: both stores keep the promises of the journal port. Method: one suite, `journal.ts`, run for each, and for the SQLite
// store once more without its thread.
import { nodeEnv } from "../../src/base/node-env.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { inThreadJournal } from "../support/in-thread-journal.ts";
import { stateFolder } from "../support/state-folder.ts";
import { journalConformance } from "./journal.ts";

journalConformance("memory journal", async () => ({ journal: memoryJournal() }));

journalConformance("SQLite journal", async () => {
  const open = () => sqliteJournal({ directory, env: nodeEnv() });
  const directory = stateFolder();
  return { journal: await open(), reopen: open };
});

journalConformance("SQLite store without its thread", async () => {
  const directory = stateFolder();
  return { journal: inThreadJournal(directory), reopen: async () => inThreadJournal(directory) };
});
