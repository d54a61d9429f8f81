/**
 * What has the last name of a worktree while no removal is at work: a removal that was cut off has left it, or somebody's `mv`.
 * It may hold work that came later, so it is deleted only when the checks were passed, and else looked at as any worktree is.
 */
import { isThere } from "../../base/if-there.ts";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { adminEntry, linkTarget } from "./admin-entry.ts";
import { goingPath, isOutOfGit } from "./clear-away.ts";
import type { WorktreeEntry, WorktreePlace } from "./entry.ts";
import type { Finding } from "./findings.ts";

export type CutOff =
  /** Nothing has the last name. */
  | "nothing"
  /** Git knows the worktree yet: it gets its name back. */
  | "unchecked"
  /** Its folder in git was taken out by us, after the last look: what is left can go. */
  | "checked"
  /** Something is there and nothing proves what it is: nobody may delete it. */
  | "unclear";

export function cutOff(entry: WorktreePlace): CutOff {
  if (!isThere(goingPath(entry))) return "nothing";
  const admin = adminEntry(entry.repository, entry.name);
  if (admin === undefined) return isOutOfGit(entry) ? "checked" : "unclear";
  const { path: noted, folder } = admin;
  const isElsewhere =
    noted !== undefined && ![entry.path, goingPath(entry)].includes(noted) && linkTarget(noted) === folder;
  return isElsewhere || isThere(entry.path) ? "unclear" : "unchecked";
}

/** Where to look at a worktree that nobody removes now. */
export const standsAt = (entry: WorktreeEntry): string =>
  cutOff(entry) === "unchecked" ? goingPath(entry) : entry.path;

/** What speaks against touching something that has the last name. */
export function inTheWay(entry: WorktreePlace): Finding[] {
  if (cutOff(entry) !== "unclear") return [];
  const why =
    "a removal may have been cut off there, or somebody put it there; move away what you need, then delete it";
  return [{ kind: "replaced", detail: `${goingPath(entry)} is there: ${why}` }];
}

/** Gives a worktree its name back when a removal of it was cut off before the last look. Answers whether it did. */
export const takeUpAgain = (entry: WorktreeEntry): boolean => cutOff(entry) === "unchecked" && putBack(entry);

/** Gives a folder that was on its way out its name back. */
export function putBack(entry: WorktreeEntry): boolean {
  if (!isThere(goingPath(entry)) || isThere(entry.path)) return false;
  renameSync(goingPath(entry), entry.path);
  // Git notes the place where it last saw a worktree.
  const admin = adminEntry(entry.repository, entry.name);
  if (admin !== undefined && admin.path !== entry.path)
    writeFileSync(join(admin.folder, "gitdir"), `${entry.path}/.git\n`);
  return true;
}
