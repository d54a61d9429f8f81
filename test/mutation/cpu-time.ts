/** Processor time of a group of processes. On a busy machine a clock on the wall says nothing about how long something takes. */
import { readdirSync, readFileSync } from "node:fs";

const TICK_MS = 10;

/** Milliseconds, with those of processes that have ended; `undefined` where the system does not say. */
export function cpuMsOf(group: number): number | undefined {
  if (process.platform !== "linux") return undefined;
  let ticks = 0;
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const fields = statOf(pid);
    if (Number(fields[2]) !== group) continue;
    // Its own time, and that of children that it has waited for.
    for (const at of [11, 12, 13, 14]) ticks += Number(fields[at]);
  }
  return ticks * TICK_MS;
}

/** The fields behind the name, which may have spaces: state, parent, group … */
function statOf(pid: string): readonly string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    // It has ended meanwhile.
    return [];
  }
}
