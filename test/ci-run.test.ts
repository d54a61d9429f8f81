// Goal: .ci/run ends with `N passed, N failed` alone on its line and never calls a broken or empty run a success.
// Method: the real script in a copy of its folder, with an npm of our own that leaves the counts a test run would leave;
// and the real reporter on a real run.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "signalbox-ci-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

mkdirSync(join(folder, "bin"));
cpSync(join(root, ".ci"), join(folder, ".ci"), { recursive: true });

/** `counts` is what the reporter leaves; `undefined`: the run broke before its end. */
function ciRun(counts: string | undefined, npmCode: number): { code: number | null; lastLine: string | undefined } {
  const leave = counts === undefined ? "" : `echo '${counts}' > "$SIGNALBOX_TEST_COUNTS"`;
  writeFileSync(join(folder, "bin/npm"), `#!/bin/sh\necho "npm $*"\n${leave}\nexit ${npmCode}\n`, { mode: 0o755 });
  const env = { ...process.env, PATH: `${join(folder, "bin")}${delimiter}${process.env["PATH"]}` };
  const { status, stdout } = spawnSync(join(folder, ".ci/run"), { env, encoding: "utf8" });
  expect(stdout).toMatch(/^npm test\n/);
  return { code: status, lastLine: stdout.trimEnd().split("\n").at(-1) };
}

test.each([
  ["all passed", "12 passed, 0 failed", 0, { code: 0, lastLine: "12 passed, 0 failed" }],
  ["some failed", "11 passed, 1 failed", 1, { code: 1, lastLine: "11 passed, 1 failed" }],
  ["some failed and npm did not say so", "11 passed, 1 failed", 0, { code: 1, lastLine: "11 passed, 1 failed" }],
  ["all passed and something else broke", "12 passed, 0 failed", 1, { code: 1, lastLine: "12 passed, 1 failed" }],
  ["nothing ran", "0 passed, 0 failed", 0, { code: 1, lastLine: "0 passed, 1 failed" }],
  ["the run never ended", undefined, 0, { code: 1, lastLine: "0 passed, 1 failed" }],
  ["the run was killed", undefined, 137, { code: 137, lastLine: "0 passed, 1 failed" }],
])("when %s, the line and the exit code say so", (_, counts, npmCode, expected) => {
  expect(ciRun(counts, npmCode)).toEqual(expected);
});

test("the reporter counts tests that passed and failed, files that did not load and errors outside of tests", () => {
  mkdirSync(join(folder, "tests"));
  const file = (name: string, text: string): void =>
    writeFileSync(join(folder, "tests", name), `import { test, describe } from "vitest";\n${text}`);
  file("a.test.ts", 'test("good", () => {}); test("bad", () => { throw new Error("bad"); });');
  file("b.test.ts", 'throw new Error("does not load");');
  file("c.test.ts", 'test("good", () => { void Promise.reject(new Error("nobody waits")); });');
  const counts = join(folder, "counts");
  const reporter = join(root, "test/support/count-reporter.ts");
  const config = `import { CountReporter } from ${JSON.stringify(reporter)};
    export default { test: { include: ["tests/*.test.ts"], reporters: [new CountReporter()] } };`;
  writeFileSync(join(folder, "vitest.config.ts"), config);
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const env = { ...process.env, SIGNALBOX_TEST_COUNTS: counts };
  // The files import vitest from where they stand.
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  spawnSync(process.execPath, [vitest, "run", "--root", folder], { cwd: folder, env, encoding: "utf8" });
  expect(readFileSync(counts, "utf8")).toBe("2 passed, 3 failed\n");
});
