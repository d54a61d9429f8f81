/** Of the lock of a repository. */
export const LOCK_PLANTED = [
  "lock outlives its holder",
  "old lock is broken",
  "locked file not compared",
  "lock queue not asked",
] as const;

/**
 * Protections that a test turns off, one at a time, between the production code and its world: the checks of the simulation must miss
 * each of them. None of this is in the product.
 */
export const PLANTED = [
  // The journal.
  "answered before the sync",
  "answered with another's sync",
  "torn tail kept",
  "checksum not looked at",
  "a batch in two records",
  "answer in a record of its own",
  "synced record lost",
  "two processes on one journal",
  // Claims.
  "no fencing",
  "no idempotency",
  "token counter begins anew",
  "claims not kept over a restart",
  "lease by wall clock",
  // The scheduler and the policies.
  "cap not kept",
  "failed need counts as done",
  "timer lost",
  "undone twice after a crash",
  "interrupted attempt counts as done",
  // What readers see.
  "stream drops an event",
  "stream repeats after a break",
  "snapshot from before",
  ...LOCK_PLANTED,
] as const;

export type Planted = (typeof PLANTED)[number];
