/** Seeds of the simulation that once broke something; each says what. */
import { expect, test } from "vitest";
import { simulate } from "../simulation/simulate.ts";

test.each([
  // Its slot was given back by the end of the claim before, so its holder was refused and its lease never ended.
  [27_588, "an item that is claimed anew before the end of its last claim is stored keeps its slot"],
  // The note of the dead holder could not be read at that moment; it was taken for none. Also in test/git/lock-taker.test.ts.
  [2_126_350, "who takes a lock waits for the commands of a dead holder, also when the disk fails"],
])("seed %i: %s", async (seed) => {
  expect((await simulate(seed)).violations).toEqual([]);
});

// What went wrong is told deterministically in test/git/lock-taker.test.ts.
test.each([
  [40, "a lock is let go also when the note of its holder cannot be removed: it ended the process"],
  [82, "a request is told that its time is over also when nobody can tell who holds the lock: it ended the process"],
  [
    820,
    "a newcomer whose file is cleared before it is locked, since the clock jumped, comes again: it was told that the disk has no room",
  ],
  [1_485, "after a refusal no timer is left that takes the lock for nobody: it was never let go again"],
])("seed %i of the lock: %s", async (seed) => {
  expect((await simulate(seed, { story: "lock" })).violations).toEqual([]);
});
