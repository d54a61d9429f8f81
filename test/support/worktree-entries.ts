import { entryOf, type WorktreeEntry, type WorktreePlan } from "../../src/git/worktrees/entry.ts";
import { thisOwner } from "../../src/git/worktrees/owner.ts";

/** A worktree that somebody means to make. */
export function worktreePlan(item: string, changes: Partial<WorktreePlan> = {}): WorktreePlan {
  return {
    name: `${item}-1`,
    runId: "run-1",
    item,
    repository: "/repository/.git",
    path: `/state/worktrees/run-1/${item}-1`,
    base: "0".repeat(40),
    branch: `signalbox/run-1/${item}`,
    ownBranch: true,
    owner: thisOwner(),
    ...changes,
  };
}

export const plannedEntry = (item: string): WorktreeEntry => entryOf(worktreePlan(item));
