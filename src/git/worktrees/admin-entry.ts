/**
 * What git keeps about a worktree in `<common directory>/worktrees/<name>`, read without git: one entry that is broken
 * makes every git command of the repository fail, also those that could tell which one it is.
 */
import { lstatSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { namesIfThere, textIfThere } from "../../base/if-there.ts";

export interface AdminEntry {
  /** Name of its folder. */
  readonly name: string;
  readonly folder: string;
  /** The worktree that it says it belongs to; `undefined` when it does not say. */
  readonly path: string | undefined;
  /** Why it is locked; `undefined` when it is not. `initializing` is what git writes while it makes one. */
  readonly locked: string | undefined;
  /** What HEAD says, as it stands there; `undefined` when it says nothing. */
  readonly head: string | undefined;
  /** Whether git can read it; if not, hardly any git command works in this repository. */
  readonly readable: boolean;
}

/** Every entry of a repository, whole or not. @throws what the system says when their folder cannot be read */
export function adminEntries(repository: string): AdminEntry[] {
  return namesIfThere(join(repository, "worktrees")).flatMap((name) => adminEntry(repository, name) ?? []);
}

/** Where git keeps what it knows of a worktree. */
export const adminFolder = (repository: string, name: string): string => join(repository, "worktrees", name);

/** One entry; `undefined` when there is no folder of this name. */
export function adminEntry(repository: string, name: string): AdminEntry | undefined {
  const folder = adminFolder(repository, name);
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return undefined;
  const common = textOf(join(folder, "commondir"));
  const gitdir = textOf(join(folder, "gitdir"));
  return {
    name,
    folder,
    path: gitdir === undefined || gitdir === "" ? undefined : dirname(resolve(folder, gitdir)),
    locked: lockOf(join(folder, "locked")),
    head: textOf(join(folder, "HEAD")) || undefined,
    // Git dies of a file that is there and empty; without the file it takes the entry for none.
    readable: common !== "",
  };
}

/** Whether git has everything of it: what it needs to work in the worktree at this path. */
export function isWhole(entry: AdminEntry, path: string): boolean {
  return (
    entry.readable &&
    entry.head !== undefined &&
    entry.path === path &&
    textOf(join(entry.folder, "commondir")) !== undefined &&
    linkTarget(path) === entry.folder
  );
}

/** The folder in git that a worktree's own `.git` file leads to; `undefined` when there is no such file. */
export function linkTarget(path: string): string | undefined {
  const link = join(path, ".git");
  if (lstatSync(link, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  const target = /^gitdir: (.+)$/s.exec(textOf(link) ?? "")?.[1];
  return target === undefined ? undefined : isAbsolute(target) ? target : resolve(path, target);
}

function textOf(file: string): string | undefined {
  try {
    return lineIn(file);
  } catch {
    return undefined;
  }
}

/** Git ends what it writes there with one line end; a path may hold others. @throws what the system says */
function lineIn(file: string): string | undefined {
  return textIfThere(file)?.replace(/\r?\n$/, "");
}

/** In doubt it is locked. */
function lockOf(file: string): string | undefined {
  try {
    return lineIn(file);
  } catch {
    return "its reason cannot be read";
  }
}
