import { SignalboxError, UsageError } from "../../base/errors.ts";
import type { PortRange } from "./entry.ts";
import { WORKTREE_LIMITS } from "./limits.ts";
import { markerNames, readMarker } from "./marker.ts";

/** From which ports each worktree gets some of its own. */
export interface PortSettings {
  readonly first: number;
  readonly last: number;
  /** How many each one gets. */
  readonly count: number;
}

/** @throws UsageError when these are no ports */
export function checkPorts({ first, last, count }: PortSettings): void {
  const whole = [first, last, count].every((each) => Number.isSafeInteger(each) && each >= 1);
  if (whole && last <= WORKTREE_LIMITS.portMax && last - first + 1 >= count) return;
  throw new UsageError(
    `expected ports from 1 to ${WORKTREE_LIMITS.portMax}, at least \`count\` of them, got first ${first}, last ${last}, count ${count}`,
  );
}

/**
 * The lowest range that no worktree of this repository has. Under the repository lock, and written into a marker before the
 * lock is given back. Other repositories are not asked: give each its own ports.
 */
export function freePorts(repository: string, { first, last, count }: PortSettings): PortRange {
  const taken = markerNames(repository).flatMap((name) => readMarker(repository, name)?.ports ?? []);
  for (let start = first; start + count - 1 <= last; start += count) {
    const meets = taken.some((range) => range.first < start + count && start < range.first + range.count);
    if (!meets) return { first: start, count };
  }
  throw new SignalboxError(
    "worktree_failed",
    `expected ${count} free ports from ${first} to ${last}, but ${taken.length} worktrees have them all; remove some (signalbox worktrees clean), or give more ports`,
  );
}
