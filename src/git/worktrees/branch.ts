import { rmSync } from "node:fs";
import { join } from "node:path";
import { SignalboxError } from "../../base/errors.ts";
import { harmless } from "../../base/harmless.ts";
import { branchInTheWay, inTheWay } from "./branch-in-the-way.ts";
import { isInUse } from "./branch-users.ts";
import type { WorktreeEntry, WorktreePlan } from "./entry.ts";
import { markedAt, writeMarker } from "./marker.ts";
import { refTarget } from "./refs.ts";
import { clearStaleLock } from "./clear-stale-lock.ts";
import { markerOf, type Workshop } from "./workshop.ts";

/** How often a deletion is begun that somebody kills. */
const ATTEMPTS_MAX = 3;

const madeFor = (name: string): string => `signalbox: made for ${name}`;

/**
 * Makes the branch of a worktree. Git refuses when there is one of this name, and its log remembers what it was made for: a
 * branch of somebody else's that has the same name and commit is never taken for it.
 */
export async function makeOwnBranch(
  shop: Workshop,
  { branch, base, name, item }: WorktreePlan,
  lease: { readonly id: string },
): Promise<void> {
  const command = ["update-ref", "--create-reflog", "-m", madeFor(name)];
  const operands = [`refs/heads/${branch}`, base, "0".repeat(base.length)];
  const answer = await shop.git(shop.repository.commonDir, command, { operands, lease });
  if (answer.exitCode === 0) return;
  const other = await branchInTheWay(shop.git, shop.repository.commonDir, branch ?? "");
  if (other !== undefined) throw inTheWay(branch ?? "", other);
  throw new SignalboxError(
    "worktree_failed",
    `expected git to make the branch ${branch} for ${item}, got: ${harmless(answer.stderr.trim() || "it was killed")}`,
  );
}

async function isOwn(shop: Workshop, { branch, name }: WorktreeEntry): Promise<boolean> {
  const { commonDir } = shop.repository;
  const answer = await shop.git(commonDir, ["log", "--walk-reflogs", "--format=%gs"], {
    operands: [`refs/heads/${branch}`],
  });
  return answer.exitCode === 0 && answer.stdout.trimEnd().split("\n").at(-1) === madeFor(name);
}

/**
 * Deletes the branch that was made for a worktree, if nothing was committed on it and no worktree has it checked out; git
 * compares and deletes at once. After git forgot the worktree, under the repository lock. Answers whether the branch is still there.
 */
export async function deleteOwnBranch(
  shop: Workshop,
  entry: WorktreeEntry,
  lease: { readonly id: string },
): Promise<boolean> {
  if (entry.branch === undefined || !entry.ownBranch) return false;
  const { commonDir } = shop.repository;
  const ref = `refs/heads/${entry.branch}`;
  const refLock = join(commonDir, `${ref}.lock`);
  await clearStaleLock(shop, refLock, 0);
  const target = await refTarget(shop.git, commonDir, ref);
  if (target === undefined) return false;
  if (target !== entry.base || isInUse(commonDir, entry.branch) || !(await isOwn(shop, entry))) return true;
  // Git locks all packed refs for it. Should it be killed just then, this is how the lock is known to be ours.
  try {
    writeMarker(commonDir, markerOf(shop, entry, { deletesBranch: true }));
  } catch {
    // A branch too many harms nobody.
    return true;
  }
  const arguments_ = { operands: [ref, entry.base], lease };
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const answer = await shop.git(commonDir, ["update-ref", "-d"], arguments_);
    if (answer.exitCode !== undefined) break;
    // Killed in the middle: its locks are left, whether the branch is gone already or not.
    await clearPackedRefsLock(shop, entry.name);
    await clearStaleLock(shop, refLock, 0);
  }
  if ((await refTarget(shop.git, commonDir, ref)) !== undefined) return true;
  if (!isInUse(commonDir, entry.branch)) return false;
  // Somebody who takes no lock has checked it out in the meantime: without it, his worktree would be on no commit at all.
  await shop.git(commonDir, ["update-ref", "-m", "signalbox: checked out meanwhile"], {
    operands: [ref, entry.base],
    lease,
  });
  return true;
}

/** Removes what a killed deletion left: only a lock that is younger than our mark that we were about to delete. */
export async function clearPackedRefsLock(shop: Workshop, name: string): Promise<void> {
  const { commonDir } = shop.repository;
  const since = markedAt(commonDir, name);
  if (since === undefined) return;
  const cleared = await clearStaleLock(shop, join(commonDir, "packed-refs.lock"), since);
  if (cleared) rmSync(join(commonDir, "packed-refs.new"), { force: true });
}
