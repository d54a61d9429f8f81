/** What `commit-order.ts` wrote down, judged: each acknowledgement stands right behind a commit that waits for the disk. */
export interface CommitOrder {
  readonly acknowledged: number;
  readonly commits: number;
  readonly faults: readonly string[];
}

export function commitOrder(notes: string): CommitOrder {
  const faults: string[] = [];
  let [acknowledged, commits] = [0, 0];
  // Commits that nothing was said about yet; inside a transaction nothing may be said.
  let unsaid = 0;
  let open = false;
  for (const [at, line] of notes.trim().split("\n").entries()) {
    const [what, synchronous, mode] = line.split(" ");
    if (what === "begin") open = true;
    else if (what === "commit") {
      open = false;
      unsaid++;
      commits++;
      // 2 is FULL, 3 EXTRA: the log is synced before COMMIT returns.
      if (!(Number(synchronous) >= 2) || mode !== "wal") faults.push(`line ${at + 1}: committed with ${line}`);
    } else {
      acknowledged++;
      if (open || unsaid === 0) faults.push(`line ${at + 1}: ${line} without a commit before it`);
      unsaid = 0;
    }
  }
  return { acknowledged, commits, faults };
}
