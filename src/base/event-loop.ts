import { monitorEventLoopDelay } from "node:perf_hooks";

/** How long this process was kept from turning to anything else. */
export interface EventLoopWatch {
  /** The longest hold-up since the last call, in milliseconds. */
  readonly worstMs: () => number;
  readonly stop: () => void;
}

const RESOLUTION_MS = 20;

/** Begins to watch; a timer of the system ticks until `stop`. */
export function watchEventLoop(): EventLoopWatch {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return {
    worstMs: () => {
      // Each value is the time between two ticks of its timer. What begins within the first tick after a reset is not seen.
      const worst = Math.max(0, histogram.max / 1e6 - RESOLUTION_MS);
      histogram.reset();
      return worst;
    },
    stop: () => void histogram.disable(),
  };
}
