/**
 * One process that carries out run after run, as an embedding program does: `node --expose-gc rounds.ts DIRECTORY ROUNDS ITEMS`. Each run is
 * durable, in one state directory. Prints the memory after each, collected, as lines of JSON.
 */
import { createRun, definePlan } from "../../../src/index.ts";
import { nodeEnv } from "../../../src/base/node-env.ts";
import { sqliteJournal } from "../../../src/journal/sqlite-journal.ts";

const [directory, rounds, items] = process.argv.slice(2);
const collect = (globalThis as { readonly gc?: () => void }).gc!;
const journal = await sqliteJournal({ directory: directory!, env: nodeEnv() });
const tasks = Object.fromEntries(
  Array.from({ length: Number(items) }, (_, n) => [
    `t${n}`,
    { run: async () => n, ...(n % 10 > 0 && { needs: [`t${n - 1}`] }) },
  ]),
);
for (let round = 0; round < Number(rounds); round++) {
  const { outcome, counts } = await createRun(definePlan({ tasks }), { journal, liveItemsMax: 64 }).start();
  if (outcome !== "done" || counts.done !== Number(items)) throw new Error(`${outcome} with ${counts.done} done`);
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ heapMb: heapUsed / 2 ** 20, rssMb: rss / 2 ** 20 })}\n`);
}
await journal.close();
