import type { WorktreeEntry } from "./entry.ts";
import type { SavedWork } from "./work-facts.ts";

/** What came out of an item's worktree. */
export interface WorktreeReport {
  readonly item: string;
  readonly path: string;
  /** Whether anything of it is still there: it holds what would be lost, or it was to stay, or it could not be removed. */
  readonly isThere: boolean;
  /** The branch with what was committed, also one that the item made itself; `undefined` when nothing was, or on no branch. */
  readonly branch: string | undefined;
  /** The commit that it began with, and the last one. */
  readonly base: string;
  readonly commit: string;
  /** What differs from the base, committed or not: paths from the top of the repository, of very many the first. */
  readonly filesModified: readonly string[];
  readonly filesTotal: number;
  readonly insertions: number;
  readonly deletions: number;
  /** Of these, what the item's `files` had not said; empty when it has no `files`. */
  readonly undeclared: readonly string[];
  /** Why it is still there, in words. */
  readonly findings: readonly string[];
  /** What can be done about it. */
  readonly remedy: string | undefined;
  readonly saved: SavedWork | undefined;
}

/** The report of one worktree. */
export function reportOf(entry: WorktreeEntry, remedy?: string): WorktreeReport {
  const { item, path, base, work, undeclared, findings, saved, status, reason } = entry;
  const isThere = status !== "removed";
  const commit = work?.commit ?? base;
  return {
    item,
    path,
    isThere,
    branch: branchOf(entry),
    base,
    commit,
    filesModified: work?.files ?? [],
    filesTotal: work?.filesTotal ?? 0,
    insertions: work?.insertions ?? 0,
    deletions: work?.deletions ?? 0,
    undeclared,
    findings: reason?.message === undefined ? findings : [...findings, reason.message],
    remedy: remedy ?? (isThere ? "look at it, then run `signalbox worktrees clean`" : undefined),
    saved,
  };
}

/** An item may make, rename and leave branches: what HEAD was at the end is where its commits are. */
function branchOf({ status, base, branch, ownBranch, branchLeft, work }: WorktreeEntry): string | undefined {
  if (work === undefined) return status !== "removed" || !ownBranch ? branch : undefined;
  if (status !== "removed" || (work.commit !== base && work.branch !== undefined)) return work.branch;
  return branchLeft === true || !ownBranch ? branch : undefined;
}

/** The reports of each item's newest worktree, in the order in which the items first had one. What an undo had and left empty is none. */
export function reportsOf(entries: readonly WorktreeEntry[]): WorktreeReport[] {
  const newest = new Map<string, WorktreeEntry>();
  for (const entry of entries) {
    const isOver = entry.forUndo === true && entry.status === "removed";
    if (entry.work !== undefined && !isOver) newest.set(entry.item, entry);
  }
  return [...newest.values()].map((entry) => reportOf(entry));
}
