/** Which part of a time is looked at: to come closer, to go back, to move along. Wall clock in milliseconds. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** Closer than this nothing is told apart: the log has whole milliseconds. */
const LENGTH_MIN = 100;

/** `factor` below 1 comes closer; `at` stays where it is. Never beyond the whole. */
export function zoomed({ from, to }: TimeRange, factor: number, at: number, whole: TimeRange): TimeRange {
  const length = Math.max(LENGTH_MIN, (to - from) * factor);
  const share = (at - from) / Math.max(1, to - from);
  return within({ from: at - share * length, to: at + (1 - share) * length }, whole);
}

/** Moves by this share of its length: to the left when negative. */
export function moved({ from, to }: TimeRange, share: number, whole: TimeRange): TimeRange {
  const by = (to - from) * share;
  return within({ from: from + by, to: to + by }, whole);
}

/** The same length, or as much of it as there is, inside the whole. */
export function within({ from, to }: TimeRange, whole: TimeRange): TimeRange {
  const length = Math.min(to - from, whole.to - whole.from);
  const start = Math.min(Math.max(from, whole.from), whole.to - length);
  return { from: start, to: start + length };
}

export function isWhole(range: TimeRange, whole: TimeRange): boolean {
  return range.from <= whole.from && range.to >= whole.to;
}
