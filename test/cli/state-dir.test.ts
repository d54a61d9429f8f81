/**
 * Goal: a state directory that may not be read is told as that by every command that reads it, with what to do: never as a bug of
 * Signalbox, and never as one in which nothing was run. Method: a real directory that is closed to whoever asks.
 */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { say, type Said } from "../support/command-line.ts";
import { git } from "../support/git-repository.ts";

const READERS = [
  ["runs"],
  ["show"],
  ["log"],
  ["export"],
  ["why", "a"],
  ["resume"],
  ["retry", "a"],
  ["cancel", "a"],
  ["pause"],
  ["compact"],
  ["backup", "copy"],
  ["worktrees", "list"],
  ["worktrees", "doctor"],
  ["what-if"],
  ["check", "--against", ".signalbox"],
];
/** Somebody who owns nothing here. */
const OTHER_USER = 65_534;
const canBeClosed = process.geteuid !== undefined;

let cwd: string;
let stateDir: string;

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), "signalbox-closed-"));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  chmodSync(cwd, 0o755);
  writeFileSync(join(cwd, "plan.json"), '{"tasks":{"a":{"run":"true"}}}');
  expect(await say(["run", join(cwd, "plan.json"), "--no-pressure"], { cwd })).toMatchObject({ code: 0 });
  stateDir = join(cwd, ".signalbox");
});

/** What is said to whom the folder is closed. To root no folder is, so root is another user meanwhile. */
async function sayClosed(folder: string, words: readonly string[]): Promise<Said> {
  const isRoot = process.geteuid!() === 0;
  chmodSync(folder, 0);
  if (isRoot) process.seteuid!(OTHER_USER);
  try {
    return await say(words, { cwd });
  } finally {
    if (isRoot) process.seteuid!(0);
    chmodSync(folder, 0o755);
  }
}

describe("a directory that its reader may not enter", () => {
  test.each(READERS)("%s", async (...words) => {
    if (!canBeClosed) return;
    const { code, stdout, stderr } = await sayClosed(stateDir, words);
    expect(stderr).toMatch(/^signalbox: Expected to read the state in .*, but you may not read there\. .*--state-dir/);
    expect(stderr).toMatch(/\(journal_unavailable\)\n$/);
    expect([code, stdout]).toEqual([4, ""]);
  });

  test("or one that stands in such a folder, named or looked for", async () => {
    if (!canBeClosed) return;
    for (const words of [["runs"], ["runs", "--state-dir", stateDir]]) {
      const { code, stderr } = await sayClosed(cwd, words);
      expect(stderr).toContain(`Expected to read the state in ${stateDir}, but you may not read there.`);
      expect(code).toBe(4);
    }
  });
});

test("who may not enter it is not told that no coordinator serves it", async () => {
  if (!canBeClosed) return;
  const { code, stderr } = await sayClosed(stateDir, ["items", "list"]);
  expect(stderr).toContain("but the note about it cannot be read: EACCES");
  expect([code, stderr]).toEqual([4, expect.stringContaining("(server_unreachable)")]);
});

test.each([[["list"]], [["doctor"]], [["clean"]], [["clean", "--dry-run"]], [["clean", "x"]]])(
  "a folder in it that may not be entered is not one without worktrees: %s",
  async (words) => {
    if (!canBeClosed) return;
    const home = join(stateDir, "worktrees");
    mkdirSync(home);
    chmodSync(stateDir, 0o755);
    const { code, stderr } = await sayClosed(home, ["worktrees", ...words]);
    expect(stderr).toContain(`Expected to read the state in ${home}, but you may not read there.`);
    expect([code, stderr]).toEqual([4, expect.stringContaining("(journal_unavailable)")]);
  },
);

test("what is noted of the worktrees of a run, and cannot be read, is told by whoever shows the run", async () => {
  git(cwd, "init", "-q");
  git(cwd, "commit", "-q", "--allow-empty", "-m", "first");
  writeFileSync(join(cwd, "plan.json"), '{"tasks":{"a":{"run":"true","worktree":true}}}');
  expect(await say(["run", join(cwd, "plan.json"), "--no-pressure"], { cwd })).toMatchObject({ code: 0 });
  const home = join(stateDir, "worktrees");
  const [log] = readdirSync(home).filter((name) => name.endsWith(".jsonl"));
  rmSync(join(home, log!));
  mkdirSync(join(home, log!));
  const { code, stderr } = await say(["show"], { cwd });
  expect([code, stderr]).toEqual([4, expect.stringContaining(`Expected to read the state in ${home}, but EISDIR`)]);
});

test("a path that leads nowhere is told as such", async () => {
  symlinkSync("circle", join(cwd, "circle"));
  for (const [path, reason] of [
    ["circle", "its path is a circle of links"],
    ["x".repeat(300), "its path is too long"],
  ] as const) {
    const { code, stderr } = await say(["runs", "--state-dir", path], { cwd });
    expect(stderr).toContain(`but ${reason}. `);
    expect([code, stderr]).toEqual([4, expect.stringContaining("(journal_unavailable)")]);
  }
});

test("a log that cannot be read, beside a journal that can", async () => {
  rmSync(join(stateDir, "signalbox.db-wal"), { force: true });
  mkdirSync(join(stateDir, "signalbox.db-wal"));
  const { code, stderr } = await say(["runs"], { cwd });
  expect([code, stderr]).toEqual([4, expect.stringContaining("(journal_unavailable)")]);
});

test("where there is no directory nothing was run: a file, a path below one, a link to nothing", async () => {
  symlinkSync("nothing", join(cwd, "link"));
  for (const path of ["plan.json", join("plan.json", "below"), "link", "nothing"]) {
    const { code, stderr } = await say(["runs", "--state-dir", path], { cwd });
    expect([code, stderr]).toEqual([2, expect.stringContaining("(run_not_found)")]);
  }
});
