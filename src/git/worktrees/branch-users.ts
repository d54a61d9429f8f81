import { join } from "node:path";
import { adminEntries } from "./admin-entry.ts";
import { textIfThere } from "../../base/if-there.ts";

/** Where git notes which branch is checked out, or comes back when a rebase or bisect ends; the latter without `refs/heads/`. */
const NOTES = ["HEAD", "rebase-merge/head-name", "rebase-apply/head-name", "BISECT_START"];

/**
 * Whether a worktree of the repository, the first one too, has the branch checked out, or goes back to it. Only the files are
 * read: one broken entry makes git answer nothing at all. In doubt it has: a branch too many harms nobody.
 */
export function isInUse(repository: string, branch: string): boolean {
  const words = new Set([`ref: refs/heads/${branch}`, `refs/heads/${branch}`, branch]);
  try {
    const folders = [repository, ...adminEntries(repository).map(({ folder }) => folder)];
    return folders.some((folder) => NOTES.some((note) => words.has((textIfThere(join(folder, note)) ?? "").trim())));
  } catch {
    return true;
  }
}
