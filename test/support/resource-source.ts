/** A machine as a test describes it, for the probes of pressure. */
import type { ResourceSource } from "../../src/resources/source.ts";

export interface Machine {
  readonly platform?: NodeJS.Platform;
  readonly files?: Readonly<Record<string, string>>;
  readonly folders?: Readonly<Record<string, () => number>>;
  readonly heap?: { readonly used: number; readonly max: number };
  readonly memory?: { readonly free: number; readonly total: number };
  readonly load?: number;
  readonly processors?: number;
  readonly worstMs?: () => number;
  readonly onStop?: () => void;
}

export function fakeSource(machine: Machine): ResourceSource {
  return {
    platform: machine.platform ?? "linux",
    readText: (path) => machine.files?.[path],
    countEntries: (path) => machine.folders?.[path]?.(),
    heap: () => machine.heap ?? { used: 1, max: 4 },
    memory: () => machine.memory ?? { free: 1, total: 1 },
    load: () => machine.load ?? 0,
    processors: () => machine.processors ?? 1,
    watchEventLoop: () => ({ worstMs: machine.worstMs ?? (() => 0), stop: machine.onStop ?? (() => {}) }),
  };
}
