import type { Counts } from "./snapshot.ts";

/** How far a run is. The counts are those of one version. */
export interface ProgressFigures extends Counts {
  readonly seq: number;
  readonly total: number;
  /** `todo` items that may start now. */
  readonly ready: number;
  /** `todo` items that can never start because something they need ended badly. */
  readonly blocked: number;
  readonly liveItemsMax: number;
  readonly elapsedMs: number;
  /** Part of the items that have ended in any way, 0 to 1; 1 for a run without items. */
  readonly fraction: number;
}

export interface ProgressInput {
  readonly seq: number;
  readonly counts: Counts;
  readonly ready: number;
  readonly blocked: number;
  readonly liveItemsMax: number;
  readonly elapsedMs: number;
}

/** Frozen; the same input gives an equal answer. */
export function progressOf({ seq, counts, ready, blocked, liveItemsMax, elapsedMs }: ProgressInput): ProgressFigures {
  const { todo, claimed, done, failed, cancelled } = counts;
  const ended = done + failed + cancelled;
  const total = todo + claimed + ended;
  const fraction = total === 0 ? 1 : ended / total;
  return Object.freeze({
    seq,
    total,
    todo,
    claimed,
    done,
    failed,
    cancelled,
    ready,
    blocked,
    liveItemsMax,
    elapsedMs,
    fraction,
  });
}
