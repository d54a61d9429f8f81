/**
 * Everything that differs between two runs of the same code: time, chance, identity. Code outside `base/`
 * and the ports (journal, executors) reaches the world only through this, so that a test or a simulation can own it.
 */
export interface Env {
  readonly clock: Clock;
  readonly timers: Timers;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** A new sortable id: a UUID version 7, greater than every id given before by this Env. */
  readonly nextId: () => string;
}

/** Two clocks: one for people, one for measuring. */
export interface Clock {
  /** Milliseconds since the epoch, UTC. May jump; never used to order anything. */
  readonly now: () => number;
  /** Milliseconds since some fixed moment of this process; never goes back. */
  readonly monotonic: () => number;
}

/** Ways to wait that a test can own. */
export interface Timers {
  /** Calls `callback` once, not before `delayMs` have passed. Returns the function that prevents it. */
  readonly after: (delayMs: number, callback: () => void) => () => void;
  /** Resolves in a later turn of the event loop, after input and output had their chance. */
  readonly nextTurn: () => Promise<void>;
}
