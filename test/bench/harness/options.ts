export interface BenchOptions {
  /** Sizes for a few seconds in all, to see that nothing is broken; the figures mean nothing. */
  readonly smoke: boolean;
  /** Overrides the number of rounds of each bench. */
  readonly rounds?: number;
}
