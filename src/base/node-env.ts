import { randomBytes } from "node:crypto";
import type { Env } from "./env.ts";
import { sortableIds } from "./sortable-ids.ts";

/** The real world: this process's clocks, timers and random source. */
export function nodeEnv(): Env {
  const now = (): number => Date.now();
  return {
    clock: { now, monotonic: () => performance.now() },
    timers: {
      after: (delayMs, callback) => {
        const timer = setTimeout(callback, delayMs);
        return () => clearTimeout(timer);
      },
      nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
    },
    random: Math.random,
    nextId: sortableIds(now, () => randomBytes(10)),
  };
}

/** The id of the item with this number (0 is the first) in the run. */
export function itemIdOf(runId: string, index: number): string {
  return runId.slice(0, -8) + (index + 1).toString(16).padStart(8, "0");
}
