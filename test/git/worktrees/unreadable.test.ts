/**
 * Goal: what cannot be read just now, since there are too many open files or the disk fails, is never taken for what is not there: nothing of
 * the user's is destroyed for it. Method: real repositories; a folder, a circle of links or a file larger than memory stands where a
 * file of git should. A bug would look like: work that is gone because nobody could see it.
 */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { systemCode } from "../../../src/base/error-code.ts";
import { nodeEnv } from "../../../src/base/node-env.ts";
import { examineRepository, unknownFolders } from "../../../src/git/examine.ts";
import { itemWorktrees } from "../../../src/git/run-worktrees.ts";
import { cleanWorktrees, storedWorktrees } from "../../../src/git/state-worktrees.ts";
import { adminEntry } from "../../../src/git/worktrees/admin-entry.ts";
import { isInUse } from "../../../src/git/worktrees/branch-users.ts";
import { writeKeptOut } from "../../../src/git/worktrees/kept-out.ts";
import { readMarker, writeMarker } from "../../../src/git/worktrees/marker.ts";
import type { WorktreeEntry } from "../../../src/git/worktrees/entry.ts";
import { registryFile } from "../../../src/git/worktrees/registry.ts";
import { git } from "../../support/git-repository.ts";
import { filledRepository, worktreeBench, write, type WorktreeBench } from "../../support/worktree-bench.ts";

const env = nodeEnv();

function codeOf(work: () => unknown): string | undefined {
  try {
    return String(work());
  } catch (error) {
    return systemCode(error);
  }
}

test("commits to which only a log leads keep a worktree when that log cannot be read; when it can, they are saved", async () => {
  const bench = await worktreeBench();
  const entry = await bench.manager.create({ item: "build" });
  const log = join(entry.repository, "worktrees", entry.name, "logs", "HEAD");
  git(entry.path, "checkout", "-q", "--detach");
  git(entry.path, "commit", "-q", "--allow-empty", "-m", "mine");
  const commit = git(entry.path, "rev-parse", "HEAD");
  git(entry.path, "checkout", "-q", entry.branch!);
  renameSync(log, `${log}.away`);
  mkdirSync(log);
  const removal = await bench.manager.remove(entry.name);
  expect(removal).toMatchObject({ outcome: "failed", findings: [{ detail: expect.stringContaining("EISDIR") }] });
  expect(existsSync(join(entry.path, "readme.md"))).toBe(true);
  rmSync(log, { recursive: true });
  renameSync(`${log}.away`, log);
  const again = await bench.manager.remove(entry.name);
  expect(again).toMatchObject({ outcome: "removed", saved: { ref: expect.any(String) } });
  expect(git(bench.repository, "rev-parse", again!.saved.ref!)).toBe(commit);
});

test("a commit that only an unreadable HEAD leads to keeps a worktree whose folder is gone", async () => {
  const bench = await worktreeBench();
  const entry = await bench.manager.create({ item: "build" });
  const admin = join(entry.repository, "worktrees", entry.name);
  git(entry.path, "checkout", "-q", "--detach");
  git(entry.path, "commit", "-q", "--allow-empty", "-m", "mine");
  const commit = git(entry.path, "rev-parse", "HEAD");
  rmSync(join(admin, "logs"), { recursive: true });
  rmSync(entry.path, { recursive: true });
  renameSync(join(admin, "HEAD"), join(admin, "HEAD.away"));
  mkdirSync(join(admin, "HEAD"));
  expect(await bench.manager.remove(entry.name, { forgetMissing: true })).toMatchObject({ outcome: "failed" });
  rmSync(join(admin, "HEAD"), { recursive: true });
  renameSync(join(admin, "HEAD.away"), join(admin, "HEAD"));
  const again = await bench.manager.remove(entry.name, { forgetMissing: true });
  expect(again).toMatchObject({ outcome: "removed", saved: { ref: expect.any(String) } });
  expect(git(bench.repository, "rev-parse", again!.saved.ref!)).toBe(commit);
});

test("commits of a log of which git cannot tell whether anything else leads to them are saved", async () => {
  const bench = await worktreeBench();
  const entry = await bench.manager.create({ item: "build" });
  const committed = (words: string): string => {
    git(entry.path, "commit", "-q", "--allow-empty", "-m", words);
    return git(entry.path, "rev-parse", "HEAD");
  };
  git(entry.path, "checkout", "-q", "--detach");
  const [lost, left] = [committed("lost"), committed("left")];
  git(entry.path, "checkout", "-q", entry.branch!);
  rmSync(join(entry.repository, "objects", lost.slice(0, 2), lost.slice(2)));
  const removal = await bench.manager.remove(entry.name);
  expect(git(bench.repository, "rev-parse", removal!.saved.ref!)).toBe(left);
});

