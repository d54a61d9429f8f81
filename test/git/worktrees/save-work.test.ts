/**
 * Goal: what is said to be saved is saved, all of it (complaint 4), also where git passes over files without a word.
 * Method: work in a worktree, removal with saving, then a look at the ref and the copy that the removal names.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Removal } from "../../../src/git/worktrees/remove-worktree.ts";
import { git, gitFolder } from "../../support/git-repository.ts";
import { worktreeBench, write, type WorktreeBench } from "../../support/worktree-bench.ts";

/** Has a worktree removed in which `work` was done. Answers what was saved. */
async function saved(
  bench: WorktreeBench,
  work: (path: string) => void,
): Promise<Removal["saved"] & { readonly show: (name: string) => string }> {
  const { name, path } = await bench.manager.create({ item: "build" });
  work(path);
  const removal = await bench.manager.remove(name, { work: "save" });
  expect(removal).toMatchObject({ findings: [], outcome: "removed" });
  expect(existsSync(path)).toBe(false);
  return { ...removal!.saved, show: (file) => git(bench.repository, "show", `${removal!.saved.ref}:${file}`) };
}

test("complaint 4: a changed file outside of a sparse checkout is saved, beside one that is left out", async () => {
  const { show } = await saved(await worktreeBench(), (path) => {
    write(join(path, "src/rest.c"), "rest");
    git(path, "add", ".");
    git(path, "commit", "-q", "-m", "with a rest");
    git(path, "sparse-checkout", "set", "docs");
    write(join(path, "src/main.c"), "mine");
  });
  expect([show("src/main.c"), show("src/rest.c")]).toEqual(["mine", "rest"]);
});

test("complaint 4: new and deleted files outside of a sparse checkout are saved", async () => {
  const bench = await worktreeBench();
  const { ref, show } = await saved(bench, (path) => {
    git(path, "rm", "-q", "readme.md");
    git(path, "sparse-checkout", "set", "docs");
    write(join(path, "src/new.txt"), "mine");
  });
  const names = git(bench.repository, "ls-tree", "-r", "--name-only", ref!).split("\n");
  expect(names).toEqual([".gitignore", "src/main.c", "src/new.txt"]);
  expect(show("src/new.txt")).toBe("mine");
});

test("a tracked file that is ignored now, a folder that became a link, filters and odd names: all is saved", async () => {
  const bench = await worktreeBench();
  git(bench.repository, "config", "filter.upper.clean", "tr a-z A-Z");
  write(join(bench.repository, ".git/info/attributes"), "*.up filter=upper\n");
  const { copy, show } = await saved(bench, (path) => {
    write(join(path, "readme.log"), "mine");
    write(join(path, 'a "name".up'), "mine");
    write(join(path, "b\nc\\d.up"), "mine");
    git(path, "add", "-f", "readme.log");
    git(path, "commit", "-q", "-m", "with a log");
    git(path, "rm", "-q", "--cached", "readme.log");
    renameSync(join(path, "src"), join(path, "old"));
    symlinkSync("old", join(path, "src"));
  });
  const texts = ["src", "old/main.c", 'a "name".up', "b\nc\\d.up"].map(show);
  expect(texts).toEqual(["old", "int main;", "MINE", "MINE"]);
  expect(readFileSync(join(copy!, "readme.log"), "utf8")).toBe("mine");
});

