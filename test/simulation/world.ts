/**
 * A world in which the production code lives: one virtual time for all processes, a queue of what happens next, and chance from a seed.
 *
 * W1 The same seed and the same code make the same trace: nothing here asks the real clock, chance or order of the machine.
 * W2 Between two events everything that needs no time has come to rest.
 * W3 A dead process is told nothing more; a paused one is told late, when it goes on.
 */
import type { Env } from "../../src/base/env.ts";
import { sortableIds } from "../../src/base/sortable-ids.ts";
import type { Planted } from "./planted.ts";
import { Random } from "./random.ts";
import { Trace } from "./trace.ts";

interface Happening {
  at: number;
  order: number;
  readonly life: Life | undefined;
  readonly happen: () => void;
  isOff: boolean;
}

export interface WorldOptions {
  readonly seed: number;
  readonly planted?: Planted;
  readonly keepsTrace?: boolean;
}

/** A simulation has more events than any that was seen to end: it goes in circles. */
const EVENTS_MAX = 60_000;

export class World {
  readonly seed: number;
  readonly random: Random;
  readonly trace: Trace;
  readonly planted: Planted | undefined;
  /** What was seen that must not be. */
  readonly violations: string[] = [];
  /** Virtual milliseconds since the beginning. */
  now = 0;
  /** Offset of the wall clock that all processes share. */
  wall = Date.UTC(2026, 0, 1);
  events = 0;
  #order = 0;
  /** When the one goes on that was stopped last. */
  #until = Infinity;
  readonly #queue: Happening[] = [];

  constructor({ seed, planted, keepsTrace = false }: WorldOptions) {
    this.seed = seed;
    this.random = new Random(seed);
    this.trace = new Trace(keepsTrace);
    this.planted = planted;
  }

  log(line: string): void {
    this.trace.add(this.now, line);
  }

  violate(invariant: string, what: string): void {
    // A broken simulation says the same again and again; the first ones tell.
    if (this.violations.length >= 20) return;
    this.violations.push(`${invariant} at ${this.now.toFixed(1)} ms: ${what}`);
    this.log(`VIOLATION ${invariant}: ${what}`);
  }

  /** Calls `happen` after so many milliseconds, in the process `life` when one is named. */
  after(delayMs: number, happen: () => void, life?: Life): () => void {
    const happening = { at: this.now + Math.max(0, delayMs), order: this.#order++, life, happen, isOff: false };
    this.#push(happening);
    return () => void (happening.isOff = true);
  }

  sleep(ms: number, life?: Life): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve, life));
  }

  /** Lets happen what is due until nothing is, or `isOver`; `false` when time or events ran out first. */
  async run(isOver: () => boolean, untilMs: number): Promise<boolean> {
    await settle();
    while (!isOver()) {
      const next = this.#pop();
      if (next === undefined || next.at > untilMs) return false;
      if (this.events > EVENTS_MAX) return false;
      if (this.#happen(next)) await settle();
    }
    return true;
  }

  /**
   * `life` stands still for so long in the middle of what it does, and others go on. They too may stand still meanwhile, but not for
   * longer: who was stopped first goes on last. What waits for a promise comes only when everybody has gone on.
   */
  meanwhile(ms: number, life: Life): void {
    const outer = this.#until;
    const until = Math.min(this.now + ms, outer);
    life.pausedUntil = Math.max(life.pausedUntil, until);
    this.#until = until;
    for (let next = this.#pop(); next !== undefined; next = this.#pop()) {
      if (next.at >= until || this.events > EVENTS_MAX) {
        this.#push(next);
        break;
      }
      this.#happen(next);
    }
    this.#until = outer;
    this.now = Math.max(this.now, until);
  }

  /** `false`: there is nobody to whom it could happen now. */
  #happen(next: Happening): boolean {
    this.events++;
    const { life } = next;
    if (life !== undefined && !life.isUp) return false;
    this.now = Math.max(this.now, next.at);
    if (life !== undefined && life.pausedUntil > this.now) {
      next.at = life.pausedUntil;
      next.order = this.#order++;
      this.#push(next);
      return false;
    }
    next.happen();
    return true;
  }

  #push(happening: Happening): void {
    const queue = this.#queue;
    let at = queue.length;
    queue.push(happening);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(happening, queue[parent]!)) break;
      queue[at] = queue[parent]!;
      at = parent;
    }
    queue[at] = happening;
  }

  #pop(): Happening | undefined {
    for (;;) {
      const [first] = this.#queue;
      if (first === undefined) return undefined;
      const last = this.#queue.pop()!;
      if (last !== first) this.#sink(last);
      if (!first.isOff) return first;
    }
  }

  #sink(happening: Happening): void {
    const queue = this.#queue;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= queue.length) break;
      if (child + 1 < queue.length && isBefore(queue[child + 1]!, queue[child]!)) child++;
      if (!isBefore(queue[child]!, happening)) break;
      queue[at] = queue[child]!;
      at = child;
    }
    queue[at] = happening;
  }
}

const isBefore = (a: Happening, b: Happening): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** Turns of the event loop: chains of promises of any length have ended when it resolves. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** One process: what it sees of the world, and whether it still lives. */
export class Life {
  readonly name: string;
  readonly env: Env;
  readonly startedAt: number;
  isUp = true;
  pausedUntil = 0;
  /** Timers that wait. */
  armed = 0;
  readonly #world: World;

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
    this.startedAt = world.now;
    const random = new Random(world.random.int(0, 0x7fffffff));
    const wall = (): number => Math.floor(world.wall + world.now);
    const monotonic = (): number => world.now - this.startedAt;
    this.env = {
      clock: { now: wall, monotonic: world.planted === "lease by wall clock" ? wall : monotonic },
      timers: {
        after: (delayMs, callback) => this.#arm(delayMs, callback),
        nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
      },
      random: random.next,
      nextId: sortableIds(wall, () => Uint8Array.from({ length: 10 }, () => random.int(0, 255))),
    };
    world.log(`${name} starts`);
  }

  kill(): void {
    this.isUp = false;
    this.#world.log(`${this.name} is killed`);
  }

  /** It gets no processor for so long, as after SIGSTOP. */
  pause(ms: number): void {
    this.pausedUntil = Math.max(this.pausedUntil, this.#world.now + ms);
    this.#world.log(`${this.name} is paused for ${ms} ms`);
  }

  #arm(delayMs: number, callback: () => void): () => void {
    if (isDropped(this.#world, delayMs)) return () => {};
    this.armed++;
    let isOver = false;
    const end = (): void => {
      if (!isOver) this.armed--;
      isOver = true;
    };
    const off = this.#world.after(
      delayMs,
      () => {
        end();
        try {
          callback();
        } catch (error) {
          this.#world.violate("I21", `${this.name} is ended by what a timer of it throws: ${String(error)}`);
        }
      },
      this,
    );
    return () => {
      end();
      off();
    };
  }
}

/** Planted: a timer that nobody sets. */
function isDropped({ planted, random }: World, delayMs: number): boolean {
  return planted === "timer lost" && delayMs > 0 && random.chance(0.2);
}