test("a branch is in use, and a worktree locked, as long as nobody can tell", () => {
  const repository = filledRepository();
  const common = join(repository, ".git");
  git(repository, "branch", "other");
  git(repository, "worktree", "add", "-q", "--detach", join(repository, "..", "beside"));
  expect([isInUse(common, "main"), isInUse(common, "other")]).toEqual([true, false]);
  expect(adminEntry(common, "beside")!.locked).toBeUndefined();
  mkdirSync(join(common, "worktrees/beside/locked"));
  expect(adminEntry(common, "beside")!.locked).toBe("its reason cannot be read");
  mkdirSync(join(common, "worktrees/beside/BISECT_START"));
  expect(isInUse(common, "other")).toBe(true);
});

test("K2: an exclude file that cannot be read is not written anew", async () => {
  const bench = await worktreeBench();
  const { repository, name } = await bench.manager.create({ item: "build" });
  const file = join(repository, "info/exclude");
  write(file, "# mine\n");
  // More than a buffer may hold; the disk keeps no byte of the rest.
  truncateSync(file, 3 * 2 ** 30);
  writeMarker(repository, { ...readMarker(repository, name)!, links: ["node_modules"] });
  expect(codeOf(() => writeKeptOut(repository))).toBe("ERR_FS_FILE_TOO_LARGE");
  expect(statSync(file).size).toBe(3 * 2 ** 30);
  truncateSync(file, 7);
  writeKeptOut(repository);
  expect(readFileSync(file, "utf8")).toMatch(/node_modules[^]*# mine\n$/);
});

test("a marker that cannot be read blocks no repair of others, and its ports are given to nobody", async () => {
  const bench = await worktreeBench({ ports: { first: 42_000, last: 42_019, count: 10 } });
  const one = await bench.manager.create({ item: "one" });
  const marker = join(one.repository, "signalbox/worktrees", `${one.name}.json`);
  renameSync(marker, `${marker}.away`);
  mkdirSync(marker);
  await expect(bench.manager.create({ item: "two" })).rejects.toThrow("EISDIR");
  expect(await (await bench.again()).repair()).toEqual([]);
  rmSync(marker, { recursive: true });
  renameSync(`${marker}.away`, marker);
  const two = await bench.manager.create({ item: "two" });
  expect(two.ports).not.toEqual(one.ports);
});

const markerOf = ({ repository, name }: WorktreeEntry): string =>
  join(repository, "signalbox/worktrees", `${name}.json`);

/** Two worktrees without work; nobody can read the marker of the first. */
async function oneUnreadable(bench: WorktreeBench): Promise<readonly [WorktreeEntry, WorktreeEntry]> {
  const [one, two] = [await bench.manager.create({ item: "one" }), await bench.manager.create({ item: "two" })];
  rmSync(markerOf(one));
  mkdirSync(markerOf(one));
  return [one, two];
}

test("a worktree of which the marker or the log cannot be read is told as one that cannot be cleaned; the others are", async () => {
  const bench = await worktreeBench();
  const [one] = await oneUnreadable(bench);
  const options = { env, home: bench.home, save: false, forgetMissing: false };
  const cleaned = async (dryRun: boolean): Promise<object> => {
    const all = await cleanWorktrees({ ...options, dryRun });
    return Object.fromEntries(all.map(({ entry, outcome }) => [entry.item, outcome]));
  };
  expect(await cleaned(true)).toEqual({ one: "failed", two: "removed" });
  expect(await cleaned(false)).toEqual({ one: "failed", two: "removed" });
  rmSync(markerOf(one), { recursive: true });
  const log = join(one.repository, "worktrees", one.name, "logs", "HEAD");
  rmSync(log);
  mkdirSync(log);
  expect(await cleaned(true)).toEqual({ one: "failed" });
  expect(existsSync(join(one.path, "readme.md"))).toBe(true);
});

test("worktrees whose place cannot be looked at are told of, each, and the others are cleaned", async () => {
  const bench = await worktreeBench();
  const one = await bench.manager.create({ item: "one" });
  const circle = join(bench.home, "circle");
  symlinkSync("circle", circle);
  const ofOther = { name: `${one.name}-two`, path: join(circle, "two") };
  const log = readFileSync(registryFile(bench.home, "run-1"), "utf8");
  const otherLog = log.replaceAll(one.path, ofOther.path).replaceAll(`"${one.name}"`, `"${ofOther.name}"`);
  writeFileSync(registryFile(bench.home, "run-2"), otherLog);
  const cleaned = await cleanWorktrees({ env, home: bench.home, save: false, forgetMissing: false, dryRun: false });
  expect(Object.fromEntries(cleaned.map(({ entry, outcome }) => [entry.name, outcome]))).toEqual({
    [one.name]: "removed",
    [ofOther.name]: "failed",
  });
});

test("a worktree on whose path a file stands is missing, as one that was deleted is, and may be forgotten", async () => {
  const bench = await worktreeBench();
  const { path } = await bench.manager.create({ item: "one" });
  rmSync(dirname(path), { recursive: true });
  writeFileSync(dirname(path), "");
  const options = { env, home: bench.home, save: false, dryRun: false };
  const [kept] = await cleanWorktrees({ ...options, forgetMissing: false });
  expect(kept).toMatchObject({ outcome: "kept", remedy: expect.stringContaining("--forget-missing") });
  const [forgotten] = await cleanWorktrees({ ...options, forgetMissing: true });
  expect(forgotten).toMatchObject({ outcome: "removed", findings: [] });
  expect(readFileSync(dirname(path), "utf8")).toBe("");
});

test("a manager that cannot read the marker of a dead one's worktree removes the others", async () => {
  const bench = await worktreeBench();
  for (const { name, owner, token } of await oneUnreadable(bench))
    await bench.registry.record(
      name,
      { type: "take", token: token + 1 },
      { owner: { ...owner, bootId: "an earlier start" } },
    );
  const removals = await (await bench.again()).clean();
  expect(removals.map(({ item, outcome }) => [item, outcome])).toEqual([
    ["one", "failed"],
    ["two", "removed"],
  ]);
});

test("a marker that cannot be read stops no removal half way", async () => {
  const bench = await worktreeBench();
  const entry = await bench.manager.create({ item: "build" });
  rmSync(markerOf(entry));
  symlinkSync(`${entry.name}.json`, markerOf(entry));
  expect(await bench.manager.remove(entry.name)).toMatchObject({ outcome: "removed", findings: [] });
  expect([existsSync(entry.path), existsSync(`${entry.path}.removing`)]).toEqual([false, false]);
});

test("R2: a worktree whose marker cannot be read is given back all the same, and keeps its ports", async () => {
  const repository = filledRepository();
  const ports = { first: 42_000, last: 42_019, count: 10 };
  const open = itemWorktrees({ home: join(repository, "..", "state"), folder: repository, ports, keep: "always" });
  const worktrees = await open({ env, runId: "run-1", settings: {}, onProblem: () => {} });
  const { signal } = new AbortController();
  const taken = await worktrees.take({ item: "one", token: 1, cwd: undefined, signal });
  const marker = join(repository, ".git/signalbox/worktrees", `${taken.name}.json`);
  rmSync(marker);
  mkdirSync(marker);
  expect(await worktrees.giveBack(taken, () => [])).toMatchObject({ item: "one", isThere: true });
  await worktrees.close();
});

test("a folder of worktrees that cannot be read is not one without worktrees", async () => {
  const { home, repository } = await worktreeBench();
  rmSync(home, { recursive: true });
  symlinkSync("worktrees", home);
  await expect(storedWorktrees(home)).rejects.toThrow("ELOOP");
  expect(unknownFolders(home, new Set())).toMatchObject([{ what: expect.stringContaining(`${home} cannot be read`) }]);
  expect(await storedWorktrees(join(repository, "none"))).toEqual([]);
});

test("S3-22: the doctor tells of a marker, or a folder of git, that cannot be read, and of the rest", async () => {
  const bench = await worktreeBench();
  const [one] = await oneUnreadable(bench);
  const examined = async (): Promise<string[]> => {
    const { troubles } = await examineRepository({ env, folder: bench.repository, home: undefined, mend: true });
    return troubles.map(({ what }) => what);
  };
  expect(await examined()).toEqual([expect.stringContaining(`${markerOf(one)} cannot be read`)]);
  rmSync(join(one.repository, "signalbox/worktrees"), { recursive: true });
  symlinkSync("worktrees", join(one.repository, "signalbox/worktrees"));
  const own = join(bench.repository, ".git/worktrees");
  rmSync(own, { recursive: true });
  symlinkSync("worktrees", own);
  expect(await examined()).toEqual([
    expect.stringContaining("signalbox/worktrees cannot be read"),
    expect.stringContaining(`${own} cannot be read`),
  ]);
});
