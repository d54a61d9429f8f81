/** Goal: a log that is read again tells the same worktrees as the run's own result. Method: events as the engine enters them. */
import { expect, test } from "vitest";
import { ToldWorktrees, type ToldWorktree } from "../../src/cli/told-worktrees.ts";

const told = (path: string, changes: Partial<ToldWorktree> = {}): ToldWorktree => ({
  item: "a",
  role: "latest",
  path,
  is_there: false,
  branch: null,
  base: "1",
  commit: "1",
  ...changes,
});

test("of each item the latest is first, and behind it all of which something is left", () => {
  const worktrees = new ToldWorktrees();
  worktrees.note(told("/1", { is_there: true }));
  worktrees.note(told("/b", { item: "b", role: "undo", is_there: true }));
  worktrees.note(told("/2"));
  worktrees.note(told("/3", { branch: "x", commit: "2" }));
  worktrees.note(told("/4", { saved_ref: "refs/y" }));
  worktrees.note(told("/5", { branch: "z", commit: "3" }));
  // An undo on the branch of the work: gone, and nothing of its own is left.
  worktrees.note(told("/6", { role: "undo", branch: "z", commit: "4" }));
  worktrees.note(told("/7", { role: "undo", is_there: true }));
  expect(worktrees.inOrder().map(({ path, role }) => `${path} ${role}`)).toEqual([
    "/5 latest",
    "/7 undo",
    "/4 earlier",
    "/3 earlier",
    "/1 earlier",
    "/b undo",
  ]);
});

test("one that was kept and is gone now is told as it is now", () => {
  const worktrees = new ToldWorktrees();
  worktrees.note(told("/1", { is_there: true }));
  worktrees.note(told("/2"));
  worktrees.note(told("/1"));
  expect(worktrees.inOrder().map(({ path }) => path)).toEqual(["/2"]);
});
