/**
 * Goal: whatever takes long, nobody waits for it: files are written, the setup command and the item run without the lock of the
 * repository. Method: each of them waits for a gate, and the lock is taken meanwhile.
 */
import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { openRepository } from "../../src/git/repository.ts";
import { git } from "../support/git-repository.ts";
import { filledRepository, worktreeBench, write } from "../support/worktree-bench.ts";
import { worktreeRuns } from "../support/worktree-runs.ts";

/** A command that says that it has begun, and goes on when it may. */
const gated = (gate: string): string => `touch ${gate}.begun; until test -e ${gate}.open; do sleep 0.02; done`;

/** Takes the lock as soon as the gate was reached, and opens it after. Answers who had asked for it by then. */
async function lockAt(repository: string, gate: string): Promise<void> {
  await expect.poll(() => existsSync(`${gate}.begun`), { timeout: 20_000 }).toBe(true);
  const opened = await openRepository(repository, { env: nodeEnv() });
  const lease = await opened.lock({ timeoutMs: 2_000, purpose: "somebody else" });
  await lease.release();
  writeFileSync(`${gate}.open`, "");
}

test("M4, S3-21: the lock is free while files are checked out", async () => {
  const repository = filledRepository();
  const gate = join(dirname(repository), "checkout");
  write(join(repository, ".gitattributes"), "*.slow filter=slow\n");
  write(join(repository, "large.slow"), "large");
  git(repository, "add", ".");
  git(repository, "commit", "-q", "-m", "slow");
  git(repository, "config", "filter.slow.smudge", `${gated(gate)}; cat`);
  const bench = await worktreeBench({ repository });
  const [entry] = await Promise.all([bench.manager.create({ item: "build" }), lockAt(repository, gate)]);
  expect(existsSync(join(entry.path, "large.slow"))).toBe(true);
});

test("M4, S3-21: and while the setup command runs, and while the item does", async () => {
  const { repository, run } = worktreeRuns();
  const [setup, work] = ["setup", "work"].map((name) => join(dirname(repository), name));
  const ended = run({
    worktrees: { setup: gated(setup!) },
    tasks: { build: { worktree: true, run: gated(work!) } },
  }).start();
  await lockAt(repository, setup!);
  await lockAt(repository, work!);
  expect(await ended).toMatchObject({ outcome: "done" });
});
