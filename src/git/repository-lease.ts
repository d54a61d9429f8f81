/** The right to change a repository, until it is released. With `await using` it ends with its block. */
export interface RepositoryLease extends AsyncDisposable {
  /** Different for every lease of every process. */
  readonly id: string;
  readonly commonDir: string;
  /** Whether it still holds the lock. */
  readonly held: boolean;
  /** Lets the next one have the lock; resolves when it is let go. Again: nothing. */
  readonly release: () => Promise<void>;
}

export function makeLease(id: string, commonDir: string, letGo: () => void): RepositoryLease {
  let held = true;
  const release = async (): Promise<void> => {
    if (!held) return;
    held = false;
    letGo();
  };
  return {
    id,
    commonDir,
    get held() {
      return held;
    },
    release,
    [Symbol.asyncDispose]: release,
  };
}
