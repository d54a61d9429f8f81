import { spawn } from "node:child_process";
import { once } from "node:events";
import type * as FileSystem from "node:fs";
import { expect, onTestFinished, test, vi } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { endGroup } from "../../src/git/end-group.ts";

let full = false;
vi.mock("node:fs", async (real) => {
  const fs = await real<typeof FileSystem>();
  const readdirSync = (...args: Parameters<typeof fs.readdirSync>): unknown => {
    if (full) throw Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE" });
    return fs.readdirSync(...args);
  };
  return { ...fs, readdirSync };
});

test("a group is ended although the list of processes cannot be read just then", async () => {
  const child = spawn("sleep", ["100"], { detached: true });
  const ended = once(child, "exit");
  onTestFinished(() => {
    full = false;
    child.kill("SIGKILL");
  });
  full = true;
  await endGroup(nodeEnv(), child.pid!);
  expect(await ended).toEqual([null, "SIGTERM"]);
});
