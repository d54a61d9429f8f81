/** What was done in a worktree since it was made. */
export interface ObservedWork {
  /** The last commit. */
  readonly commit: string;
  /** The branch that was checked out then; `undefined`: none. An item may have made or renamed one. */
  readonly branch: string | undefined;
  /** Paths that differ from the base, committed or not, from the top of the repository; of very many, the first. */
  readonly files: readonly string[];
  /** How many there are. */
  readonly filesTotal: number;
  /** Lines that came and went, of files that git tracks. */
  readonly insertions: number;
  readonly deletions: number;
}

/** What was put elsewhere before a worktree was removed. */
export interface SavedWork {
  /** The ref that holds the commits; `undefined` when nothing had to be saved as one. */
  readonly ref: string | undefined;
  /** The folder that holds the ignored files; `undefined` when there were none. */
  readonly copy: string | undefined;
}
