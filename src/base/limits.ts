/** Every limit that has no better home, by name. A limit is part of the contract: the reference lists them. */
export const LIMITS = {
  /** Tasks in one plan. */
  tasksMax: 2_000_000,
  /** Live items at once. */
  liveItemsMax: 10_000,
  /** Bytes of a plan file. */
  planFileBytesMax: 256 * 1024 * 1024,
  /** Bytes of one item's output value, as JSON. */
  outputBytesMax: 10 * 1024 * 1024,
  /** Characters of a reason's message. */
  reasonCharsMax: 4_096,
  /** Longest duration that can be written: a year. */
  durationMsMax: 366 * 24 * 3_600_000,
  /** Milliseconds between two publications of the snapshot at most. */
  publishIntervalMsMax: 16,
  /** Milliseconds of work before the loop lets others run. */
  turnMsMax: 8,
} as const;
