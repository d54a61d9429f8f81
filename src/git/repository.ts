import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import type { Env } from "../base/env.ts";
import { GitError } from "./git-error.ts";
import { repositoryLocks, type LockOptions, type LockState } from "./repository-lock.ts";
import type { RepositoryLease } from "./repository-lease.ts";
import { runGit, type GitResult } from "./run-git.ts";

export interface OpenRepositoryOptions {
  readonly env: Env;
  readonly signal?: AbortSignal;
}

/** A git repository, by the folder in which one asked for it. */
export interface Repository {
  /** The folder that holds what all worktrees share, its real path: two repositories are the same if this is. */
  readonly commonDir: string;
  /** The top folder of the worktree that was asked for; `undefined` in a bare repository or inside a git folder. */
  readonly topLevel: string | undefined;
  /** Where git commands run: `topLevel`, or `commonDir` where there is none. */
  readonly directory: string;
  /**
   * Waits until nobody else, in this process or another, holds this repository's lock, and holds it until the lease is
   * released. In the order of asking inside one process, and in turns between processes.
   * @throws RepositoryLockError (`repository_lock_timeout`, `repository_lock_unavailable`), the signal's reason
   */
  readonly lock: (options?: LockOptions) => Promise<RepositoryLease>;
  /** Who holds the lock now, and who waits for it. */
  readonly lockState: () => LockState;
}

/**
 * Finds the repository of a folder: that of a worktree, of any folder in one, or a bare one. Links, relative paths and
 * linked worktrees lead to the same repository, with one lock.
 * @throws GitError (`not_a_repository`, `git_unavailable`)
 */
export async function openRepository(path: string, { env, signal }: OpenRepositoryOptions): Promise<Repository> {
  const from = resolve(path);
  const options = { env, signal };
  const common = await runGit(from, ["rev-parse", "--git-common-dir"], options);
  if (common.code !== 0) throw notARepository(from, common);
  // Relative to where one asked, in most versions of git.
  const commonDir = realpathSync.native(resolve(from, withoutLineEnd(common.stdout)));
  const top = await runGit(from, ["rev-parse", "--show-toplevel"], options);
  const topLevel = top.code === 0 ? realpathSync.native(withoutLineEnd(top.stdout)) : undefined;
  return {
    commonDir,
    topLevel,
    directory: topLevel ?? commonDir,
    lock: (lockOptions = {}) => repositoryLocks.lock(commonDir, env, lockOptions),
    lockState: () => repositoryLocks.stateOf(commonDir),
  };
}

const withoutLineEnd = (text: string): string => text.replace(/\r?\n$/, "");

function notARepository(path: string, { stderr, code }: GitResult): GitError {
  return new GitError(
    "not_a_repository",
    `Expected ${path} to be in a git repository, git says: ${stderr.trim()}. Give a folder inside one.`,
    { args: ["rev-parse", "--git-common-dir"], cwd: path, exitCode: code, stderr },
  );
}
