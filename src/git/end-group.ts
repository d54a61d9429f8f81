import { endProcesses, signalTo } from "../base/end-processes.ts";
import type { Env } from "../base/env.ts";
import { findProcesses } from "../base/process-scan.ts";
import { GIT_LIMITS } from "./limits.ts";

/**
 * TERM to the group, which lets git take its lock files away, and KILL to what is left after the grace.
 * Resolves when the group is gone, or cannot be ended.
 */
export async function endGroup(env: Env, group: number): Promise<void> {
  await endProcesses(env, () => (isAlive(group) ? [-group] : []), GIT_LIMITS.gitGraceMs);
}

/** Where the system tells, what has ended and was not yet cleared away by its parent does not count; where it cannot tell just now, it may. */
function isAlive(group: number): boolean {
  if (!signalTo(-group, 0)) return false;
  try {
    const found = findProcesses({ byGroup: new Map([[group, group]]), variable: "", byValue: new Map() });
    return found === undefined || found.has(group);
  } catch {
    return true;
  }
}
