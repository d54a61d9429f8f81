/**
 * Goal: `signalbox testgen` writes a test that runs, and `replay` walks again what failed.
 * Method: the command on modules that a user might have; what it wrote is run by `node --test`, a process of its own.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { say } from "../support/command-line.ts";
import { root } from "../support/tidy/repository.ts";

const hook = fileURLToPath(new URL("../support/docs/resolve-sources.ts", import.meta.url));
let folder: string;

const light = `import { createMachine } from "xstate";
export const light = createMachine({
  id: "light", initial: "red",
  states: { red: { after: { 10: "green" }, on: { BREAK: "broken" } }, green: { after: { 10: "red" } }, broken: {} },
});
`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-testgen-"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  const file = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  file("package.json", '{ "type": "module" }');
  file("light.ts", light);
  file(
    "two.mjs",
    'import { createMachine } from "xstate";\nexport const a = createMachine({ id: "a" });\nexport const b = createMachine({ id: "b" });\n',
  );
  file(
    "suite.ts",
    `import { light } from "./light.ts";
export const suite = { machine: light, sut: () => ({ state: "red" }), check: { "*": (sut, { value }) => sut.state === value },
  do: { BREAK: (sut) => void (sut.state = "broken") }, wait: () => {} };\n`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const testgen = (...words: string[]): ReturnType<typeof say> => say(["testgen", ...words], { cwd: folder });

test("the test that it writes runs, under node:test as it is", async () => {
  const { code, stderr } = await testgen("light.ts", "-o", "light.test.ts", "--runner", "node");
  expect([code, stderr]).toEqual([0, "light: 5 states in light.test.ts.\n"]);
  const output = execFileSync(process.execPath, ["--import", hook, "--test-reporter", "tap", "light.test.ts"], {
    cwd: folder,
    encoding: "utf8",
  });
  expect(output).toMatch(/ok 1 - light is .* after /);
  expect(output).toMatch(/# fail 0/);
});

test("it never overwrites a file unless it is told to", async () => {
  writeFileSync(join(folder, "mine.test.ts"), "// mine\n");
  const { code, stderr } = await testgen("light.ts", "-o", "mine.test.ts");
  expect(code).toBe(2);
  expect(stderr).toContain("overwrite it with --force");
  expect((await testgen("light.ts", "-o", "mine.test.ts", "--force")).code).toBe(0);
  expect(readFileSync(join(folder, "mine.test.ts"), "utf8")).toContain('from "vitest"');
});

test("without -o it is printed; which of several machines, it asks", async () => {
  const { stdout } = await testgen("light.ts");
  expect(stdout).toContain('import { light as machine } from "./light.ts";');
  expect((await testgen("two.mjs")).stderr).toContain("got a, b; choose with --export");
  expect((await testgen("two.mjs", "--export", "b")).stdout).toContain("// Tests of the machine b:");
  expect((await testgen("none.ts")).code).toBe(2);
});

test("a machine that needs an input gets it, and it goes into the test", async () => {
  const text = `import { createMachine } from "xstate";
export const m = createMachine({ id: "m", context: ({ input }) => ({ left: input.left + 0 }), on: { GO: {} } });\n`;
  writeFileSync(join(folder, "input.mjs"), text);
  expect((await testgen("input.mjs")).stderr).toContain("when its context needs one, give an `input`");
  expect((await testgen("input.mjs", "--input", '{"left":2}')).stdout).toContain('  input: {"left":2},');
  expect((await testgen("input.mjs", "--input", "{left")).code).toBe(2);
});

test("replay walks a failing walk again: 1 while it fails, 0 when it does not", async () => {
  const failing = `import { checkPaths } from "signalbox/testing";
import { suite } from "./suite.ts";
const { machine, ...rest } = suite;
await checkPaths(machine, { ...rest, fixtures: "fixtures", source: { file: "suite.ts", export: "suite" } }).catch(() => {});\n`;
  writeFileSync(join(folder, "fail.ts"), failing);
  execFileSync(process.execPath, ["--import", hook, "fail.ts"], { cwd: folder });
  const [name] = readdirSync(join(folder, "fixtures"));
  const file = join("fixtures", name!);
  const again = await testgen("replay", file);
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("1. 10 ms pass  red → green")]);
  // The machine against itself does as it says.
  const { code, stdout } = await testgen("replay", file, "--from", "light.ts");
  expect([code, stdout]).toEqual([0, "light does not fail any more.\n  1. 10 ms pass  red → green\n"]);
  expect(JSON.parse((await testgen("replay", file, "--from", "light.ts", "--json")).stdout)).toEqual({
    ok: true,
    machine: "light",
    steps: 1,
    skipped: 0,
  });
  expect((await testgen("replay", "light.ts")).stderr).toContain("expected a fixture of a model test");
});
