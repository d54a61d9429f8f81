/**
 * Ten managers in ten processes on one repository, with git's own prune and gc beside them, a few rounds of it;
 * `node test/support/worktree-crowd.ts 10 50` does a thousand operations. What must hold is written there.
 */
import { expect, test } from "vitest";
import { crowd } from "../support/worktree-crowd.ts";

const PROCESSES = 10;
const ROUNDS = 2;

test("S3-08, I19: ten managers make and remove worktrees at once: no error, and nothing is left", async () => {
  const { operations, errors, leftovers } = await crowd(PROCESSES, ROUNDS);
  expect(errors).toEqual([]);
  expect(leftovers).toEqual([]);
  expect(operations).toBe(2 * PROCESSES * ROUNDS);
}, 180_000);
