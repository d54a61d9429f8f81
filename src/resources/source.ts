import { readdirSync, readFileSync, statSync } from "node:fs";
import { availableParallelism, freemem, loadavg, totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";
import { watchEventLoop, type EventLoopWatch } from "../base/event-loop.ts";

/** Everything that probes read, so that a test can show them any machine. */
export interface ResourceSource {
  readonly platform: NodeJS.Platform;
  /** The text of a small file; `undefined` when it cannot be read. */
  readonly readText: (path: string) => string | undefined;
  /** How many entries a folder has; `undefined` when that cannot be told. */
  readonly countEntries: (path: string) => number | undefined;
  /** Bytes of the V8 heap of this process. */
  readonly heap: () => { readonly used: number; readonly max: number };
  /** Bytes of the machine as the system tells them. */
  readonly memory: () => { readonly free: number; readonly total: number };
  /** The load average of one minute. */
  readonly load: () => number;
  readonly processors: () => number;
  /** Begins to watch the event loop. */
  readonly watchEventLoop: () => EventLoopWatch;
}

/** The machine that this process runs on. */
export function nodeSource(): ResourceSource {
  return {
    platform: process.platform,
    readText,
    countEntries,
    heap: () => {
      const { used_heap_size, heap_size_limit } = getHeapStatistics();
      return { used: used_heap_size, max: heap_size_limit };
    },
    memory: () => ({ free: freemem(), total: totalmem() }),
    load: () => loadavg()[0] ?? 0,
    processors: availableParallelism,
    watchEventLoop,
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function countEntries(path: string): number | undefined {
  try {
    // Recent kernels tell the number of open handles as the size of their folder; elsewhere it is 0 and they are counted.
    const told = statSync(path).size;
    return told > 0 ? told : readdirSync(path).length;
  } catch {
    return undefined;
  }
}