test.each([
  [
    "of its own refs",
    "git checkout -q --detach && git commit -q --allow-empty -m mine:$PWD && git update-ref refs/worktree/mine HEAD && git checkout -q -",
  ],
  ["that only its log holds", "git commit -q --allow-empty -m mine:$PWD && git reset -q --hard HEAD~1"],
])(
  "complaint 4: a commit %s is held before the worktree goes, beside others and below what is not committed",
  async (_which, command) => {
    const bench = await worktreeBench();
    const settings = "git config user.name Ada && git config user.email a@b.c";
    const run = (path: string): void => void execFileSync("sh", ["-c", `${settings} && ${command}`], { cwd: path });
    const alone = await saved(bench, run);
    const withFile = await saved(bench, (path) => {
      run(path);
      write(join(path, "readme.md"), "mine too");
    });
    const two = await saved(bench, (path) => {
      run(path);
      git(path, "checkout", "-q", "--detach");
      git(path, "commit", "-q", "--allow-empty", "-m", "head");
    });
    git(bench.repository, "gc", "-q", "--prune=now");
    const subjects = (work: Removal["saved"]): string[] =>
      git(bench.repository, "log", "--format=%s", work.ref!, "--not", "main").split("\n");
    expect(subjects(alone)).toEqual([expect.stringMatching(/^mine/)]);
    expect(subjects(withFile)).toContainEqual(expect.stringMatching(/^mine/));
    expect(subjects(two)).toEqual(expect.arrayContaining(["head", expect.stringMatching(/^mine/)]));
  },
);

test("complaint 4: a change of the same size, in the moment of the checkout, is saved", async () => {
  const bench = await worktreeBench();
  git(bench.repository, "config", "core.trustctime", "false");
  const { show } = await saved(bench, (path) => {
    const moment = new Date("2026-01-01T00:00:00Z");
    const [file, index] = [join(path, "readme.md"), git(path, "rev-parse", "--git-path", "index")];
    utimesSync(file, moment, moment);
    git(path, "update-index", "--refresh");
    write(file, "mine 12\n");
    // Git looks into a file that is not older than its index; nothing else tells here that it was changed.
    for (const each of [file, index]) utimesSync(each, moment, moment);
  });
  expect(show("readme.md")).toBe("mine 12");
});

test("commits that were rewritten on a branch that stays are left to its log, as in any repository", async () => {
  const { ref } = await saved(await worktreeBench(), (path) => {
    git(path, "commit", "-q", "--allow-empty", "-m", "one");
    git(path, "commit", "-q", "--allow-empty", "--amend", "-m", "two");
  });
  expect(ref).toBeUndefined();
});

test("complaint 4: a worktree of which not everything was saved is not removed, whatever git said", async () => {
  const bench = await worktreeBench();
  const { name, path } = await bench.manager.create({ item: "build" });
  write(join(path, "readme.md"), "mine");
  rmSync(join(path, "src/main.c"));
  write(join(path, "new.txt"), "mine");
  // A git that says that it has added, and has not.
  const folder = gitFolder();
  const real = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
  const text = `#!/bin/sh\ncase " $* " in *" add --all "*) exit 0 ;; esac\nexec ${real} "$@"\n`;
  writeFileSync(join(folder, "git"), text, { mode: 0o755 });
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv("PATH", `${folder}:${process.env["PATH"]}`);
  const removal = await bench.manager.remove(name, { work: "save" });
  vi.unstubAllEnvs();
  expect(removal).toMatchObject({ outcome: "failed", saved: { ref: undefined } });
  expect(removal!.findings[0]!.detail).toContain("did not take readme.md, src/main.c, new.txt;");
  expect(readFileSync(join(path, "new.txt"), "utf8")).toBe("mine");
  expect(git(bench.repository, "for-each-ref", "refs/signalbox")).toBe("");
  // With one that does what it says, it can be saved.
  expect(await bench.manager.remove(name, { work: "save" })).toMatchObject({ outcome: "removed" });
  expect(git(bench.repository, "show", "refs/signalbox/keep/run-1/build:new.txt")).toBe("mine");
});

test("a save that was killed while git wrote its ref has left a lock: the next one takes it away, and has the ref", async () => {
  const bench = await worktreeBench();
  const { name, path } = await bench.manager.create({ item: "build" });
  write(join(path, "new.txt"), "mine");
  const lock = `${bench.repository}/.git/refs/signalbox/keep/run-1/build.lock`;
  write(lock, "");
  const removal = await bench.manager.remove(name, { work: "save" });
  expect(removal).toMatchObject({ outcome: "removed", saved: { ref: "refs/signalbox/keep/run-1/build" } });
  expect(existsSync(lock)).toBe(false);
});
