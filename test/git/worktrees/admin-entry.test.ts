/**
 * Goal: what git keeps about worktrees is read as git means it, whatever their paths hold.
 * Method: real repositories. A bug would look like: a worktree of ours that is taken for somebody else's.
 */
import { renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { adminEntries, isWhole, linkTarget } from "../../../src/git/worktrees/admin-entry.ts";
import { git } from "../../support/git-repository.ts";
import { filledRepository, worktreeBench, write } from "../../support/worktree-bench.ts";

test("a repository whose path holds line ends: its worktrees are known as its own, and removed", async () => {
  const plain = filledRepository();
  const folder = join(dirname(plain), "one\ntwo");
  const repository = join(folder, "repository\n");
  write(join(folder, "beside"), "");
  renameSync(plain, repository);
  const path = join(folder, "wt\n\nree");
  git(repository, "worktree", "add", "-q", "--detach", path);
  const [entry] = adminEntries(join(repository, ".git"));
  expect(linkTarget(path)).toBe(entry!.folder);
  expect(isWhole(entry!, path)).toBe(true);

  const bench = await worktreeBench({ repository });
  const made = await bench.manager.create({ item: "build" });
  expect(await bench.manager.remove(made.name)).toMatchObject({ outcome: "removed" });
});

test("an empty commondir keeps a worktree that holds work, and what to do about it is said", async () => {
  const bench = await worktreeBench();
  const made = await bench.manager.create({ item: "build" });
  write(join(made.path, "readme.md"), "mine");
  writeFileSync(join(made.repository, "worktrees", made.name, "commondir"), "");
  const removal = await bench.manager.remove(made.name);
  expect(removal).toMatchObject({ outcome: "kept", remedy: expect.stringContaining("signalbox worktrees doctor") });
});
