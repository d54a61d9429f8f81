/** Limits of worktrees, by name. */
export const WORKTREE_LIMITS = {
  /** Files that `.worktreeinclude` may bring into one worktree. */
  includedFilesMax: 10_000,
  /** Bytes of them all. */
  includedBytesMax: 1024 * 1024 * 1024,
  /** Paths that are remembered as put there by us; beyond that they count as work. */
  madePathsMax: 1_000,
  /** Changed files that are remembered of one worktree; the others are counted. */
  observedFilesMax: 1_000,
  /** Milliseconds that a setup command may take, unless told otherwise. */
  setupTimeoutMs: 600_000,
  /** Bytes kept of what a setup command prints: the last ones. */
  setupOutputBytesMax: 16 * 1024,
  /** Milliseconds that a worktree waits for ports that others have, unless told otherwise. */
  portsTimeoutMs: 600_000,
  /** Greatest port number. */
  portMax: 65_535,
} as const;
