/**
 * Goal: a setup command that cannot be started is told as such, and takes nothing else down. Method: a process without a file to spare;
 * commands that the system does not take.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { nodeEnv } from "../../../src/base/node-env.ts";
import type { WorktreeEntry } from "../../../src/git/worktrees/entry.ts";
import { runSetup } from "../../../src/git/worktrees/setup-command.ts";
import { startWithNoFilesLeft } from "../../support/commands.ts";
import { gitFolder } from "../../support/git-repository.ts";

test("too many open files are told as such, with what to do, and with files to spare it is started", async () => {
  const [refused, again] = await startWithNoFilesLeft("setup", gitFolder());
  expect(refused).toMatch(
    /^expected to start the setup command of .*EMFILE\. Allow more open files \(`ulimit -n`\), or fewer/,
  );
  expect(again).toBe("started");
});

test("what the system refuses at once is told the same", async () => {
  const path = gitFolder();
  const file = join(path, "file");
  writeFileSync(file, "");
  const refusal = async (folder: string, command: string): Promise<unknown> => {
    // Of an entry it reads no more.
    const entry = { path: folder, runId: "run", item: "item", name: "name", ports: undefined, branch: undefined };
    const options = { command, timeoutMs: undefined, signal: undefined };
    return await runSetup(nodeEnv(), entry as unknown as WorktreeEntry, options).catch((error: unknown) => error);
  };
  for (const [folder, command, why] of [
    [path, "x".repeat(5_000_000), /got: spawn E2BIG\. .*shorten it/],
    [file, "true", /got: spawn .*ENOTDIR\. Check that `sh` is on the PATH, and that the folder/],
    [path, "a\0b", /got: .* without null bytes/],
  ] as const) {
    const message = expect.stringMatching(
      new RegExp(`^expected to start the setup command of item in .*${why.source}`, "s"),
    );
    expect(await refusal(folder, command)).toMatchObject({ code: "worktree_failed", message });
  }
});
