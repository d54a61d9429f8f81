/**
 * A process that makes worktrees, works in them and removes them, again and again, and writes what it did into a log.
 * `node worktree-worker.ts REPOSITORY HOME RUN ROUNDS LANES LOG [work]`
 *
 * Lines of the log: `begin` it is about to touch git; `made PATH`; `worked NAME` a file of this name, with this text, is in the
 * worktree (untracked, ignored, committed on the branch or on a detached HEAD); `removed PATH`; `kept PATH`; `failed MESSAGE`.
 * Without `work` nothing is done in them.
 */
import { execFileSync } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeEnv } from "../../src/base/node-env.ts";
import { openRepository } from "../../src/git/repository.ts";
import { WorktreeManager, type CreateWorktree } from "../../src/git/worktree-manager.ts";
import { openWorktreeRegistry } from "../../src/git/worktrees/registry.ts";

const [folder = "", home = "", runId = "", rounds = "1", lanes = "1", log = "", work] = process.argv.slice(2);
const env = nodeEnv();
const note = (line: string): void => appendFileSync(log, `${line.replaceAll("\n", " ")}\n`);

const registry = await openWorktreeRegistry({ directory: home, runId });
const manager = new WorktreeManager({
  env,
  repository: await openRepository(folder, { env }),
  registry,
  home,
  lockTimeoutMs: 120_000,
  links: ["node_modules"],
  ports: { first: 20_000, last: 29_999, count: 10 },
});

const author = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];

/** Writes one file that must never get lost. */
function workIn(path: string, kind: number): void {
  const name = `${env.nextId()}.${kind === 1 ? "log" : "txt"}`;
  writeFileSync(join(path, name), name);
  if (kind >= 2) {
    execFileSync("git", ["-C", path, ...author, "add", name]);
    execFileSync("git", ["-C", path, ...author, "commit", "-q", "-m", name]);
  }
  note(`worked ${name}`);
}

async function oneRound(lane: number, round: number): Promise<void> {
  const kind = (lane + round) % 5;
  const request: CreateWorktree = { item: `item-${lane}-${round}`, ...(kind === 3 ? { branch: "detached" } : {}) };
  try {
    const { name, path } = await manager.create(request);
    note(`made ${path}`);
    if (work !== undefined && kind < 4) workIn(path, kind);
    const removal = await manager.remove(name, { work: "save" });
    note(`${removal?.outcome ?? "gone"} ${path} ${removal?.remedy ?? ""}`);
  } catch (error) {
    note(`failed ${error instanceof Error ? error.message : String(error)}`);
  }
}

note("begin");
await Promise.all(
  Array.from({ length: Number(lanes) }, async (_, lane) => {
    for (let round = 0; round < Number(rounds); round++) await oneRound(lane, round);
  }),
);
await registry.close();
note("end");
