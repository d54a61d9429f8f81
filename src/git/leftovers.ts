/**
 * What a holder left running when it was killed. The kernel frees the lock at once, but a git command that it had started
 * goes on: the next holder would meet it. Such commands carry the lease in their environment.
 */
import { GIT_LIMITS } from "./limits.ts";
import type { LockSystem } from "./lock-system.ts";

/** Commands that are being waited for. */
export class Leftovers {
  readonly #system: LockSystem;
  readonly #lease: string;
  readonly #asked = new Set<number>();

  constructor(system: LockSystem, lease: string) {
    this.#system = system;
    this.#lease = lease;
  }

  /**
   * Whether nothing of the lease runs any more, after so many milliseconds: what still does may end by itself for a moment, is
   * then asked to, which lets git tidy up, and is killed at last. To be asked again and again until it says so.
   */
  areGone(waitedMs: number): boolean {
    const left = this.#system.processesOfLease(this.#lease);
    // Only what hangs in the kernel outlives being killed, and that can do no more harm than it does anyway.
    if (left.length === 0 || waitedMs > 2 * GIT_LIMITS.orphanPatienceMs) return true;
    for (const pid of left) {
      if (waitedMs >= GIT_LIMITS.orphanPatienceMs) this.#system.signal(pid, "SIGKILL");
      else if (waitedMs >= GIT_LIMITS.orphanGraceMs && !this.#asked.has(pid)) {
        this.#asked.add(pid);
        this.#system.signal(pid, "SIGTERM");
      }
    }
    return false;
  }
}
