/**
 * What a holder left running when it was killed. The kernel frees the lock at once, but a git command that it had started
 * goes on: the next holder would meet it. Such commands carry the lease in their environment.
 */
import type { Env } from "../base/env.ts";
import { GIT_LIMITS } from "./limits.ts";
import type { LockSystem } from "./lock-system.ts";

/**
 * Calls back when nothing of the lease runs any more: what still does may end by itself for a moment, is then asked to, which
 * lets git tidy up, and is killed at last. Returns the function that stops waiting.
 */
export function afterLeftovers(env: Env, system: LockSystem, lease: string, then: () => void): () => void {
  const startedAt = env.clock.monotonic();
  const asked = new Set<number>();
  let disarm = (): void => {};
  const look = (): void => {
    const left = system.processesOfLease(lease);
    const waitedMs = env.clock.monotonic() - startedAt;
    // Only what hangs in the kernel outlives being killed, and that can do no more harm than it does anyway.
    if (left.length === 0 || waitedMs > 2 * GIT_LIMITS.orphanPatienceMs) return then();
    for (const pid of left) {
      if (waitedMs >= GIT_LIMITS.orphanPatienceMs) system.signal(pid, "SIGKILL");
      else if (waitedMs >= GIT_LIMITS.orphanGraceMs && !asked.has(pid)) {
        asked.add(pid);
        system.signal(pid, "SIGTERM");
      }
    }
    disarm = env.timers.after(GIT_LIMITS.lockLookMsMax, look);
  };
  look();
  return () => disarm();
}
