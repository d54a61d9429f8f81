// A process that has as many open files as it may have; prints what it is told when it starts another one, or takes a lock, or reads a plan,
// and when it does so again with files to spare. Arguments: `git`, `lock`, `setup`, `plan` or `command`; a folder, for git and its lock a
// repository, or the plan.
import { closeSync, openSync } from "node:fs";
import { nodeEnv } from "../../src/base/node-env.ts";
import { commandExecutor } from "../../src/executors/command-executor.ts";
import type { AttemptOutcome } from "../../src/executors/executor.ts";
import { openRepository } from "../../src/git/repository.ts";
import { runGit } from "../../src/git/run-git.ts";
import type { WorktreeEntry } from "../../src/git/worktrees/entry.ts";
import { runSetup } from "../../src/git/worktrees/setup-command.ts";
import { readPlanText } from "../../src/plan/text/text-file.ts";

const env = nodeEnv();
const [what = "", folder = ""] = process.argv.slice(2);
const repository = what === "lock" ? await openRepository(folder, { env }) : undefined;
const executor = commandExecutor({ env, outputDirectory: folder, planFolder: folder });

async function command(token: number): Promise<void> {
  const task = { run: "true", env: undefined, cwd: undefined };
  const request = { runId: "run", item: "item", itemId: "id", attempt: 1, token, task, inputs: () => ({}) };
  const outcome = await new Promise<AttemptOutcome>((resolve) => void executor.start(request, resolve));
  if (outcome.kind === "failed")
    throw new Error(`${outcome.reason.code} ${outcome.retryable} ${outcome.reason.message}`);
}

async function setup(): Promise<void> {
  // Of an entry it reads no more.
  const entry = { path: folder, runId: "run", item: "item", name: "name", ports: undefined, branch: undefined };
  await runSetup(env, entry as unknown as WorktreeEntry, { command: "true", timeoutMs: undefined, signal: undefined });
}

async function start(time: number): Promise<void> {
  if (what === "command") return await command(time);
  if (what === "setup") return await setup();
  if (what === "plan") return void (await readPlanText(folder, "plan.yaml"));
  if (repository !== undefined) return await (await repository.lock()).release();
  await runGit(folder, ["status"], { env });
}

async function told(time: number): Promise<void> {
  const text = await start(time).then(
    () => "started",
    (error: Error) => error.message,
  );
  process.stdout.write(`${text}\n`);
}

const files: number[] = [];
try {
  for (;;) files.push(openSync("/dev/null", "r"));
} catch {
  await told(1);
}
for (const file of files) closeSync(file);
await told(2);
await executor.stop();
