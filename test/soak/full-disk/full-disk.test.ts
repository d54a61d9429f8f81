/** Goal and method: those of the campaign in `full-disk.ts`, one round. It takes its time because it starts a dozen processes of the product. */
import { expect, test } from "vitest";
import { fullDisk, waysToMount } from "./full-disk.ts";

test("I21: a run and a server without room say so and lose nothing; with room the run is resumed, and the server goes on", async () => {
  const { figures, faults } = await fullDisk.run({ size: "small", seed: 1, say: () => {} });
  expect(faults).toEqual([]);
  expect(figures["refusals"]).toBeGreaterThanOrEqual(2);
  expect(figures["answers"]).toBeGreaterThan(0);
  // Where no file system can be had, the trial runs with a limit of its files, and shows less.
  expect(figures["on a small file system"]).toBe(waysToMount() === undefined ? 0 : 1);
}, 120_000);
