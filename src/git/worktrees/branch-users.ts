import { readFileSync } from "node:fs";
import { join } from "node:path";
import { adminEntries } from "./admin-entry.ts";

/** Where git notes which branch is checked out, or comes back when a rebase or bisect ends; the latter without `refs/heads/`. */
const NOTES = ["HEAD", "rebase-merge/head-name", "rebase-apply/head-name", "BISECT_START"];

/**
 * Whether a worktree of the repository, the first one too, has the branch checked out, or goes back to it. Only the files are
 * read: one broken entry makes git answer nothing at all.
 */
export function isInUse(repository: string, branch: string): boolean {
  const folders = [repository, ...adminEntries(repository).map(({ folder }) => folder)];
  const words = new Set([`ref: refs/heads/${branch}`, `refs/heads/${branch}`, branch]);
  return folders.some((folder) => NOTES.some((note) => words.has(textOf(join(folder, note)))));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return "";
  }
}
