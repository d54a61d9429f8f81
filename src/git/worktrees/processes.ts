import { readdirSync, readlinkSync } from "node:fs";
import { sep } from "node:path";
import type { Env } from "../../base/env.ts";
import { ownSystem } from "../lock-system.ts";

const WAIT_MS = 5_000;
const PAUSE_MS = 10;

/** Processes that stand in a folder or below it. Empty where the system does not tell (no `/proc`). */
export function processesInside(path: string): number[] {
  return processes().filter((pid) => {
    const folder = linkOf(`/proc/${pid}/cwd`);
    return folder !== undefined && (folder === path || folder.startsWith(path + sep));
  });
}

/**
 * Ends what was started to make or remove this worktree and outlived its owner: a checkout goes on writing when only its
 * parent was killed. Resolves to what still lives after five seconds.
 */
export async function endLeftovers(name: string, env: Env): Promise<readonly number[]> {
  const deadline = env.clock.monotonic() + WAIT_MS;
  for (;;) {
    const left = ownSystem.processesOfLease(name);
    if (left.length === 0 || env.clock.monotonic() > deadline) return left;
    for (const pid of left) kill(pid);
    await new Promise<void>((resolve) => void env.timers.after(PAUSE_MS, resolve));
  }
}

function processes(): number[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
