/**
 * A process that takes the lock of a repository again and again, and writes what happened into a log that all of them share:
 * `? 12 3` process 12 has asked for the third time, and has its place by then, `+ 12 3` it has the lock, `- 12 3` it lets it go.
 * `node lock-process.ts FOLDER LOG ROUNDS LANES HOLD_MS [hang]`; at its end it prints how long it waited each time, as JSON.
 * With `hang` it runs a git command that never ends while it holds the lock, and never lets it go.
 */
import { appendFileSync } from "node:fs";
import { nodeEnv } from "../../src/base/node-env.ts";
import { openRepository } from "../../src/git/repository.ts";
import { runGit } from "../../src/git/run-git.ts";

const [folder = "", log = "", rounds = "1", lanes = "1", holdMs = "0", hang] = process.argv.slice(2);
const env = nodeEnv();
const repository = await openRepository(folder, { env });
const waitedMs: number[] = [];
let turns = 0;

const note = (sign: string, turn: number): void => appendFileSync(log, `${sign} ${process.pid} ${turn}\n`);

async function oneTurn(): Promise<void> {
  const turn = ++turns;
  const askedAt = performance.now();
  // The place is taken before the call comes back. To say it before the call would count whoever comes in between.
  const asked = repository.lock({ purpose: `turn ${turn}`, timeoutMs: 120_000 });
  note("?", turn);
  await using lease = await asked;
  waitedMs.push(performance.now() - askedAt);
  note("+", turn);
  if (hang !== undefined) await runGit(repository, ["-c", "alias.hang=!sleep 300", "hang"], { env, lease });
  if (Number(holdMs) > 0) await new Promise<void>((resolve) => void env.timers.after(Number(holdMs), resolve));
  note("-", turn);
}

await Promise.all(
  Array.from({ length: Number(lanes) }, async () => {
    for (let round = 0; round < Number(rounds); round++) await oneTurn();
  }),
);
process.stdout.write(`${JSON.stringify(waitedMs)}\n`);
