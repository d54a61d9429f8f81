/**
 * How much memory is left, against what really limits it: the machine, a control group, the heap of this process. Never the heap's
 * present size: V8 makes it as small as it can, so an idle process looks four fifths full.
 */
import { memoryGroups, type MemoryUse } from "./cgroup.ts";
import { bytesInWords, percent, type PressureReading, type Probe } from "./reading.ts";
import type { ResourceSource } from "./source.ts";

export function memoryProbe(source: ResourceSource): Probe {
  const groups = memoryGroups(source.readText);
  return {
    read: () => {
      const machine = machineMemory(source);
      const group = tightest(groups(machine?.max ?? source.memory().total));
      return [
        ...readingOf("memory", machine, "of memory"),
        ...readingOf("memory_limit", group, "that this container or service may use"),
        ...readingOf("heap", source.heap(), "of heap that Node may use"),
      ];
    },
  };
}

function readingOf(name: PressureReading["name"], use: MemoryUse | undefined, what: string): PressureReading[] {
  if (use === undefined || !(use.max > 0)) return [];
  const value = use.used / use.max;
  return [{ name, value, words: `${percent(value)} of the ${bytesInWords(use.max)} ${what} are in use` }];
}

function machineMemory(source: ResourceSource): MemoryUse | undefined {
  const told = meminfo(source.readText("/proc/meminfo") ?? "");
  if (told !== undefined) return told;
  // What macOS calls free leaves out everything that it would give back, so a healthy machine looks full.
  if (source.platform === "darwin") return undefined;
  const { free, total } = source.memory();
  return { used: total - free, max: total };
}

/** What Linux thinks could be had without swapping; old kernels do not tell. */
function meminfo(text: string): MemoryUse | undefined {
  const total = kilobytes(text, "MemTotal");
  const available = kilobytes(text, "MemAvailable");
  if (total === undefined || available === undefined) return undefined;
  return { used: Math.max(0, total - available), max: total };
}

function kilobytes(text: string, key: string): number | undefined {
  const [, value] = new RegExp(`^${key}:\\s+(\\d+) kB$`, "m").exec(text) ?? [];
  return value === undefined ? undefined : Number(value) * 1024;
}

function tightest(uses: readonly MemoryUse[]): MemoryUse | undefined {
  let worst: MemoryUse | undefined;
  for (const use of uses) if (worst === undefined || use.used / use.max > worst.used / worst.max) worst = use;
  return worst;
}
