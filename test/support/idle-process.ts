/**
 * A process with nothing to do but its journal: `node idle-process.ts DIRECTORY END`. It writes to it, and then `closes` it while it is busy,
 * `rests` before it closes it, `leaves` it open, or leaves it when it `is refused`; prints what it came to.
 */
import { nodeEnv } from "../../src/base/node-env.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { HistoryWriter, RUN_ID, runRecord } from "./journal-history.ts";

const [directory = "", end = ""] = process.argv.slice(2);
const journal = await sqliteJournal({ directory, env: nodeEnv() });
await journal.createRun(runRecord());
const entry = new HistoryWriter(end === "is refused" ? 9 : 0).item(0, "claimed");
const appended = journal.append(RUN_ID, [entry]);
if (end === "is refused") await appended?.catch(() => {});
else if (end !== "closes") await appended;
if (end === "closes" || end === "rests") await journal.close();
process.stdout.write(end);
