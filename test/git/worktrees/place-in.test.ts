/** Goal: an item with a worktree never works outside of it unless that was said in so many words. Method: folders and links on the disk. */
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { placeIn } from "../../../src/git/worktrees/place-in.ts";
import { gitFolder } from "../../support/git-repository.ts";

function places(): { repository: string; worktree: string; outside: string } {
  const folder = gitFolder();
  const [repository, worktree, outside] = ["repository", "worktree", "outside"].map((name) => join(folder, name));
  for (const top of [repository!, worktree!]) mkdirSync(join(top, "plans/deep"), { recursive: true });
  mkdirSync(outside!);
  return { repository: repository!, worktree: worktree!, outside: outside! };
}

test.each([
  ["", undefined, ""],
  ["", "plans", "plans"],
  ["", "new/folder", "new/folder"],
  ["", ".", ""],
  ["plans", "..", ""],
  ["plans/deep", "../..", ""],
  ["plans", undefined, "plans"],
  ["untracked", undefined, ""],
])("of a plan in %j the folder %j is %j in the worktree", (plan, cwd, wanted) => {
  const { repository, worktree } = places();
  const place = { repository, planFolder: join(repository, plan), cwd };
  expect(placeIn(worktree, place)).toBe(join(worktree, wanted));
});

test("an absolute folder is that of the worktree when it is in the repository, and itself when it is not", () => {
  const { repository, worktree, outside } = places();
  const at = (cwd: string): string => placeIn(worktree, { repository, planFolder: repository, cwd });
  expect(at(join(repository, "plans"))).toBe(join(worktree, "plans"));
  expect(at(outside)).toBe(outside);
});

test.each([
  ["", ".."],
  ["plans", "../.."],
  ["", "plans/../../outside"],
  ["", "out"],
])("of a plan in %j the folder %j leads out of the repository, and is refused", (plan, cwd) => {
  const { repository, worktree, outside } = places();
  symlinkSync(outside, join(repository, "out"));
  const place = { repository, planFolder: join(repository, plan), cwd };
  expect(() => placeIn(worktree, place)).toThrow(
    `expected the \`cwd\` of a task with a worktree to be inside of the repository ${repository}, got ${JSON.stringify(cwd)}`,
  );
  expect(() =>
    placeIn(worktree, { ...place, repository: undefined, planFolder: join(repository, plan), cwd: "../../.." }),
  ).toThrow("`cwd`");
});

test("a folder that is a link out of the worktree there is refused", () => {
  const { repository, worktree } = places();
  mkdirSync(join(repository, "node_modules"));
  symlinkSync(join(repository, "node_modules"), join(worktree, "node_modules"));
  const place = { repository, planFolder: repository, cwd: "node_modules" };
  expect(() => placeIn(worktree, place)).toThrow("it is a link out of the worktree");
});
