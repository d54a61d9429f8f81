/**
 * Which submodules of a worktree hold something of their own. Their repositories stand in git's folder of the worktree and go with
 * it; a setup command that brings them in makes no work, and should not keep each worktree for ever.
 */
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import type { AdminEntry } from "./admin-entry.ts";
import { fileStatus, indexFacts } from "./file-status.ts";
import type { Git } from "./git-port.ts";
import { foldersIfThere } from "../../base/if-there.ts";

/** Paths of those in which anything is that no other repository is known to have; in doubt all of them. */
export async function submodulesWithWork(
  git: Git,
  at: string,
  admin: AdminEntry,
  paths: readonly string[],
): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const path of paths) if (await hasWork(git, join(at, path))) found.add(path);
  // Also of those whose files were taken away: what was committed there is nowhere else.
  for (const folder of repositoriesIn(join(admin.folder, "modules")))
    if (await hasCommits(git, folder, { GIT_DIR: folder })) found.add(relative(join(admin.folder, "modules"), folder));
  return [...found];
}

async function hasWork(git: Git, path: string): Promise<boolean> {
  // A folder without a repository of its own would be answered for by the one around it.
  if (!existsSync(join(path, ".git"))) return true;
  const inside = standingAt(git, path);
  const [files, index] = [await fileStatus(inside, path, OWN_FILES), await indexFacts(inside, path)];
  if (files === undefined || index === undefined || files.unmerged) return true;
  const { changed, untracked, ignored, nested } = files;
  if ([changed, untracked, ignored, nested, index.hidden].some((names) => names.length > 0)) return true;
  if (await hasCommits(git, path)) return true;
  for (const inner of index.submodules) if (await hasWork(git, join(path, inner))) return true;
  return false;
}

const OWN_FILES = { submodules: false };

/** A submodule notes where it stands, and git refuses to work in it when it stands elsewhere, as while its worktree goes. */
function standingAt(git: Git, place: string): Git {
  return (folder, words, options = {}) =>
    git(folder, words, { ...options, variables: { ...options.variables, GIT_WORK_TREE: place } });
}

/** Whether anything leads to a commit that was not fetched from somewhere, nor pushed: also a stash, and what HEAD was once. */
async function hasCommits(
  git: Git,
  folder: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const words = ["rev-list", "--max-count=1", "--all", "--reflog", "HEAD", "--not", "--remotes"];
  const { exitCode, stdout } = await standingAt(git, folder)(folder, words, { variables });
  return exitCode !== 0 || stdout.trim() !== "";
}

/** Git keeps them below their names, which may have slashes, and those inside of them in `modules` of theirs. */
function repositoriesIn(folder: string): string[] {
  return foldersIfThere(folder).flatMap((name) => {
    const place = join(folder, name);
    if (existsSync(join(place, "HEAD"))) return [place, ...repositoriesIn(join(place, "modules"))];
    return repositoriesIn(place);
  });
}
