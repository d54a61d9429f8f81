/** Commands that are offered to a person can be typed as they stand. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { execFileSync } from "node:child_process";
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import type { Io } from "../../src/cli/io.ts";
import { nextCommand, quoteWord, showPath } from "../../src/cli/next-command.ts";
import { tempFolder } from "../e2e/support/temp-folder.ts";
import { outputText } from "../support/output-text.ts";
import { virtualEnv } from "../support/virtual-env.ts";

function ioAt(cwd: string, variables: Io["variables"] = {}): Io {
  const output = outputText();
  return {
    env: virtualEnv(),
    stdout: output,
    stderr: output,
    cwd,
    variables,
    onSignal: () => () => {},
    onExit: () => {},
  };
}

test("the state directory is named only where it would not be found", () => {
  const cwd = tempFolder();
  const stateDir = join(cwd, ".signalbox");
  mkdirSync(stateDir);
  expect(nextCommand(ioAt(cwd), stateDir, "show")).toBe("signalbox show");
  expect(nextCommand(ioAt(join(cwd, "..")), stateDir, "show")).toMatch(/^signalbox show --state-dir \S+\/\.signalbox$/);
  expect(nextCommand(ioAt(cwd), join(cwd, "my state"), "show")).toBe("signalbox show --state-dir 'my state'");
});

test("the program is called as the user called it", () => {
  const cwd = tempFolder();
  const fromClone = ioAt(cwd, { npm_package_name: "signalbox", npm_lifecycle_event: "start" });
  expect(nextCommand(fromClone, undefined, "log")).toBe("npm run -s signalbox -- log");
  expect(nextCommand(ioAt(cwd, { npm_command: "exec" }), undefined, "log")).toBe("npx signalbox log");
});

test("a path is said in its shorter form", () => {
  expect(showPath(ioAt("/a/b/c"), "/a/b/c/d")).toBe("d");
  expect(showPath(ioAt("/a/b/c"), "/a/b/c")).toBe(".");
  expect(showPath(ioAt("/a/b/c/d/e"), "/x")).toBe("/x");
});

test.prop([fc.string({ unit: "grapheme-ascii", minLength: 1 })], { numRuns: 50 })(
  "a quoted word is one word to a shell, unchanged",
  (word) => {
    expect(execFileSync("sh", ["-c", `printf %s ${quoteWord(word)}`], { encoding: "utf8" })).toBe(word);
  },
);
