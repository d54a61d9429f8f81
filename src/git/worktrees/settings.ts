import type { PortSettings } from "./port-ranges.ts";

/** What becomes of an item's worktree when its attempt is over. */
export type KeepWorktree = "work" | "always" | "never";

/** How the worktrees of a run's items are made, and what becomes of them. */
export interface WorktreeSettings {
  /** What each begins with: any branch, tag or commit. Default `HEAD`, as it is when the attempt starts. */
  readonly base?: string;
  /** A shell command that runs in each new worktree before its item. Default none. */
  readonly setup?: string;
  /** Milliseconds that it may take. Default ten minutes. */
  readonly setupTimeoutMs?: number;
  /** Paths of the repository's working tree that worktrees link to, such as `node_modules`. Default none. */
  readonly links?: readonly string[];
  /** Gives each worktree ports of its own, `SIGNALBOX_PORT_FIRST` and the following. Default none. */
  readonly ports?: PortSettings;
  /** Whether the hooks of the repository run when a worktree is made. Default `false`. */
  readonly hooks?: boolean;
  /**
   * `work`: it goes, unless it holds something that is not committed. `always`: it stays. `never`: it goes, and what is not
   * committed is saved behind a ref first. Default `work`. Commits stay on the item's branch in every case.
   */
  readonly keep?: KeepWorktree;
}
