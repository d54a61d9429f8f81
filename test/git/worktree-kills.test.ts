/**
 * kill -9 at random moments of making and removing worktrees, of us, of git's children and of both, a few rounds of it;
 * `npm run soak -- worktree-kills` does 200. What must hold is written there. The moments come from a
 * seed that is printed when something does not hold.
 */
import { expect, test } from "vitest";
import { killRounds } from "../support/worktree-kills.ts";

const ROUNDS = 10;

test("S3-22, I19, I20: after kill -9 of us or of git at any moment the next create succeeds, git is well, and no work is lost", async () => {
  const seed = Number(process.env["SIGNALBOX_SEED"] ?? process.pid);
  const { faults, kills, works } = await killRounds(ROUNDS, seed);
  expect(faults, `seed ${seed}`).toEqual([]);
  // Real kills, and real work that could have been lost: otherwise this shows nothing.
  expect(kills.us + kills.git + kills.both, `seed ${seed}`).toBeGreaterThanOrEqual(ROUNDS / 2);
  expect(works, `seed ${seed}`).toBeGreaterThan(0);
}, 180_000);
