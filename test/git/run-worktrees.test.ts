/**
 * Workers outside that do items of one run: each attempt has its own worktree and branch, whoever has the item next. What runs in
 * them, and what a run makes of it, is in test/engine/worktrees.test.ts.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { itemWorktrees, type RunWorktrees } from "../../src/git/run-worktrees.ts";
import { storedReports } from "../../src/git/state-worktrees.ts";
import { openWorktreeRegistry } from "../../src/git/worktrees/registry.ts";
import { git } from "../support/git-repository.ts";
import { filledRepository, gitView, write } from "../support/worktree-bench.ts";

const signal = new AbortController().signal;

async function worker(repository: string, runId: string): Promise<RunWorktrees> {
  const open = itemWorktrees({ home: join(dirname(repository), "home"), folder: repository });
  const worktrees = await open({ env: nodeEnv(), runId, settings: {}, onProblem: () => {} });
  onTestFinished(() => worktrees.close());
  return worktrees;
}

test("S3-18, complaint 9: a worker whose claim has ended cannot move the branch of the one that has the item next", async () => {
  const repository = filledRepository();
  const [one, other] = [await worker(repository, "one"), await worker(repository, "other")];
  const late = await one.take({ run: "run-1", item: "build", token: 7, cwd: "src", signal });
  const next = await other.take({ run: "run-1", item: "build", token: 9, cwd: undefined, signal });
  expect([late.branch, next.branch]).toEqual(["signalbox/run-1/build.7", "signalbox/run-1/build.9"]);
  expect(late.folder).toBe(join(late.path, "src"));
  git(next.path, "commit", "-q", "--allow-empty", "-m", "next");
  const commit = git(repository, "rev-parse", next.branch!);
  write(join(late.path, "src/late.c"), "late");
  git(late.path, "add", ".");
  git(late.path, "commit", "-q", "-m", "late");
  git(late.path, "push", "-q", "-f", ".", `HEAD:${late.branch}`);
  expect(git(repository, "rev-parse", next.branch!)).toBe(commit);
  const report = await one.giveBack(late, (paths) => paths.filter((path) => !path.startsWith("docs/")));
  expect(report).toMatchObject({ filesModified: ["src/late.c"], undeclared: ["src/late.c"], isThere: false });
  expect(await other.giveBack(next, () => [])).toMatchObject({ commit, filesModified: [], isThere: false });
  expect(gitView(repository)).toMatchObject({
    worktrees: [expect.anything()],
    branches: ["main", "signalbox/run-1/build.7", "signalbox/run-1/build.9"],
  });
});

test("S3-12: what a worker gives back leaves the worktree of another one alone", async () => {
  const repository = filledRepository();
  const [one, other] = [await worker(repository, "one"), await worker(repository, "other")];
  const mine = await one.take({ run: "run-1", item: "a", token: 1, cwd: undefined, signal });
  const theirs = await other.take({ run: "run-1", item: "a", token: 2, cwd: undefined, signal });
  await one.giveBack(mine, () => []);
  expect(existsSync(theirs.path)).toBe(true);
  expect(one.reports().map(({ path }) => path)).toEqual([mine.path]);
});

test.each([
  ["work", { isThere: true, findings: ["untracked: notes.txt"] }],
  ["never", { isThere: false }],
  ["always", undefined],
] as const)(
  "R3, S3-13: what a process left that died between the look at the work and the removal is given back by the next one (keep: %s)",
  async (keep, expected) => {
    const repository = filledRepository();
    const home = join(dirname(repository), "home");
    const open = itemWorktrees({ home, folder: repository });
    const first = await open({ env: nodeEnv(), runId: "run-1", settings: { keep }, onProblem: () => {} });
    const { name, path } = await first.take({ item: "build", token: 1, cwd: undefined, signal });
    write(join(path, "notes.txt"), "unsaved");
    await first.close();
    const registry = await openWorktreeRegistry({ directory: home, runId: "run-1" });
    const { base, branch, owner } = registry.entry(name)!;
    const work = { commit: base, branch, files: ["notes.txt"], filesTotal: 1, insertions: 0, deletions: 0 };
    await registry.note(name, { work, undeclared: [] });
    await registry.close();
    // Its process is of an earlier start of the machine.
    const text = readFileSync(registry.file, "utf8");
    writeFileSync(registry.file, text.replaceAll(JSON.stringify(owner.bootId), '"an earlier start"'));
    const second = await open({ env: nodeEnv(), runId: "run-1", settings: { keep }, onProblem: () => {} });
    onTestFinished(() => second.close());
    expect(second.leftBefore).toMatchObject(expected === undefined ? [] : [{ item: "build", ...expected }]);
  },
);

test.each([
  ["its own branch", "git commit -q --allow-empty -m work", "signalbox/run-1/build"],
  ["a branch that the item made", "git switch -q -c feature && git commit -q --allow-empty -m work", "feature"],
  ["its branch under another name", "git branch -m renamed && git commit -q --allow-empty -m work", "renamed"],
  [
    "its own branch, though it went back",
    "git commit -q --allow-empty -m work && git checkout -q --detach HEAD~1",
    "signalbox/run-1/build",
  ],
  ["no branch, when nothing was committed on it", "git switch -q -c feature", undefined],
  ["no branch, when a ref holds it", "git checkout -q --detach && git commit -q --allow-empty -m work", undefined],
])("the report names where the commits are: %s", async (_where, command, branch) => {
  const repository = filledRepository();
  const worktrees = await worker(repository, "run-1");
  const work = await worktrees.take({ item: "build", token: 1, cwd: undefined, signal });
  const author = {
    GIT_AUTHOR_NAME: "Ada",
    GIT_AUTHOR_EMAIL: "a@b.c",
    GIT_COMMITTER_NAME: "Ada",
    GIT_COMMITTER_EMAIL: "a@b.c",
  };
  execFileSync("sh", ["-c", command], { cwd: work.path, env: { ...process.env, ...author } });
  const report = await worktrees.giveBack(work, () => []);
  expect(report).toMatchObject({ isThere: false, branch });
  expect(worktrees.reports()).toEqual([report]);
  const isSaved = report.saved?.ref !== undefined;
  const holder = branch ?? report.saved?.ref;
  if (holder !== undefined) expect(git(repository, "log", "-1", "--format=%s", holder)).toBe("work");
  expect(isSaved).toBe(branch === undefined && report.commit !== report.base);
});

test("R4: what is to be taken back is looked for in the item's last worktree, then on its branch, then at its last commit", async () => {
  const repository = filledRepository();
  const worktrees = await worker(repository, "run-1");
  const request = { item: "build", token: 1, cwd: undefined, signal };
  const nothing = (): string[] => [];
  const work = await worktrees.take(request);
  git(work.path, "commit", "-q", "--allow-empty", "-m", "work");
  await worktrees.giveBack(work, nothing);
  git(repository, "checkout", "-q", work.branch!);
  const elsewhere = await worktrees.take({ ...request, again: true });
  expect(elsewhere.branch).toBeUndefined();
  expect(git(elsewhere.path, "log", "-1", "--format=%s")).toBe("work");
  await worktrees.giveBack(elsewhere, nothing);
  git(repository, "checkout", "-q", "main");
  // One that was cut short runs again where it was.
  const onBranch = await worktrees.take({ ...request, again: true });
  write(join(onBranch.path, "half.txt"), "half");
  expect(await worktrees.giveBack(onBranch, nothing)).toMatchObject({ isThere: true });
  expect(onBranch.branch).toBe(work.branch);
  expect((await worktrees.take({ ...request, again: true })).path).toBe(onBranch.path);
});

test("complaint 4: what earlier attempts and undos left is told with path and remedy, behind the item's latest", async () => {
  const repository = filledRepository();
  const worktrees = await worker(repository, "run-1");
  const attempt = async (token: number, work: (path: string) => void, again = false): Promise<void> => {
    const taken = await worktrees.take({ item: "build", token, cwd: undefined, signal, again });
    work(taken.path);
    await worktrees.giveBack(taken, () => []);
  };
  await attempt(1, (path) => write(join(path, "left.txt"), "left"));
  await attempt(2, (path) => git(path, "commit", "-q", "--allow-empty", "-m", "work"));
  // Git cannot tell what is in it.
  await attempt(3, (path) => write(join(git(path, "rev-parse", "--absolute-git-dir"), "index"), "broken"));
  await attempt(4, () => {});
  await attempt(5, (path) => git(path, "commit", "-q", "--allow-empty", "-m", "last"));
  git(repository, "checkout", "-q", "signalbox/run-1/build.5");
  await attempt(5, (path) => write(join(path, "half.txt"), "half"), true);
  expect(
    worktrees.reports().map(({ role, isThere, branch, findings }) => [role, isThere, branch, findings.join()]),
  ).toEqual([
    ["latest", false, "signalbox/run-1/build.5", ""],
    ["undo", true, undefined, "untracked: half.txt"],
    ["earlier", true, "signalbox/run-1/build.3", "unknown: git cannot read it; see git status there"],
    ["earlier", false, "signalbox/run-1/build.2", ""],
    ["earlier", true, "signalbox/run-1/build", "untracked: left.txt"],
  ]);
  for (const { isThere, remedy, path } of worktrees.reports())
    expect(isThere ? remedy : undefined).toEqual(isThere ? expect.stringContaining(path) : undefined);
  const [latest] = await storedReports(join(dirname(repository), "home"), "run-1");
  expect(latest).toEqual(worktrees.reports()[0]);
});
