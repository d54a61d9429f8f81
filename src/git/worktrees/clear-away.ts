/**
 * Takes a worktree away so that no moment of it can be mistaken: each step is a rename or can be done again. First the folder
 * gets another name, then git's folder leaves git under the repository lock, then the branch goes, then the files are deleted.
 * A worktree whose folder in git is gone has passed every check; one whose folder in git is there has not, and is put back.
 */
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { failpoint } from "../../base/failpoint.ts";
import { isThere } from "../../base/if-there.ts";
import { adminEntry } from "./admin-entry.ts";
import { deleteOwnBranch } from "./branch.ts";
import type { WorktreeEntry, WorktreePlace } from "./entry.ts";
import { dropKeptOut } from "./kept-out.ts";
import type { Workshop } from "./workshop.ts";

/** The name of the folder while it goes. */
export const goingPath = ({ path }: WorktreePlace): string => `${path}.removing`;

const outOfGit = ({ repository, name }: WorktreePlace): string => join(repository, "signalbox", "removed", name);

/** Whether we took git's folder of it out: only what has passed every check comes that far. */
export const isOutOfGit = (entry: WorktreePlace): boolean => isThere(outOfGit(entry));

/** Gives the folder its last name. Nothing can find it under its old one any more. */
export function setAside(entry: WorktreeEntry): void {
  failpoint?.("worktree.set-aside");
  if (isThere(entry.path) && !isThere(goingPath(entry))) renameSync(entry.path, goingPath(entry));
}

/** Git forgets the worktree; one rename, so that git never sees half an entry. Under the repository lock. */
export async function takeOutOfGit(
  shop: Workshop,
  entry: WorktreeEntry,
  lease: { readonly id: string },
): Promise<{ readonly branchKept: boolean }> {
  const admin = adminEntry(entry.repository, entry.name);
  if (admin !== undefined) {
    mkdirSync(join(entry.repository, "signalbox", "removed"), { recursive: true });
    rmSync(outOfGit(entry), { recursive: true, force: true });
    failpoint?.("worktree.out-of-git");
    renameSync(admin.folder, outOfGit(entry));
  }
  dropKeptOut(entry.repository, entry.name);
  return { branchKept: await deleteOwnBranch(shop, entry, lease) };
}

/** Deletes the files; may take long, so it is done without the lock. */
export async function deleteFiles(entry: WorktreeEntry): Promise<void> {
  for (const folder of [goingPath(entry), outOfGit(entry)]) {
    // Where a part of the path is a file `force` is not enough.
    if (isThere(folder)) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
