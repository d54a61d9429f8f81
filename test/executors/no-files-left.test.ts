/**
 * Goal: where the machine has no more files for a command, its attempt fails with that and with what to do, may be tried again, and
 * nothing else is harmed. Method: a process that has none to spare, and each runner when it has none.
 */
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { CommandBench, runnersOf, startWithNoFilesLeft } from "../support/commands.ts";

const ADVICE = "Allow more open files \\(`ulimit -n`\\), or fewer live items \\(`--cap`\\)\\.";

test("no runner can be started: the attempt fails with that, and the next one has a runner", async () => {
  await using commands = new CommandBench();
  const [refused, again] = await startWithNoFilesLeft("command", commands.folder);
  const why = "Expected a process to run commands, got none: .*EMFILE\\.";
  expect(refused).toMatch(new RegExp(`^runner_lost true ${why} ${ADVICE}$`));
  expect(again).toBe("started");
});

test("a refusal that the system gives at once fails the attempt too, which does not wait for ever", async () => {
  // More than the system takes for one variable, which the runner is looked for with.
  await using commands = new CommandBench({ environment: { PATH: "x".repeat(200_000) } });
  const message = expect.stringContaining("Expected a process to run commands, got none");
  expect(await commands.run("true")).toMatchObject({ kind: "failed", reason: { code: "runner_lost", message } });
});

test.each(["fast", "portable"] as const)("the %s runner has none to spare: it says so, and goes on", async (runner) => {
  // Elsewhere nobody sets the limits of another process.
  if (process.platform !== "linux") return;
  await using commands = new CommandBench({ runner });
  await commands.executor.start();
  const [pid] = runnersOf(process.pid);
  const allowFiles = (most: number): unknown => execFileSync("prlimit", [`--pid=${pid}`, `--nofile=${most}:`]);
  allowFiles(5);
  const message = expect.stringMatching(new RegExp(`too many open files.*\\. ${ADVICE}$`, "i"));
  const reason = { code: "spawn_failed", message };
  expect(await commands.run("true")).toMatchObject({ kind: "failed", retryable: true, reason });
  allowFiles(1_000);
  expect(await commands.run("true")).toEqual({ kind: "done" });
});
