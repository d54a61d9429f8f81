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
 * groups. Resolves with the number of processes or groups that were found at first. A look that fails, as with too many open
 * files, is made again. @throws what `look` throws when it still does after all that time
 */
export async function endProcesses(env: Env, look: () => readonly number[], graceMs: number): Promise<number> {
  let first: number | undefined;
  const startedAt = env.clock.monotonic();
  const told = new Set<number>();
  for (;;) {
    const waitedMs = env.clock.monotonic() - startedAt;
    const isOver = waitedMs >= graceMs + PATIENCE_MS;
    let left: readonly number[] | undefined;
    try {
      left = look();
    } catch (error) {
      if (isOver) throw error;
    }
    first ??= left?.length;
    if (left?.length === 0 || isOver) break;
    for (const pid of left ?? []) {
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
  return first ?? 0;
}
