/**
 * A process that compacts the log of a run and is killed on the way: `node compaction-process.ts RUN DIRECTORY EXPORT_TO POINT`. Prints
 * `compacted` when it was not.
 */
import { open } from "node:fs/promises";
import { Database, Statement } from "../../src/journal/sqlite/database.ts";
import { inThreadJournal } from "./in-thread-journal.ts";

const [runId = "", directory = "", exportTo = "", point = ""] = process.argv.slice(2);
const die = (): void => void process.kill(process.pid, "SIGKILL");

const journal = inThreadJournal(directory);
const { seq } = await journal.recover(runId);

const handle = await open(process.execPath, "r");
const file = Object.getPrototypeOf(handle) as { sync: () => Promise<void> };
await handle.close();
const { sync } = file;
file.sync = function syncOrDie(): Promise<void> {
  if (point === "before the file is synced") die();
  return sync.call(this);
};

let runs = 0;
const statements = Statement.prototype as unknown as { run: (...values: unknown[]) => number };
const { run } = statements;
statements.run = function runOrDie(...values): number {
  const changes = run.apply(this, values);
  runs++;
  if (point === "when the base is there" && runs === 1) die();
  if (point === "when half of the entries are gone" && runs === 5) die();
  return changes;
};

const databases = Database.prototype as unknown as { transaction: (begin: string, work: () => unknown) => unknown };
const { transaction } = databases;
databases.transaction = function transactOrDie(begin, work): unknown {
  const result = transaction.call(this, begin, () => {
    if (point === "when the file has its name") die();
    const done = work();
    if (point === "before the commit") die();
    return done;
  });
  if (point === "after the commit") die();
  return result;
};

await journal.compact(runId, { upTo: seq, exportTo });
process.stdout.write("compacted\n");
await journal.close();
