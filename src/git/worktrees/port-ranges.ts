import { UsageError } from "../../base/errors.ts";
import type { PortRange } from "./entry.ts";
import { WORKTREE_LIMITS } from "./limits.ts";
import { markerNames, readMarker } from "./marker.ts";
import { mayLive } from "./owner.ts";
import { processesInside } from "./processes.ts";

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
 * The lowest range that no worktree of this repository has, or `wanted` where that is free; `undefined`: there is none. Under the
 * repository lock, and written into a marker before the lock is given back. Other repositories are not asked: give each its own ports.
 */
export function freePorts(repository: string, settings: PortSettings, wanted?: PortRange): PortRange | undefined {
  const { first, last, count } = settings;
  const taken = takenPorts(repository);
  if (wanted !== undefined && !meetsAny(taken, wanted)) return wanted;
  for (let start = first; start + count - 1 <= last; start += count) {
    if (!meetsAny(taken, { first: start, count })) return { first: start, count };
  }
  return undefined;
}

const meetsAny = (taken: readonly PortRange[], { first, count }: PortRange): boolean =>
  taken.some((range) => range.first < first + count && first < range.first + range.count);

/** Those of worktrees in which somebody works, and of those of dead processes in which something still runs. */
function takenPorts(repository: string): PortRange[] {
  return markerNames(repository).flatMap((name) => {
    const marker = readMarker(repository, name);
    if (marker?.ports === undefined) return [];
    return mayLive(marker.owner) || processesInside(marker.path).length > 0 ? [marker.ports] : [];
  });
}
