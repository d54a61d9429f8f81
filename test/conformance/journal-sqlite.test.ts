// Goal: the SQLite journal keeps the promises of the journal port. Method: the suite of all stores, `journal.ts`.
import { nodeEnv } from "../../src/base/node-env.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { stateFolder } from "../support/state-folder.ts";
import { journalConformance } from "./journal.ts";

journalConformance("SQLite journal", async () => {
  const open = () => sqliteJournal({ directory, env: nodeEnv() });
  const directory = stateFolder();
  return { journal: await open(), reopen: open };
});
