import type { Env } from "../base/env.ts";

/** The wall clock tells whole milliseconds, so what lies between it and the monotonic one seems to waver by one. */
const WAVERS_MS = 2;

/** Monotonic times by the wall clock: one and the same whenever it is asked for, until somebody sets the clock. */
export class WallTimes {
  readonly #clock: Env["clock"];
  #between = Infinity;

  constructor(clock: Env["clock"]) {
    this.#clock = clock;
  }

  /** In whole milliseconds. */
  of(mono: number): number {
    const between = this.#clock.now() - this.#clock.monotonic();
    if (Math.abs(between - this.#between) >= WAVERS_MS) this.#between = between;
    return Math.round(mono + this.#between);
  }
}
