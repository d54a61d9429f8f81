/** What was done in a worktree since it was made, as git and the disk tell it. */
import { join } from "node:path";
import { adminEntry, type AdminEntry } from "./admin-entry.ts";
import type { WorktreeEntry } from "./entry.ts";
import { fileStatus } from "./file-status.ts";
import type { Git } from "./git-port.ts";
import { WORKTREE_LIMITS } from "./limits.ts";
import { refTarget } from "./refs.ts";
import { changeSignature, signatureOf } from "./signature.ts";
import type { ObservedWork } from "./work-facts.ts";

/** Compares a worktree, with what is not committed in it, with its base. `undefined` when git cannot. */
export async function observeWork(git: Git, entry: WorktreeEntry): Promise<ObservedWork | undefined> {
  const commit = await refTarget(git, entry.path, "HEAD");
  const numbers = ["diff", "--numstat", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", entry.base, "--"];
  const changes = await git(entry.path, numbers);
  const status = await fileStatus(git, entry.path);
  if (commit === undefined || changes.exitCode !== 0 || status === undefined) return undefined;
  const made = new Map(entry.made.map(({ path, signature }) => [path, signature]));
  const untracked = status.untracked.filter((path) => made.get(path) !== signatureOf(join(entry.path, path)));
  const isAsMade = (path: string): boolean =>
    made.has(path) && made.get(path) === changeSignature(status, entry.path, path);
  // What the setup command changed, nobody touched and nobody committed is no work. Committed, it is on the branch.
  const tracked = changes.stdout
    .split("\0")
    .flatMap((line) => numstat(line) ?? [])
    .filter(({ path }) => !isAsMade(path));
  const files = [...new Set([...tracked.map(({ path }) => path), ...untracked])].toSorted();
  return {
    commit,
    branch: branchOf(adminEntry(entry.repository, entry.name)),
    files: files.slice(0, WORKTREE_LIMITS.observedFilesMax),
    filesTotal: files.length,
    insertions: tracked.reduce((sum, each) => sum + each.insertions, 0),
    deletions: tracked.reduce((sum, each) => sum + each.deletions, 0),
  };
}

const branchOf = (admin: AdminEntry | undefined): string | undefined =>
  /^ref: refs\/heads\/(.+)$/.exec(admin?.head ?? "")?.[1];

/** One line of `git diff --numstat -z`; a binary file has dashes for numbers. */
function numstat(line: string): { path: string; insertions: number; deletions: number } | undefined {
  const [, insertions, deletions, path] = /^(\d+|-)\t(\d+|-)\t(.+)$/s.exec(line) ?? [];
  if (path === undefined) return undefined;
  return { path, insertions: Number(insertions) || 0, deletions: Number(deletions) || 0 };
}
