/**
 * What a group of processes does, told by the system. On a busy machine a clock on the wall says nothing about how long something
 * takes, nor whether it waits for ever or for the processor.
 */
import { readdirSync, readFileSync } from "node:fs";

const TICK_MS = 10;

export interface Busy {
  /** Milliseconds of the processor, with those of processes that have ended. */
  readonly cpuMs: number;
  /** A thread of it runs, waits for its turn, or for a disk. */
  readonly isRunning: boolean;
}

/** `undefined` where the system does not say. */
export function busyOf(group: number): Busy | undefined {
  if (process.platform !== "linux") return undefined;
  let ticks = 0;
  let isRunning = false;
  for (const pid of numbersIn("/proc")) {
    const fields = statOf(`/proc/${pid}/stat`);
    if (Number(fields[2]) !== group) continue;
    // Its own time, and that of children that it has waited for.
    for (const at of [11, 12, 13, 14]) ticks += Number(fields[at]);
    isRunning ||= numbersIn(`/proc/${pid}/task`).some((task) =>
      /[RD]/.test(statOf(`/proc/${pid}/task/${task}/stat`)[0] ?? ""),
    );
  }
  return { cpuMs: ticks * TICK_MS, isRunning };
}

function numbersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((each) => /^\d+$/.test(each));
  } catch {
    // The process has ended meanwhile.
    return [];
  }
}

/** The fields behind the name, which may have spaces: state, parent, group … */
function statOf(path: string): readonly string[] {
  try {
    const text = readFileSync(path, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    // It has ended meanwhile.
    return [];
  }
}
