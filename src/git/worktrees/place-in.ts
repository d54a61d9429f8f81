import { existsSync } from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";
import { UsageError } from "../../base/errors.ts";
import { isInside, realPathOf } from "./contained-path.ts";

/** Where things are in the repository that a worktree is of. */
export interface PlaceInRepository {
  /** Top of its working tree; `undefined` when it is bare. */
  readonly repository: string | undefined;
  /** Folder of the plan, its real path. */
  readonly planFolder: string;
  /** Folder of the item: absolute, or from the folder of the plan. `undefined`: the plan's. */
  readonly cwd: string | undefined;
}

/**
 * The folder of a worktree that stands for a folder of the repository. An absolute one outside of the repository is itself; the
 * plan's own folder may be missing in the worktree, when git does not track it: then it is the top.
 * @throws UsageError when a relative one leads out of the repository, or a link in the worktree out of that
 */
export function placeIn(worktree: string, place: PlaceInRepository): string {
  const { repository, planFolder, cwd } = place;
  const way = wayInRepository(place);
  if (way === undefined) return resolve(cwd ?? "");
  const found = join(worktree, way);
  if (cwd === undefined && !existsSync(found)) return worktree;
  if (isInside(realPathOf(worktree), realPathOf(found))) return found;
  throw leadsOut(cwd ?? planFolder, repository ?? worktree, "it is a link out of the worktree");
}

/**
 * Where a folder is, from the top of the repository; `undefined` for an absolute one outside of it.
 * @throws UsageError when a relative one leads out
 */
export function wayInRepository({ repository, planFolder, cwd }: PlaceInRepository): string | undefined {
  if (cwd !== undefined && isAbsolute(cwd) && (repository === undefined || !isInside(repository, realPathOf(cwd))))
    return undefined;
  // A bare repository has no folders, so what is relative counts from the top.
  const top = repository ?? planFolder;
  const real = realPathOf(cwd === undefined ? planFolder : resolve(planFolder, cwd));
  if (isInside(top, real)) return relative(top, real);
  if (cwd === undefined) return "";
  throw leadsOut(cwd, top, `it leads to ${real}`);
}

function leadsOut(cwd: string, repository: string, why: string): UsageError {
  return new UsageError(
    `expected the \`cwd\` of a task with a worktree to be inside of the repository ${repository}, got ${JSON.stringify(cwd)}, and ${why}; give a folder inside, or an absolute path for one that all items share`,
  );
}
