/**
 * A process with nothing to do but its journal: `node idle-process.ts DIRECTORY END`. It writes to it, and then `closes` it while it is busy,
 * `rests` before it closes it, `leaves` it open, or leaves it when it `is refused`; prints what it came to.
 */
import { nodeEnv } from "../../src/base/node-env.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";

const [directory = "", end = ""] = process.argv.slice(2);
const env = nodeEnv();
const journal = await sqliteJournal({ directory, env });
const id = env.nextId();
const plan = { planText: "{}", planHash: "0", size: 1, machineVersion: "1", options: null };
await journal.createRun({ id, name: "a run", createdAt: 1, ...plan });
const seq = end === "is refused" ? 9 : 1;
const about = {
  item: 0,
  event: "claim",
  from: "todo",
  to: "claimed",
  attempt: 1,
  refunded: 0,
  token: 1,
  actor: "idle",
};
const appended = journal.append(id, [{ seq, at: 1, mono: 1, epoch: 1, ...about }]);
if (end === "is refused") await appended?.catch(() => {});
else if (end !== "closes") await appended;
if (end === "closes" || end === "rests") await journal.close();
process.stdout.write(end);
