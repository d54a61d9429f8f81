/**
 * What a holder left running when it was killed. The kernel frees the lock at once, but a git command that it had started
 * goes on: the next holder would meet it. Such commands carry the lease in their environment.
 */
import { signalTo } from "../base/end-processes.ts";
import type { Env } from "../base/env.ts";
import { findProcesses } from "../base/process-scan.ts";
import { LEASE_VARIABLE } from "./git-environment.ts";
import { GIT_LIMITS } from "./limits.ts";

/** Living processes that were started under this lease; none where the system does not tell (no `/proc`). */
export function processesOfLease(lease: string): readonly number[] {
  const marks = { byGroup: new Map(), variable: LEASE_VARIABLE, byValue: new Map([[lease, lease]]) };
  return findProcesses<string>(marks)?.get(lease) ?? [];
}

/**
 * Calls back when nothing of the lease runs any more: what still does may end by itself for a moment, is then asked to, which
 * lets git tidy up, and is killed at last. Returns the function that stops waiting.
 */
export function afterLeftovers(env: Env, lease: string, then: () => void): () => void {
  const startedAt = env.clock.monotonic();
  const asked = new Set<number>();
  let disarm = (): void => {};
  const look = (): void => {
    const left = processesOfLease(lease);
    const waitedMs = env.clock.monotonic() - startedAt;
    // Only what hangs in the kernel outlives being killed, and that can do no more harm than it does anyway.
    if (left.length === 0 || waitedMs > 2 * GIT_LIMITS.orphanPatienceMs) return then();
    for (const pid of left) {
      if (waitedMs >= GIT_LIMITS.orphanPatienceMs) signalTo(pid, "SIGKILL");
      else if (waitedMs >= GIT_LIMITS.orphanGraceMs && !asked.has(pid)) {
        asked.add(pid);
        signalTo(pid, "SIGTERM");
      }
    }
    disarm = env.timers.after(GIT_LIMITS.lockLookMsMax, look);
  };
  look();
  return () => disarm();
}
