// Goal: the installed command refuses an old Node in one line before anything that it cannot read is loaded, and knows
// its version without loading anything. Method: the file itself, laid out as the build does it, with a stand-in for the
// bundle; an old Node is played by a preloaded file that changes what Node says of itself.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "signalbox-bin-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

mkdirSync(join(folder, "dist/cli"), { recursive: true });
copyFileSync(fileURLToPath(new URL("../../src/cli/bin.cjs", import.meta.url)), join(folder, "dist/signalbox.cjs"));
const manifest = { version: "1.2.3", type: "module", engines: { node: ">=24.15" } };
writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
for (const name of ["main", "serve", "client"])
  writeFileSync(join(folder, `dist/cli/${name}.cjs`), `console.log("${name}", ...process.argv.slice(2));`);

function signalbox(
  node: string | undefined,
  ...args: string[]
): { code: number | null; stdout: string; stderr: string } {
  const preload = join(folder, "old-node.cjs");
  writeFileSync(
    preload,
    `Object.defineProperty(process.versions, "node", { value: "${node ?? process.versions.node}" });`,
  );
  const result = spawnSync(process.execPath, ["--require", preload, join(folder, "dist/signalbox.cjs"), ...args], {
    encoding: "utf8",
  });
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}

test.each(["18.20.0", "20.20.2", "24.14.9"])("Node %s gets one clear line and exit code 2", (version) => {
  const { code, stdout, stderr } = signalbox(version, "run", "plan.yaml");
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^signalbox needs Node 24\.15 or newer, and this is Node [\d.]+ \(.*\)\. Install .*\n$/);
  expect(stderr).toContain(version);
});

test.each(["24.15.0", "25.0.0", "26.10.0"])("Node %s runs the command with its arguments", (version) => {
  expect(signalbox(version, "run", "plan.yaml")).toEqual({ code: 0, stdout: "main run plan.yaml\n", stderr: "" });
});

test("--version answers without loading the bundle", () => {
  expect(signalbox(undefined, "--version")).toEqual({ code: 0, stdout: "1.2.3\n", stderr: "" });
});

test("only `serve` and `mcp` read the program that has a server in it, only `items` and `work` the one that has a client in it", () => {
  expect(signalbox(undefined, "items", "list").stdout).toBe("client items list\n");
  expect(signalbox(undefined, "work", "--", "serve").stdout).toBe("client work -- serve\n");
  expect(signalbox(undefined, "constructor").stdout).toBe("main constructor\n");
  expect(signalbox(undefined, "mcp").stdout).toBe("serve mcp\n");
  expect(signalbox(undefined, "serve", "--port", "0").stdout).toBe("serve serve --port 0\n");
  expect(signalbox(undefined, "run", "serve").stdout).toBe("main run serve\n");
});
