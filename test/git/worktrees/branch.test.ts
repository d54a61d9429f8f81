/** Branches that are made for worktrees: when they go with them, and when they stay. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { git, gitFolder } from "../../support/git-repository.ts";
import { worktreeBench, write } from "../../support/worktree-bench.ts";

const BRANCH = "signalbox/run-1/build";

test.each([
  ["has it checked out", []],
  ["comes back to it after a rebase", ["rebase", "-q", "--exec", "false", "HEAD~1"]],
  ["comes back to it after a bisect", ["bisect", "start", "HEAD", "HEAD~1"]],
])("complaint 4: a branch stays when a worktree of the user's %s", async (_how, work) => {
  const bench = await worktreeBench();
  const { name, path } = await bench.manager.create({ item: "build" });
  git(path, "switch", "-q", "-c", "feature");
  const users = join(gitFolder(), "users");
  git(bench.repository, "worktree", "add", "-q", users, BRANCH);
  // A rebase whose command fails stops in the middle.
  if (work.length > 0) try_(() => git(users, ...work));
  else write(join(users, "readme.md"), "mine");
  expect(await bench.manager.remove(name)).toMatchObject({ outcome: "removed", branch: BRANCH });
  expect(git(bench.repository, "log", "-1", "--format=%s", BRANCH)).toBe("second");
  expect(git(users, "log", "-1", "--format=%s", "HEAD")).toBe("second");
});

test("complaint 4: a branch stays when the repository itself has it checked out", async () => {
  const bench = await worktreeBench();
  const { name, path } = await bench.manager.create({ item: "build" });
  git(path, "checkout", "-q", "--detach");
  git(bench.repository, "checkout", "-q", BRANCH);
  expect(await bench.manager.remove(name)).toMatchObject({ outcome: "removed", branch: BRANCH });
  expect(git(bench.repository, "log", "-1", "--format=%s")).toBe("second");
});

function try_(work: () => unknown): void {
  try {
    work();
  } catch {
    return;
  }
}
