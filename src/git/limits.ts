/** Limits of everything that concerns git, by name. */
export const GIT_LIMITS = {
  /** Milliseconds that somebody waits for the repository lock, unless told otherwise. */
  lockTimeoutMs: 30_000,
  /** Requests that wait for one repository's lock in one process. */
  lockWaitersMax: 10_000,
  /** Milliseconds between two looks at the lock by the process that is next; others look less often. */
  lockLookMs: 2,
  /** Milliseconds between two looks of a process that is not next, or has waited for over a second. */
  lockLookMsMax: 25,
  /** What a dead holder left running may go on for so many milliseconds; then it is asked to end. */
  orphanGraceMs: 300,
  /** And after so many it is killed: the lock is free within a second of its holder's death. */
  orphanPatienceMs: 600,
  /** Milliseconds that one git command may take, unless told otherwise. */
  gitTimeoutMs: 120_000,
  /** Milliseconds between asking a git command to end and killing it. */
  gitGraceMs: 2_000,
  /** Bytes of standard output of one git command. */
  gitOutputBytesMax: 64 * 1024 * 1024,
  /** Bytes that are kept of what a git command says on standard error: the last ones. */
  gitErrorBytesMax: 64 * 1024,
  /** Characters of a git command that an error shows: the first ones. */
  gitCommandShownMax: 2_000,
} as const;
