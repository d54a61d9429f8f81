import type { Env } from "../base/env.ts";
import { GIT_LIMITS } from "./limits.ts";

/** Whether any process of the group is left, zombies included. */
function groupIsAlive(group: number): boolean {
  return signalled(-group, 0);
}

/**
 * TERM to the group, which lets git take its lock files away, and KILL to what is left after the grace.
 * Resolves when the group is gone, or cannot be ended.
 */
export async function endGroup(env: Env, group: number): Promise<void> {
  if (!signalled(-group, "SIGTERM")) return;
  // A stopped process acts on the signal only when it goes on.
  signalled(-group, "SIGCONT");
  const startedAt = env.clock.monotonic();
  while (groupIsAlive(group)) {
    const waitedMs = env.clock.monotonic() - startedAt;
    if (waitedMs >= GIT_LIMITS.gitGraceMs) signalled(-group, "SIGKILL");
    if (waitedMs >= 2 * GIT_LIMITS.gitGraceMs) return;
    await new Promise<void>((resolve) => void env.timers.after(GIT_LIMITS.lockLookMsMax, resolve));
  }
}

/** `false`: there is no such process, or none that we may signal. */
export function signalled(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
