import { randomBytes } from "node:crypto";
import type { Env } from "./env.ts";

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

/**
 * UUID version 7 ids (RFC 9562), each greater than the one before even within a millisecond or when the clock
 * goes back. The last 32 bits are zero: `itemIdOf` puts the number of an item there, so an item's id names its run.
 */
export function sortableIds(now: () => number, random: () => Uint8Array): () => string {
  let lastMs = 0;
  let counter = 0;
  return () => {
    const bytes = random();
    const ms = now();
    counter = ms > lastMs ? ((bytes[0]! & 0x07) << 8) | bytes[1]! : counter + 1;
    lastMs = Math.max(ms, lastMs) + (counter > 0xfff ? 1 : 0);
    counter &= 0xfff;
    const time = lastMs.toString(16).padStart(12, "0");
    const tail = Buffer.from(bytes.subarray(2, 6)).toString("hex");
    const variant = (0x8 | (parseInt(tail[0]!, 16) & 0x3)).toString(16);
    const sequence = counter.toString(16).padStart(3, "0");
    return `${time.slice(0, 8)}-${time.slice(8)}-7${sequence}-${variant}${tail.slice(1, 4)}-${tail.slice(4)}00000000`;
  };
}

/** The id of the item with this number (0 is the first) in the run. */
export function itemIdOf(runId: string, index: number): string {
  return runId.slice(0, -8) + (index + 1).toString(16).padStart(8, "0");
}
