import type { Env } from "./env.ts";
import { webEnv } from "./web-env.ts";

/** The real world: this process's clocks, timers and random source. */
export function nodeEnv(): Env {
  const env = webEnv();
  // A turn of the loop of Node is no timer: input and output come first.
  return { ...env, timers: { ...env.timers, nextTurn: () => new Promise((resolve) => setImmediate(resolve)) } };
}

/** The id of the item with this number (0 is the first) in the run. */
export function itemIdOf(runId: string, index: number): string {
  // Not with `+`: V8 keeps such a text as its two parts, and `JSON.stringify` takes twice as long for whatever holds one.
  return [runId.slice(0, -8), (index + 1).toString(16).padStart(8, "0")].join("");
}
