/** Branches that are made for worktrees: when they go with them, and when they stay. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { nodeEnv } from "../../../src/base/node-env.ts";
import { openRepository } from "../../../src/git/repository.ts";
import { deleteOwnBranch } from "../../../src/git/worktrees/branch.ts";
import { gitPort } from "../../../src/git/worktrees/git-port.ts";
import type { Workshop } from "../../../src/git/worktrees/workshop.ts";
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

test("complaint 4: a branch that somebody checks out in the moment of its deletion is there again", async () => {
  const bench = await worktreeBench();
  const entry = await bench.manager.create({ item: "build" });
  git(bench.repository, "worktree", "remove", "--force", "--force", entry.path);
  const env = nodeEnv();
  const users = join(gitFolder(), "users");
  const shop: Workshop = {
    env,
    repository: await openRepository(bench.repository, { env }),
    registry: bench.registry,
    home: bench.home,
    lockTimeoutMs: undefined,
    portsTimeoutMs: undefined,
    hooks: false,
    tell: () => {},
    // A `git worktree add` of somebody who takes no lock, after we looked and before git deletes.
    git: (folder, words, options) => {
      if (words[1] === "-d") git(bench.repository, "worktree", "add", "-q", users, BRANCH);
      return gitPort(env)(folder, words, options);
    },
  };
  expect(await deleteOwnBranch(shop, entry, { id: "lease" })).toBe(true);
  expect(git(users, "log", "-1", "--format=%s")).toBe("second");
  expect(git(users, "status", "--porcelain", "--branch")).toBe(`## ${BRANCH}`);
});

test("a branch below somebody's branch is refused in words that say what to do", async () => {
  const bench = await worktreeBench();
  git(bench.repository, "branch", "signalbox");
  await expect(bench.manager.create({ item: "build" })).rejects.toThrow("`git branch -m signalbox NEW_NAME`");
});

function try_(work: () => unknown): void {
  try {
    work();
  } catch {
    return;
  }
}
