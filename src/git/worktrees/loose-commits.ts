import { join } from "node:path";
import type { AdminEntry } from "./admin-entry.ts";
import type { WorktreeEntry } from "./entry.ts";
import type { Git } from "./git-port.ts";
import { filesBelow, textIfThere } from "../../base/if-there.ts";

const COMMIT = /^[0-9a-f]{40,64}$/;

/**
 * Commits that git forgets with the worktree: nothing else leads to its detached HEAD, its own refs (`refs/worktree`), and what
 * HEAD was once, which its log tells. Of a line of commits the last; the detached HEAD first.
 * @throws what the system says when one of these files cannot be read: then nobody knows
 */
export async function looseCommits(
  git: Git,
  entry: WorktreeEntry,
  admin: Pick<AdminEntry, "folder">,
): Promise<readonly string[]> {
  const text = (textIfThere(join(admin.folder, "HEAD")) ?? "").trim();
  const head = COMMIT.test(text) ? [text] : [];
  const seen = new Set([
    ...head,
    ...ownRefs(join(admin.folder, "refs")),
    ...logged(join(admin.folder, "logs", "HEAD")),
  ]);
  const commits = [...seen].filter((commit) => COMMIT.test(commit) && commit !== entry.base && !/^0+$/.test(commit));
  if (commits.length === 0) return [];
  const input = [...commits, ...heldByLog(entry, text).map((commit) => `^${commit}`), ""].join("\n");
  const words = ["rev-list", "--ignore-missing", "--topo-order", "--parents", "--stdin", "--not", "--glob=refs/*"];
  const answer = await git(entry.repository, words, { input });
  if (answer.exitCode !== 0) return await presentOf(git, entry, commits);
  const lines = answer.stdout.split("\n").map((line) => line.split(" "));
  const parents = new Set(lines.flatMap(([, ...each]) => each));
  const loose = new Set(lines.map(([commit = ""]) => commit).filter((commit) => commit !== "" && !parents.has(commit)));
  return [...head.filter((commit) => loose.delete(commit)), ...loose];
}

/** Git cannot tell what else leads to these, since of what they stand on something is missing: all that are there. A ref too many does no harm. */
async function presentOf(
  git: Git,
  { repository }: WorktreeEntry,
  commits: readonly string[],
): Promise<readonly string[]> {
  const words = ["rev-list", "--ignore-missing", "--no-walk=unsorted", "--stdin"];
  const { exitCode, stdout } = await git(repository, words, { input: [...commits, ""].join("\n") });
  return exitCode === 0 ? stdout.split("\n").filter(Boolean) : commits;
}

/** The log of a branch that stays holds what was on it, as it does in any repository. */
function heldByLog({ repository, base, branch, ownBranch }: WorktreeEntry, head: string): string[] {
  const current = /^ref: (refs\/heads\/.+)$/.exec(head)?.[1];
  if (current === undefined) return [];
  const commits = logged(join(repository, "logs", current));
  const goes = ownBranch && current === `refs/heads/${branch}` && commits.at(-1) === base;
  return goes ? [] : commits.filter((commit) => COMMIT.test(commit));
}

function logged(file: string): string[] {
  return (textIfThere(file) ?? "").split("\n").flatMap((line) => line.split(" ", 2)[1] ?? []);
}

function ownRefs(folder: string): string[] {
  return filesBelow(folder).map((file) => (textIfThere(file) ?? "").trim());
}
