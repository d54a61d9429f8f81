import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { StopSignal } from "../../src/cli/io.ts";
import { say } from "../support/command-line.ts";
import { tempFolder } from "../e2e/support/temp-folder.ts";

test("I22: whoever has read that it serves can stop it in order from that moment on: it ends with 0 and leaves no lock", async () => {
  const cwd = tempFolder();
  let listener: ((signal: StopSignal) => void) | undefined;
  const { code, stdout } = await say(["serve", "--json", "--port", "0"], {
    cwd,
    onSignal: (listen) => {
      listener = listen;
      return () => (listener = undefined);
    },
    // In the moment in which the line is written; nobody listens: the system would end the process.
    onStdout: () => {
      expect(listener).toBeDefined();
      listener!("SIGTERM");
    },
  });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ event: "serving" });
  expect(existsSync(join(cwd, ".signalbox", "run.lock.json"))).toBe(false);
  expect(existsSync(join(cwd, ".signalbox", "server.json"))).toBe(false);
});
