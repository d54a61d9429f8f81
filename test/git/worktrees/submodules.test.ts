/**
 * Goal: a worktree whose setup command brings its submodules in goes like any other, and no work in one of them is ever lost.
 * Method: real submodules, of a repository that stands elsewhere.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { git, gitRepository } from "../../support/git-repository.ts";
import { filledRepository, gitView, worktreeBench, write, type WorktreeBench } from "../../support/worktree-bench.ts";

const ALLOW = ["-c", "protocol.file.allow=always"];

/** A repository with a submodule `part`, which has one inside itself, and whose worktrees fetch both. */
async function benchWithPart(): Promise<WorktreeBench> {
  const [repository, part, inner] = [filledRepository(), gitRepository(), gitRepository()];
  write(join(part, "part.txt"), "part");
  git(part, ...ALLOW, "submodule", "add", "-q", inner, "inner");
  git(part, "add", ".");
  git(part, "commit", "-q", "-m", "part");
  git(repository, ...ALLOW, "submodule", "add", "-q", "--name", "deep/part", part, "part");
  git(repository, "commit", "-q", "-m", "with a part");
  return await worktreeBench({
    repository,
    setup: "git -c protocol.file.allow=always submodule update -q --init --recursive",
  });
}

test("a worktree goes when its submodules hold nothing of their own, also after git was asked for their status", async () => {
  const bench = await benchWithPart();
  const before = gitView(bench.repository);
  const { name, path } = await bench.manager.create({ item: "build" });
  expect(existsSync(join(path, "part/inner/.git"))).toBe(true);
  execFileSync("git", ["-C", join(path, "part"), "status"], { stdio: "ignore" });
  expect(await bench.manager.remove(name)).toMatchObject({ findings: [], outcome: "removed" });
  expect(gitView(bench.repository)).toEqual(before);
});

const works: readonly (readonly [what: string, act: (part: string) => void])[] = [
  ["a commit", (part) => git(part, "commit", "-q", "--allow-empty", "-m", "mine")],
  [
    "a commit on a branch that is not checked out",
    (part) => git(part, "branch", "mine", git(part, "commit-tree", "-m", "mine", "HEAD^{tree}")),
  ],
  [
    "a commit that only its log holds",
    (part) => {
      git(part, "commit", "-q", "--allow-empty", "-m", "mine");
      git(part, "checkout", "-q", "--detach", "HEAD~1");
    },
  ],
  [
    "a stash",
    (part) => {
      write(join(part, "part.txt"), "mine");
      git(part, "stash");
    },
  ],
  ["a new file", (part) => write(join(part, "new.txt"), "mine")],
  [
    "an ignored file",
    (part) => {
      write(join(part, ".git-exclude"), "");
      write(join(git(part, "rev-parse", "--absolute-git-dir"), "info/exclude"), ".env\n.git-exclude\n");
      write(join(part, ".env"), "mine");
    },
  ],
  ["a commit in the one inside", (part) => git(join(part, "inner"), "commit", "-q", "--allow-empty", "-m", "mine")],
  [
    "a commit, and was taken out of the tree",
    (part) => {
      git(part, "checkout", "-q", "-b", "mine");
      git(part, "commit", "-q", "--allow-empty", "-m", "mine");
      git(join(part, ".."), "submodule", "deinit", "-q", "--force", "part");
    },
  ],
];

test("a worktree stays when a submodule holds a commit, a stash or a file of its own, wherever", async () => {
  const bench = await benchWithPart();
  for (const [what, act] of works) {
    const { name, path } = await bench.manager.create({ item: what });
    act(join(path, "part"));
    const removal = await bench.manager.remove(name, { work: "save" });
    expect(removal, what).toMatchObject({ outcome: "kept" });
    expect(
      removal!.findings.map(({ kind }) => kind),
      what,
    ).toContain("submodule");
    expect(existsSync(path), what).toBe(true);
  }
});
