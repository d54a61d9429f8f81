import type { Env } from "./env.ts";
import { sortableIds } from "./sortable-ids.ts";

/** The real world with what browsers and Node have alike. */
export function webEnv(): Env {
  const now = (): number => Date.now();
  return {
    clock: { now, monotonic: () => performance.now() },
    timers: {
      after: (delayMs, callback) => {
        const timer = setTimeout(callback, delayMs);
        return () => clearTimeout(timer);
      },
      nextTurn: () => new Promise((resolve) => void setTimeout(resolve, 0)),
    },
    random: Math.random,
    nextId: sortableIds(now, () => crypto.getRandomValues(new Uint8Array(10))),
  };
}
