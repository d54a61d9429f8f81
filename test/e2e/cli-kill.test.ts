/**
 * kill -9 at random moments, a few rounds of it; `node test/e2e/support/kill-loop.ts 100` does as many as wanted. What must
 * hold (I1, I7, I9, I11, I16) is written there. The moments come from a seed that is printed when something does not hold.
 */
import { expect, test } from "vitest";
import { killLoop } from "./support/kill-loop.ts";

const KILLS = 8;

test("I7, I9, I16: killed at random moments, every run ends done; nothing acknowledged is lost, nothing is done twice or left running", async () => {
  const seed = Number(process.env["SIGNALBOX_SEED"] ?? process.pid);
  const { faults, kills, acknowledged, interrupted } = await killLoop(KILLS, seed);
  expect(faults, `seed ${seed}`).toEqual([]);
  // Real kills, and some of them hit a running attempt after something was said: otherwise this shows nothing.
  expect(kills, `seed ${seed}`).toBeGreaterThanOrEqual(KILLS);
  expect(interrupted, `seed ${seed}`).toBeGreaterThan(0);
  expect(acknowledged, `seed ${seed}`).toBeGreaterThan(0);
}, 180_000);
