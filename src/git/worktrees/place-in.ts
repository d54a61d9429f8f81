import { existsSync } from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";
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
 * The folder of a worktree that stands for a folder of the repository. One that is outside the repository is itself; the plan's
 * own folder may be missing in the worktree, when git does not track it: then it is the top.
 */
export function placeIn(worktree: string, { repository, planFolder, cwd }: PlaceInRepository): string {
  if (repository === undefined) return cwd === undefined ? worktree : resolve(worktree, cwd);
  const wanted = cwd === undefined ? planFolder : resolve(planFolder, cwd);
  const real = realPathOf(wanted);
  if (!isInside(repository, real)) return isAbsolute(cwd ?? "") ? wanted : worktree;
  const place = join(worktree, relative(repository, real));
  return cwd === undefined && !existsSync(place) ? worktree : place;
}
