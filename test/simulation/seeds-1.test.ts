/**
 * Goal: whatever goes wrong with processes, disks, clocks and networks, no invariant is broken, and the work gets done.
 * Method: the production code on a simulated world, a seed each; this file plays half of the seeds, so that both halves run at once.
 */
import { expect, test } from "vitest";
import { campaign, describe } from "./campaign.ts";
import { SEEDS } from "./sizes.ts";

test("no seed of the first half breaks an invariant", { timeout: 300_000 }, async () => {
  const { broken, lives, entries, turns } = await campaign(1, SEEDS / 2);
  expect(broken.map(describe)).toEqual([]);
  // A world in which nothing goes wrong, or nothing is done, shows nothing.
  expect(lives).toBeGreaterThan(SEEDS * 0.75);
  expect(entries).toBeGreaterThan(SEEDS * 5);
  expect(turns).toBeGreaterThan(SEEDS / 4);
});
