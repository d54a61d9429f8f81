/**
 * What `signalbox worktrees clean --save` does, as a process of its own: two of them at once have to come to one end.
 * `node worktree-cleaner.ts HOME` prints a line for each worktree: what became of it, and why.
 */
import { nodeEnv } from "../../src/base/node-env.ts";
import { cleanWorktrees } from "../../src/git/state-worktrees.ts";

const [home = ""] = process.argv.slice(2);
const cleaned = await cleanWorktrees({ env: nodeEnv(), home, save: true, forgetMissing: false, dryRun: false });
for (const { entry, outcome, findings } of cleaned)
  process.stdout.write(`${outcome} ${entry.path} ${JSON.stringify(findings)}\n`);
