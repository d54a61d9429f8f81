import type { Env } from "./env.ts";
import { webEnv } from "./web-env.ts";

/** The real world: this process's clocks, timers and random source. */
export function nodeEnv(): Env {
  const env = webEnv();
  // A turn of the loop of Node is no timer: input and output come first.
  return { ...env, timers: { ...env.timers, nextTurn: () => new Promise((resolve) => setImmediate(resolve)) } };
}
