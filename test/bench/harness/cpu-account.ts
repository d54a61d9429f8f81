/**
 * Processor time of a command with everything it ever started, also what it did not wait for: a control group of Linux.
 * Where none can be made (another system, no right to), the time of awaited descendants has to do.
 */
import { existsSync, mkdtempSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { descendantsCpuMs } from "./machine.ts";

const ROOT = "/sys/fs/cgroup";

export interface CpuAccount {
  /** What to start instead of the program, so that it is counted from its first instruction. */
  wrap(program: string, args: readonly string[]): { readonly program: string; readonly args: readonly string[] };
  /** `undefined` where nothing can be told. */
  cpuMs(): number | undefined;
  close(): void;
}

export function openCpuAccount(options: { readonly group: boolean }): CpuAccount {
  const group = options.group ? makeGroup() : undefined;
  if (group === undefined) return ofAwaitedDescendants();
  return {
    wrap: (program, args) => ({
      program: "/bin/sh",
      args: ["-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', group, program, ...args],
    }),
    cpuMs: () => usageMs(group),
    close: () => removeGroup(group),
  };
}

function ofAwaitedDescendants(): CpuAccount {
  const before = descendantsCpuMs();
  const cpuMs = (): number | undefined => {
    const now = descendantsCpuMs();
    return before === undefined || now === undefined ? undefined : now - before;
  };
  return { wrap: (program, args) => ({ program, args }), cpuMs, close: () => {} };
}

/** Version 2 has one tree for everything, version 1 one for each controller. */
function makeGroup(): string | undefined {
  const parent = existsSync(join(ROOT, "cgroup.controllers")) ? ROOT : join(ROOT, "cpuacct");
  try {
    return mkdtempSync(join(parent, "signalbox-bench-"));
  } catch {
    return undefined;
  }
}

function usageMs(group: string): number {
  const old = join(group, "cpuacct.usage");
  if (existsSync(old)) return Number(readFileSync(old, "utf8")) / 1e6;
  const line = readFileSync(join(group, "cpu.stat"), "utf8").match(/^usage_usec (\d+)$/m);
  return Number(line?.[1]) / 1e3;
}

/** A group that still has a process in it cannot be removed; an empty one left behind costs nothing. */
function removeGroup(group: string): void {
  try {
    rmdirSync(group);
  } catch {
    setTimeout(() => {
      try {
        rmdirSync(group);
      } catch {
        // Left to the next boot.
      }
    }, 2_000).unref();
  }
}
