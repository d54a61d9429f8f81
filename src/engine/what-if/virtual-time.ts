/** A clock that jumps: nothing is waited for, and what would happen in an hour happens at once, in its order. */
import { InternalError } from "../../base/errors.ts";
import type { Env } from "../../base/env.ts";
import { KeyedHeap } from "../../base/keyed-heap.ts";

/** Turns of the real event loop in which everything has happened that needs no time. */
const TURNS_TO_SETTLE = 3;
/** Turns without any timer after which something is wrong. */
const IDLE_TURNS_MAX = 10_000;

export class VirtualTime {
  readonly env: Env;
  readonly #real: Env;
  readonly #timers = new Map<number, { readonly at: number; readonly callback: () => void }>();
  readonly #order = new KeyedHeap();
  readonly #startedAt: number;
  #mono = 0;
  #lastTimer = 0;

  constructor(real: Env) {
    this.#real = real;
    this.#startedAt = real.clock.now();
    this.env = {
      clock: { now: () => this.#startedAt + this.#mono, monotonic: () => this.#mono },
      timers: { after: (ms, callback) => this.#after(ms, callback), nextTurn: () => real.timers.nextTurn() },
      // Jitter takes its middle: a forecast has no chance in it.
      random: () => 0.5,
      nextId: real.nextId,
    };
  }

  /** Milliseconds that have passed here. */
  get elapsedMs(): number {
    return this.#mono;
  }

  /** Lets time pass until the promise has settled, and gives what it settled with. */
  async runUntil<T>(ended: Promise<T>): Promise<T> {
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    ended.then(over, over);
    for (let idle = 0; ;) {
      for (let turn = 0; turn < TURNS_TO_SETTLE; turn++) await this.#real.timers.nextTurn();
      if (isOver) return ended;
      if (this.#passToNext()) idle = 0;
      else if (++idle > IDLE_TURNS_MAX)
        throw new InternalError("expected a run that goes on or ends, got one that waits for nothing");
    }
  }

  #after(ms: number, callback: () => void): () => void {
    const number = this.#lastTimer++;
    const at = this.#mono + Math.max(0, ms);
    this.#timers.set(number, { at, callback });
    this.#order.put(number, at);
    return () => {
      this.#timers.delete(number);
      this.#order.remove(number);
    };
  }

  /** Calls everything that is due at the next moment at which anything is. */
  #passToNext(): boolean {
    const at = this.#order.peekFirst();
    if (at === undefined) return false;
    this.#mono = Math.max(this.#mono, at);
    while (this.#order.peekFirst() === at) {
      const number = this.#order.pop();
      const { callback } = this.#timers.get(number)!;
      this.#timers.delete(number);
      callback();
    }
    return true;
  }
}
