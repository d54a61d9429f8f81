import type { Counts } from "../items/snapshot.ts";

/** How far a run is, from the counts of one version. */
export interface CountsProgress extends Counts {
  readonly total: number;
  /** Part of the items that have ended in any way, 0 to 1; 1 for a run without items. */
  readonly fraction: number;
}

export function progressOf({ todo, claimed, done, failed, cancelled }: Counts): CountsProgress {
  const ended = done + failed + cancelled;
  const total = todo + claimed + ended;
  return { total, todo, claimed, done, failed, cancelled, fraction: total === 0 ? 1 : ended / total };
}
