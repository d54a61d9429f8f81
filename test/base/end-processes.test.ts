import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { endProcesses } from "../../src/base/end-processes.ts";
import { virtualEnv } from "../support/virtual-env.ts";

const fail = (): never => {
  throw Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE" });
};

test("a look that fails is made again: nobody knows that nothing is left", async () => {
  const env = virtualEnv();
  const child = spawn("sleep", ["60"]);
  const ended = once(child, "exit");
  let looks = 0;
  const look = (): readonly number[] => (looks++ === 0 ? fail() : child.signalCode === null ? [child.pid!] : []);
  const done = endProcesses(env, look, 1_000);
  await env.advance(25);
  expect(await ended).toEqual([null, "SIGTERM"]);
  await env.advance(100);
  expect(await done).toBe(1);
});

test("one that always fails is told when the time is over", async () => {
  const env = virtualEnv();
  const told = endProcesses(env, fail, 1_000).then(
    () => "ended",
    (error: Error) => error.message,
  );
  await env.advance(6_100);
  expect(await told).toContain("EMFILE");
});
