// Goal: the first command in a fresh clone works on any Node from 18, and the second costs nothing. Method: the real
// setup script in a copy of the few files that it reads, with an npm of our own that notes each call and lays out what
// the real one would. A mistake here shows as a newcomer's first command failing, where no other test looks.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const support = fileURLToPath(new URL("./support/", import.meta.url));
const lock = {
  packages: {
    "": {},
    "node_modules/needed": { version: "1.0.0" },
    "node_modules/other-os": { version: "1.0.0", optional: true },
  },
};
const hiddenLock = { packages: { "node_modules/needed": { version: "1.0.0" } } };

let clone: string;
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), "signalbox-setup-"));
  mkdirSync(join(clone, "test/support/runtime"), { recursive: true });
  cpSync(join(support, "setup.mjs"), join(clone, "test/support/setup.mjs"));
  write("test/support/runtime/package.json", JSON.stringify({ optionalDependencies: { "node-here": "26.0.0" } }));
  write("package.json", JSON.stringify({ engines: { node: ">=18.0" } }));
  write("package-lock.json", JSON.stringify(lock));
});
afterEach(() => rmSync(clone, { recursive: true, force: true }));

function write(path: string, text: string): void {
  writeFileSync(join(clone, path), text);
}

/** Lays out node_modules as npm does; `nodeAnswer` is the shell script that plays the pinned Node. */
function npmThatInstalls(nodeAnswer: string): string {
  return `
    const { appendFileSync, mkdirSync, rmSync, writeFileSync } = require("node:fs");
    appendFileSync("npm-calls", process.argv.slice(2).join(" ") + "\\n");
    rmSync("node_modules", { recursive: true, force: true });
    for (const name of ["needed", ".bin", "node-here/bin"]) mkdirSync("node_modules/" + name, { recursive: true });
    writeFileSync("node_modules/.package-lock.json", ${JSON.stringify(JSON.stringify(hiddenLock))});
    writeFileSync("node_modules/.bin/node", "");
    writeFileSync("node_modules/node-here/bin/node", ${JSON.stringify(`#!/bin/sh\n${nodeAnswer}\n`)}, { mode: 0o755 });`;
}

function setUp(npm: string): { code: number | null; stdout: string; stderr: string; npmCalls: string[] } {
  write("npm-cli.cjs", npm);
  const env = { ...process.env, npm_execpath: join(clone, "npm-cli.cjs") };
  const { status, stdout, stderr } = spawnSync(process.execPath, ["test/support/setup.mjs"], {
    cwd: clone,
    env,
    encoding: "utf8",
  });
  const calls = existsSync(join(clone, "npm-calls")) ? readFileSync(join(clone, "npm-calls"), "utf8") : "";
  return { code: status, stdout, stderr, npmCalls: calls.split("\n").filter(Boolean) };
}

const works = npmThatInstalls("echo v26.0.0");

describe("a fresh clone", () => {
  test("is installed by the lockfile, without scripts, with one line that says so", () => {
    const { code, stdout, stderr, npmCalls } = setUp(works);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(npmCalls).toEqual([expect.stringMatching(/^ci .*--ignore-scripts/)]);
    expect(stderr).toMatch(/^setup: installing .* ready, on Node 26\.0\.0 \(pinned\)\n$/);
  });

  test("is installed once: the second time says nothing and does not call npm", () => {
    setUp(works);
    expect(setUp(works)).toEqual({ code: 0, stdout: "", stderr: "", npmCalls: [expect.anything()] });
  });

  test("is installed again when the lockfile changes", () => {
    setUp(works);
    write(
      "package-lock.json",
      JSON.stringify({ ...lock, packages: { ...lock.packages, "node_modules/new": { version: "2.0.0" } } }),
    );
    expect(setUp(works).npmCalls).toHaveLength(2);
  });

  test("in which somebody typed npm ci is taken as it is", () => {
    setUp(works);
    rmSync(join(clone, "node_modules/.signalbox-setup"));
    expect(setUp(works)).toMatchObject({
      code: 0,
      npmCalls: [expect.anything()],
      stderr: "setup: ready, on Node 26.0.0 (pinned)\n",
    });
  });
});

describe("when npm fails", () => {
  test("for want of the registry, the advice is to look at the network", () => {
    const { code, stderr } = setUp('process.stderr.write("npm error code ENOTFOUND\\n"); process.exit(1);');
    expect(code).toBe(1);
    expect(stderr).toContain("the npm registry gave no packages (ENOTFOUND). Check the network");
  });

  test("for another reason, npm's own words are shown, not the last page of its manual", () => {
    const { code, stderr } = setUp('process.stderr.write("npm error code EUSAGE\\n".repeat(100)); process.exit(1);');
    expect(code).toBe(1);
    expect(stderr.split("\n").length).toBeLessThan(20);
    expect(stderr).toContain("EUSAGE");
  });
});

describe("where the pinned Node does not run", () => {
  const broken = npmThatInstalls("exit 1");

  test("a new enough Node of the machine is taken, and the one that does not run leaves the PATH", () => {
    const { code, stderr } = setUp(broken);
    expect(code).toBe(0);
    expect(stderr).toContain(`ready, on Node ${process.versions.node} (this machine's`);
    expect(existsSync(join(clone, "node_modules/.bin/node"))).toBe(false);
  });

  test("an older one is refused with the version to install, each time anew", () => {
    write("package.json", JSON.stringify({ engines: { node: ">=99.5" } }));
    for (const attempt of [1, 2]) {
      const { code, stderr } = setUp(broken);
      expect({ attempt, code }).toEqual({ attempt, code: 1 });
      expect(stderr).toContain("install Node 99.5 or newer");
    }
  });
});

test("a file that is not npm's is not asked to install: another package manager ignores package-lock.json", () => {
  const env = { ...process.env, npm_execpath: join(clone, "yarn.js"), PATH: join(clone, "bin") };
  mkdirSync(join(clone, "bin"));
  write("bin/npm", `#!${process.execPath}\n${works}`);
  chmodSync(join(clone, "bin/npm"), 0o755);
  const { status } = spawnSync(process.execPath, ["test/support/setup.mjs"], { cwd: clone, env, encoding: "utf8" });
  expect(status).toBe(0);
});
