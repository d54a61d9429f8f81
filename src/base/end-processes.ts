import type { Env } from "./env.ts";

const LOOK_MS = 25;
/** How long something may stay after KILL before it is given up; only a process that hangs in the kernel does. */
export const PATIENCE_MS = 5_000;

/** Sends the signal to a process, or to a whole group when negative. `false`: there is none that we may signal. */
export function signalTo(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

/**
 * TERM to everything that `look` finds, KILL to what is left after the grace, until it finds nothing. Negative numbers are
 * groups. Resolves with the number of processes or groups that were found at first.
 */
export async function endProcesses(env: Env, look: () => readonly number[], graceMs: number): Promise<number> {
  const first = look();
  const startedAt = env.clock.monotonic();
  const told = new Set<number>();
  for (let left = first; left.length > 0; left = look()) {
    const waitedMs = env.clock.monotonic() - startedAt;
    if (waitedMs >= graceMs + PATIENCE_MS) break;
    for (const pid of left) {
      if (waitedMs >= graceMs) signalTo(pid, "SIGKILL");
      else if (!told.has(pid)) {
        told.add(pid);
        signalTo(pid, "SIGTERM");
        // A stopped process acts on the signal only when it goes on.
        signalTo(pid, "SIGCONT");
      }
    }
    await new Promise<void>((resolve) => void env.timers.after(LOOK_MS, resolve));
  }
  return first.length;
}
