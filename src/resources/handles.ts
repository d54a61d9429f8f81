import { percent, type PressureReading, type Probe } from "./reading.ts";
import type { ResourceSource } from "./source.ts";

const FOLDER = "/proc/self/fd";
/** Counting so many takes milliseconds, so it is done only now and then. */
const MANY = 5_000;
const READS_BETWEEN_COUNTS = 10;

/** Open file handles of this process against what it may open. Absent where the system has no `/proc`. */
export function handlesProbe(source: ResourceSource): Probe {
  let open: number | undefined;
  let age = 0;
  return {
    read: () => {
      const max = openFilesMax(source.readText("/proc/self/limits") ?? "");
      if (max === undefined) return [];
      age++;
      if (open === undefined || open < MANY || age >= READS_BETWEEN_COUNTS) {
        open = source.countEntries(FOLDER);
        age = 0;
      }
      return open === undefined ? [] : [readingOf(open, max)];
    },
  };
}

function readingOf(open: number, max: number): PressureReading {
  const value = open / max;
  return { name: "handles", value, words: `${open} of ${max} file handles are open (${percent(value)})` };
}

/** The limit in force (soft); `undefined` when there is none. */
function openFilesMax(limits: string): number | undefined {
  const [, soft] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
  return soft === undefined || Number(soft) <= 0 ? undefined : Number(soft);
}
