/**
 * Ten managers in ten processes, 20 lanes in all, on one repository, with git's own prune and gc beside them; `npm run soak --
 * worktree-crowd` does 1,500 operations, with up to 32 lanes. What must hold is written in the file that is called.
 */
import { expect, test } from "vitest";
import { crowd } from "../support/worktree-crowd.ts";

const PROCESSES = 10;
const LANES = 2;

test("S3-08, I19: ten managers make and remove worktrees at once: no error, and nothing is left", async () => {
  const { operations, errors, leftovers } = await crowd(PROCESSES, 1, LANES);
  expect(errors).toEqual([]);
  expect(leftovers).toEqual([]);
  expect(operations).toBe(2 * PROCESSES * LANES);
}, 180_000);
