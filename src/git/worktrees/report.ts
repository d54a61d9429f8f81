import type { WorktreeEntry } from "./entry.ts";
import { remedyFor } from "./remedy.ts";
import type { SavedWork } from "./work-facts.ts";

/** What came out of an item's worktree. */
export interface WorktreeReport {
  readonly item: string;
  /**
   * `latest`: of the item's last attempt that had one; `earlier`: of one before it, told only where something is left of it;
   * `undo`: of what took the item's work back, told only where something is left of it.
   */
  readonly role: "latest" | "earlier" | "undo";
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

/** The report of one worktree; without a role, it has that which it has when it is given back. */
export function reportOf(
  entry: WorktreeEntry,
  { remedy, role = entry.forUndo === true ? "undo" : "latest" }: Partial<Pick<WorktreeReport, "remedy" | "role">> = {},
): WorktreeReport {
  const { item, path, base, work, undeclared, findings, saved, status, reason } = entry;
  const isThere = status !== "removed";
  const commit = work?.commit ?? base;
  return {
    item,
    role,
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
    remedy: remedy ?? (isThere ? remedyFor(entry, findings) : undefined),
    saved,
  };
}

/** An item may make, rename and leave branches: what HEAD was at the end is where its commits are. */
function branchOf({ status, base, branch, ownBranch, branchLeft, work }: WorktreeEntry): string | undefined {
  if (work === undefined) return status !== "removed" || !ownBranch ? branch : undefined;
  if (status !== "removed" || (work.commit !== base && work.branch !== undefined)) return work.branch;
  return branchLeft === true || !ownBranch ? branch : undefined;
}

/**
 * The reports of each item's latest worktree, in the order in which the items first had one; behind each those of earlier attempts
 * and of undos of which something is left, the newest first: nothing is kept that nobody is told of.
 */
export function reportsOf(entries: readonly WorktreeEntry[]): WorktreeReport[] {
  const ofItems = new Map<string, WorktreeEntry[]>();
  for (const entry of entries) {
    if (!isOver(entry)) continue;
    const others = ofItems.get(entry.item);
    if (others === undefined) ofItems.set(entry.item, [entry]);
    else others.unshift(entry);
  }
  return [...ofItems.values()].flatMap(reportsOfItem);
}

function reportsOfItem(newestFirst: readonly WorktreeEntry[]): WorktreeReport[] {
  const isWork = ({ forUndo, work, status }: WorktreeEntry): boolean =>
    forUndo !== true && (work !== undefined || status !== "removed");
  const latest = newestFirst.find(isWork);
  const told = latest === undefined ? [] : [reportOf(latest, { role: "latest" })];
  for (const entry of newestFirst) {
    const report = reportOf(entry, { role: entry.forUndo === true ? "undo" : "earlier" });
    if (entry !== latest && isLeft(report, told)) told.push(report);
  }
  return told;
}

/** Nobody is at work in it any more, as far as it was told. */
function isOver({ status, work }: WorktreeEntry): boolean {
  return work !== undefined || status === "kept" || status === "orphaned" || status === "removed";
}

/** Whether there is anything of it that a person may look for: its folder, what was saved, commits on a branch that was not told yet. */
function isLeft(report: WorktreeReport, told: readonly WorktreeReport[]): boolean {
  const { isThere, branch, commit, base, saved } = report;
  if (isThere || (saved?.ref ?? saved?.copy) !== undefined) return true;
  return branch !== undefined && commit !== base && told.every((other) => other.branch !== branch);
}
