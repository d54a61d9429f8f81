/** How long an item will probably take: as long as its like took in this run, else as its plan says, else as items of this run take. */
import type { ItemRow } from "../../journal/journal.ts";
import type { Plan } from "../../plan/plan.ts";

export interface Durations {
  readonly of: (item: number) => number;
  /** Nothing was known of it or its like. */
  readonly isGuess: (item: number) => boolean;
}

const HOUR_MS = 3_600_000;

/** What is known of how long items take. */
export interface DurationOptions {
  /** What is known better. */
  readonly durationMs?: ((key: string) => number | undefined) | undefined;
  /** For items of which nothing is known, when nothing was done yet either. Default 1,000. */
  readonly guessMs?: number | undefined;
}

export function durationsOf(
  plan: Plan,
  rows: readonly ItemRow[],
  { durationMs, guessMs = 1_000 }: DurationOptions,
): Durations {
  const took = new Map<string, { sum: number; count: number }>();
  const all = { sum: 0, count: 0 };
  for (const { item, status, claimedAt, settledAt } of rows) {
    if (status !== "done" || claimedAt === undefined || settledAt === undefined) continue;
    const { id } = plan.taskOf(item)!;
    const like = took.get(id) ?? { sum: 0, count: 0 };
    took.set(id, like);
    for (const each of [like, all]) {
      each.sum += Math.max(0, settledAt - claimedAt);
      each.count++;
    }
  }
  const known = (item: number): number | undefined => {
    const { key, id, estimatedHours } = plan.taskOf(item)!;
    const like = took.get(id);
    return (
      durationMs?.(key) ??
      (like === undefined ? undefined : like.sum / like.count) ??
      (estimatedHours === undefined ? undefined : estimatedHours * HOUR_MS)
    );
  };
  const guess = all.count > 0 ? all.sum / all.count : guessMs;
  return { of: (item) => known(item) ?? guess, isGuess: (item) => known(item) === undefined };
}
