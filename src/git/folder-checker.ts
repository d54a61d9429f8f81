import { dirname } from "node:path";
import type { Env } from "../base/env.ts";
import { UsageError } from "../base/errors.ts";
import { GitError } from "./git-error.ts";
import { openRepository } from "./repository.ts";
import { realPathOf } from "./worktrees/contained-path.ts";
import { wayInRepository } from "./worktrees/place-in.ts";

/**
 * Makes what answers, of the `cwd` of a task with a worktree, the repository that it leads out of; `undefined` for one that is good.
 * There is none outside of a repository. `planFile`: from its folder relative ones count.
 */
export async function folderChecker(
  planFile: string,
  env: Env,
): Promise<((cwd: string) => string | undefined) | undefined> {
  const folder = dirname(planFile);
  try {
    const { topLevel: repository, commonDir } = await openRepository(folder, { env });
    const planFolder = realPathOf(folder);
    return (cwd) => (leadsOut({ repository, planFolder, cwd }) ? (repository ?? commonDir) : undefined);
  } catch (error) {
    if (error instanceof GitError) return undefined;
    throw error;
  }
}

function leadsOut(place: Parameters<typeof wayInRepository>[0]): boolean {
  try {
    wayInRepository(place);
    return false;
  } catch (error) {
    if (error instanceof UsageError) return true;
    throw error;
  }
}
