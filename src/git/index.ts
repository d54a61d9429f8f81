/** `signalbox/git`: safe work of many in one git repository. */
export { GitError, type GitFailure } from "./git-error.ts";
export type { LockHolder } from "./holder-note.ts";
export { RepositoryLockError } from "./lock-error.ts";
export type { LockOptions, LockState, LockWaiter } from "./repository-lock.ts";
export type { RepositoryLease } from "./repository-lease.ts";
export { openRepository, type OpenRepositoryOptions, type Repository } from "./repository.ts";
export { gitOutput, runGit, type GitPlace, type GitResult, type RunGitOptions } from "./run-git.ts";
