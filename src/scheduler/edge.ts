/**
 * What one need means to one item, and what all its needs together do. Pure, in small numbers: a run has many of them.
 *
 * E1 A verdict depends on nothing but the condition and on what the need has come to.
 * E2 Whatever a need comes to for good, no condition leaves the edge open: so nothing waits for ever without a cause that can be told.
 * E3 What a failure holds but may yet be skipped, or be ready after all, is `held`: a condition that would tell these apart leaves the
 *    edge open until that is sure. So what an item comes to does not depend on which of its needs came to something first.
 */

import type { Reason } from "../items/reason.ts";
import { isSkipped } from "../items/skip.ts";
import type { ItemStatus } from "../items/status.ts";

/** Same words as `NeedCondition` of a plan; the compiler holds them together where the engine passes one on. */
export type EdgeCondition = "done" | "settled" | "failed" | "passed" | "missed";

export const CONDITION: Readonly<Record<EdgeCondition, number>> = {
  done: 0,
  settled: 1,
  failed: 2,
  passed: 3,
  missed: 4,
};

/**
 * What an item has come to, for those that need it. `blocked`: it waits for a person, because a failure holds what it needs; `held`:
 * the same, but what else it needs is not sure yet, and may have it skipped.
 */
export const NEED = { open: 0, done: 1, failed: 2, cancelled: 3, skipped: 4, blocked: 5, held: 6 } as const;
export type Need = (typeof NEED)[keyof typeof NEED];

/** What an item has come to by its own status; what is `todo` may also be blocked, which only its edges say. */
export function needStateOf(status: ItemStatus, reason: Reason | undefined): Need {
  if (status === "done" || status === "failed") return NEED[status];
  if (status === "cancelled") return isSkipped(status, reason) ? NEED.skipped : NEED.cancelled;
  return NEED.open;
}

/** Whether a failure holds the item. */
export const isBlocked = (need: Need | undefined): boolean => need === NEED.blocked || need === NEED.held;

/** `notNeeded`: the item is not to be done. */
export const EDGE = { open: 0, met: 1, blocked: 2, notNeeded: 3 } as const;
export type Edge = (typeof EDGE)[keyof typeof EDGE];

const { open, met, blocked, notNeeded } = EDGE;
/** By condition, then by what the need has come to. */
const VERDICTS: readonly (readonly Edge[])[] = [
  // open, done, failed, cancelled, skipped, blocked, held
  [open, met, blocked, blocked, notNeeded, blocked, blocked], // done
  [open, met, met, met, met, met, met], // settled
  [open, notNeeded, met, notNeeded, notNeeded, met, open], // failed
  [open, met, blocked, blocked, met, blocked, blocked], // passed
  [open, notNeeded, met, met, notNeeded, met, open], // missed
];

/** What an edge with this condition is, when its need has come to `need`. */
export function verdictOf(condition: number, need: number): Edge {
  return VERDICTS[condition]![need]!;
}

/** Whether an edge may yet be not needed. @param maySkip whether the need may be skipped */
export function mayLapse(condition: number, maySkip: boolean): boolean {
  if (condition === CONDITION.done) return maySkip;
  return condition === CONDITION.failed || condition === CONDITION.missed;
}

/** Whether an edge may yet change what is blocked: a blocked item is sure of it when none of its edges is of this kind. */
export function isUnsure(condition: number, need: number, maySkip: boolean): boolean {
  if (need === NEED.held) return condition !== CONDITION.settled;
  return need === NEED.open && mayLapse(condition, maySkip);
}

/** What its edges together make of an item that has not started. */
export const JUDGED = { waits: 0, ready: 1, blocked: 2, skipped: 3 } as const;
export type Judged = (typeof JUDGED)[keyof typeof JUDGED];

/** How many edges of an item there are of each kind. */
export interface EdgeCounts {
  readonly all: number;
  readonly met: number;
  readonly blocked: number;
  readonly notNeeded: number;
}

/** All edges must be met, and one that is not needed skips the item; with `join: any` one edge that is met is enough. */
export function judge(any: boolean, { all, met: metCount, blocked: blockedCount, notNeeded: not }: EdgeCounts): Judged {
  if (any) {
    if (metCount > 0) return JUDGED.ready;
    if (metCount + blockedCount + not < all) return JUDGED.waits;
    return blockedCount > 0 ? JUDGED.blocked : JUDGED.skipped;
  }
  if (not > 0) return JUDGED.skipped;
  if (blockedCount > 0) return JUDGED.blocked;
  return metCount === all ? JUDGED.ready : JUDGED.waits;
}
