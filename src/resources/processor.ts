/** Whether this process and the machine come to do their work in time. */
import type { Probe } from "./reading.ts";
import type { ResourceSource } from "./source.ts";

/** How long the event loop was held up at worst since the last reading. */
export function eventLoopProbe(source: ResourceSource): Probe {
  const watch = source.watchEventLoop();
  return {
    read: () => {
      const value = watch.worstMs();
      return [{ name: "event_loop", value, words: `the event loop was held up for ${Math.round(value)} ms` }];
    },
    stop: watch.stop,
  };
}

/** The load average of a minute for each processor. Absent on Windows, which has none. */
export function loadProbe(source: ResourceSource): Probe {
  return {
    read: () => {
      if (source.platform === "win32") return [];
      const value = source.load() / Math.max(1, source.processors());
      return [{ name: "load", value, words: `the load is ${value.toFixed(1)} for each processor` }];
    },
  };
}
