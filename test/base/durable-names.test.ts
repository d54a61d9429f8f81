/**
 * Goal: a name that is said to be durable was put on the disk, or that is told; where nobody can, nobody is bothered. Method: real folders, and a
 * process that may open no file more. That the disk then has it, only a power cut would show.
 */
import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { makeFolder, syncNames } from "../../src/base/durable-names.ts";

const folder = mkdtempSync(join(tmpdir(), "signalbox-names-"));
afterAll(() => rmSync(folder, { recursive: true }));
/** As text in a program. */
const source = JSON.stringify(join(import.meta.dirname, "../../src/base/durable-names.ts"));
const modeOf = (path: string): number => statSync(path).mode & 0o777;

test("a folder and those above it are made, for its owner only unless others are to see those; one that is there stays as it is", () => {
  const path = join(folder, "above/below");
  makeFolder(path, 0o700);
  if (process.platform !== "win32") expect([modeOf(path), modeOf(join(folder, "above"))]).toEqual([0o700, 0o700]);
  makeFolder(join(folder, "others/below"), 0o700, 0o777);
  if (process.platform !== "win32") expect(modeOf(join(folder, "others"))).toBeGreaterThan(0o700);
  writeFileSync(join(path, "file"), "");
  makeFolder(path, 0o755);
  if (process.platform !== "win32") expect(modeOf(path)).toBe(0o700);
  expect(existsSync(join(path, "file"))).toBe(true);
});

test("a relative folder stands in the present one", () => {
  const script = `import { makeFolder } from ${source}; makeFolder("here", 0o700);`;
  execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd: folder });
  expect(existsSync(join(folder, "here"))).toBe(true);
});

test("what is in the way is told, and so is a folder that takes no more", () => {
  writeFileSync(join(folder, "file"), "");
  symlinkSync(join(folder, "nowhere"), join(folder, "link"));
  expect(() => makeFolder(join(folder, "file"), 0o700)).toThrow("EEXIST");
  expect(() => makeFolder(join(folder, "file/below"), 0o700)).toThrow("ENOTDIR");
  expect(() => makeFolder(join(folder, "link"), 0o700)).toThrow("ENOENT");
  if (process.platform === "linux") expect(() => makeFolder("/proc/signalbox/state", 0o700)).toThrow("ENOENT");
});

test("a folder whose names nobody can put on a disk is none to complain about", () => {
  if (process.platform === "linux") expect(() => syncNames("/proc")).not.toThrow();
  expect(() => syncNames(join(folder, "missing"))).toThrow("ENOENT");
});

test("with no file left to open, a name is not said to be durable", () => {
  // Elsewhere nobody limits them like this.
  if (process.platform === "win32") return;
  const script = `
    import { openSync } from "node:fs";
    import { makeFolder } from ${source};
    try { for (;;) openSync("/dev/null", "r"); } catch {}
    try { makeFolder("made", 0o700); console.log("durable"); } catch (error) { console.log(error.code); }`;
  const words = ["-c", 'ulimit -n 64; exec "$0" "$@"', process.execPath, "--input-type=module", "-e", script];
  expect(execFileSync("sh", words, { cwd: folder, encoding: "utf8" })).toBe("EMFILE\n");
});

test("of many processes that make one folder at once, none is refused", async () => {
  const script = `
    import { makeFolder } from ${source};
    const start = Number(process.argv[1]);
    while (Date.now() < start);
    for (let n = 0; n < 200; n++) makeFolder(\`race/\${n}/a/b/c/d\`, 0o700);`;
  const start = String(Date.now() + 1_000);
  const run = async (): Promise<unknown> =>
    await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script, start], { cwd: folder });
  await Promise.all([run(), run(), run()]);
  expect(existsSync(join(folder, "race/199/a/b/c/d"))).toBe(true);
});
