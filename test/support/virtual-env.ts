/** A world whose time only moves when a test says so. */
import type { Env } from "../../src/base/env.ts";
import { sortableIds } from "../../src/base/sortable-ids.ts";

export interface VirtualEnv extends Env {
  /** Moves time on, calling what becomes due in order, with the microtasks in between. */
  advance(ms: number): Promise<void>;
  /** Lets everything run that needs no time. */
  settle(): Promise<void>;
  /** Moves the wall clock only, as an administrator may. */
  jump(ms: number): void;
  readonly armed: number;
}

export function virtualEnv(seed = 1): VirtualEnv {
  let mono = 0;
  let wall = Date.UTC(2026, 0, 1);
  let next = 0;
  const timers = new Map<number, { at: number; callback: () => void }>();
  const random = mulberry32(seed);
  // Macrotask turns: promise chains of any length have ended when it resolves.
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 4; i++) await turn();
  };
  const earliest = (until: number): number | undefined => {
    let found: number | undefined;
    for (const [id, { at }] of timers) {
      if (at <= until && (found === undefined || at < timers.get(found)!.at)) found = id;
    }
    return found;
  };
  return {
    clock: { now: () => wall, monotonic: () => mono },
    timers: {
      after: (delayMs, callback) => {
        const id = next++;
        timers.set(id, { at: mono + delayMs, callback });
        return () => timers.delete(id);
      },
      nextTurn: turn,
    },
    random,
    nextId: sortableIds(
      () => wall,
      () => Uint8Array.from({ length: 10 }, () => Math.floor(random() * 256)),
    ),
    async advance(ms) {
      await settle();
      const until = mono + ms;
      for (let id = earliest(until); id !== undefined; id = earliest(until)) {
        const { at, callback } = timers.get(id)!;
        timers.delete(id);
        const step = Math.max(0, at - mono);
        mono += step;
        wall += step;
        callback();
        await settle();
      }
      wall += until - mono;
      mono = until;
      await settle();
    },
    settle,
    jump: (ms) => {
      wall += ms;
    },
    get armed() {
      return timers.size;
    },
  };
}

/** Tommy Ettinger's mulberry32: a small well-known generator, so that a seed means the same everywhere. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
