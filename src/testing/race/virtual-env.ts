/** A world whose time only moves when somebody says so. */
import type { Env } from "../../base/env.ts";
import { UsageError } from "../../base/errors.ts";
import { nodeEnv } from "../../base/node-env.ts";
import { seededRandom } from "../../base/seeded-random.ts";
import { sortableIds } from "../../base/sortable-ids.ts";

/** An `Env` with virtual time: timers ring when `advance` has moved it so far, ids and chance come from the seed. */
export interface VirtualEnv extends Env {
  /** Moves time on, calling what becomes due in order, with the microtasks in between. */
  advance(ms: number): Promise<void>;
  /** Moves time on, from timer to timer, until the promise has settled. @throws UsageError (`invalid_usage`) when no timer is left that could settle it */
  until<T>(promise: Promise<T>): Promise<T>;
  /** Lets everything run that needs no time. */
  settle(): Promise<void>;
  /** Moves the wall clock only, as an administrator may. */
  jump(ms: number): void;
  /** Timers that are set. */
  readonly armed: number;
  /** Milliseconds until the next timer rings; `undefined` when none is set. */
  readonly nextIn: number | undefined;
}

/** @param seed of ids and chance. Default 1 */
export function virtualEnv(seed = 1): VirtualEnv {
  const time = new VirtualTime();
  const random = seededRandom(seed);
  return {
    clock: { now: () => time.wall, monotonic: () => time.mono },
    timers: { after: (delayMs, callback) => time.after(delayMs, callback), nextTurn: turn },
    random,
    nextId: sortableIds(
      () => time.wall,
      () => Uint8Array.from({ length: 10 }, () => Math.floor(random() * 256)),
    ),
    advance: (ms) => time.advance(ms),
    until: (promise) => time.until(promise),
    settle: () => time.settle(),
    jump: (ms) => {
      time.wall += ms;
    },
    get armed() {
      return time.armed;
    },
    get nextIn() {
      return time.nextIn;
    },
  };
}

const turn = nodeEnv().timers.nextTurn;

class VirtualTime {
  mono = 0;
  wall = Date.UTC(2026, 0, 1);
  #next = 0;
  readonly #timers = new Map<number, { readonly at: number; readonly callback: () => void }>();

  get armed(): number {
    return this.#timers.size;
  }

  get nextIn(): number | undefined {
    const id = this.#earliest(Infinity);
    return id === undefined ? undefined : Math.max(0, this.#timers.get(id)!.at - this.mono);
  }

  after(delayMs: number, callback: () => void): () => void {
    const id = this.#next++;
    this.#timers.set(id, { at: this.mono + delayMs, callback });
    return () => this.#timers.delete(id);
  }

  async advance(ms: number): Promise<void> {
    await this.settle();
    const until = this.mono + ms;
    for (let id = this.#earliest(until); id !== undefined; id = this.#earliest(until)) {
      const { at, callback } = this.#timers.get(id)!;
      this.#timers.delete(id);
      this.#pass(Math.max(0, at - this.mono));
      callback();
      await this.settle();
    }
    this.#pass(until - this.mono);
    await this.settle();
  }

  async until<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const note = (): void => void (isSettled = true);
    promise.then(note, note);
    for (await this.settle(); !isSettled;) {
      const ms = this.nextIn;
      if (ms === undefined)
        throw new UsageError(
          "expected the promise to settle, but no timer is set and nothing else goes on; is an attempt left that never ends?",
        );
      await this.advance(ms);
    }
    return promise;
  }

  /** Macrotask turns: promise chains of any length have ended when it resolves. */
  async settle(): Promise<void> {
    for (let i = 0; i < 4; i++) await turn();
  }

  #pass(ms: number): void {
    this.mono += ms;
    this.wall += ms;
  }

  #earliest(until: number): number | undefined {
    let found: number | undefined;
    for (const [id, { at }] of this.#timers) {
      if (at <= until && (found === undefined || at < this.#timers.get(found)!.at)) found = id;
    }
    return found;
  }
}
