/** From when a resource presses (`raise`), and below what it presses no more (`lower`); in its own unit, greater is worse. */
export interface PressureLimit {
  readonly raise: number;
  readonly lower: number;
}

/** Every number that pressure begins with; docs/reference/defaults.md shows them, and a test holds the two together. */
export const PRESSURE_DEFAULTS = {
  /** Share of the machine's memory that is in use. */
  memory: { raise: 0.9, lower: 0.85 },
  /** Share of what a container or control group may use. */
  memoryLimit: { raise: 0.8, lower: 0.75 },
  /** Share of what V8 may use for its heap. */
  heap: { raise: 0.8, lower: 0.75 },
  /** Share of the file handles that this process may open. */
  handles: { raise: 0.8, lower: 0.7 },
  /** Milliseconds for which the event loop was held up at worst since the last look. */
  eventLoopDelayMs: { raise: 500, lower: 200 },
  /** Of the load average of one minute for each processor: when it is on, `lower` is this share of `raise`. */
  loadLowerShare: 0.8,
  /** Milliseconds between two looks. */
  sampleMs: 1_000,
} as const satisfies Readonly<Record<string, PressureLimit | number>>;
