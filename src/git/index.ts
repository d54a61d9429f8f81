/** `signalbox/git`: safe work of many in one git repository. */
export { GitError, type GitFailure } from "./git-error.ts";
export type { LockHolder } from "./holder-note.ts";
export { RepositoryLockError } from "./lock-error.ts";
export type { LockOptions, LockState, LockWaiter } from "./repository-lock.ts";
export type { RepositoryLease } from "./repository-lease.ts";
export { openRepository, type OpenRepositoryOptions, type Repository } from "./repository.ts";
export { gitOutput, runGit, type GitPlace, type GitResult, type RunGitOptions } from "./run-git.ts";
export {
  itemWorktrees,
  type AttemptWorktree,
  type ItemWorktrees,
  type ItemWorktreesOptions,
  type OpenRunWorktrees,
  type RunWorktrees,
  type TakeWorktree,
} from "./run-worktrees.ts";
export { WorktreeManager, type CreateWorktree, type WorktreeManagerOptions } from "./worktree-manager.ts";
export type { WorktreeEntry, WorktreePlan } from "./worktrees/entry.ts";
export type { Finding, FindingKind } from "./worktrees/findings.ts";
export { openWorktreeRegistry, readRegistry, registryFile, type WorktreeRegistry } from "./worktrees/registry.ts";
export type { Removal, RemovalOptions } from "./worktrees/remove-worktree.ts";
export type { Repair } from "./worktrees/repair.ts";
export type { WorktreeReport } from "./worktrees/report.ts";
export type { KeepWorktree, WorktreeSettings } from "./worktrees/settings.ts";
export type { ObservedWork, SavedWork } from "./worktrees/work-facts.ts";
export type { WorktreeNotice } from "./worktrees/workshop.ts";
