/** Goal and method: those of the campaign in `zombies.ts`, one round of each kind. It takes its time because leases are seconds long. */
import { expect, test } from "vitest";
import { zombies } from "./zombies.ts";

test("I1 I2: a worker and a server that were stopped for longer than a lease come back: late reports are refused, and all is done once", async () => {
  const { figures, faults } = await zombies.run({ size: "small", seed: process.pid, say: () => {} });
  expect(faults).toEqual([]);
  expect(figures).toMatchObject({ "workers stopped": 1, "late reports refused": 1, "servers stopped": 1 });
}, 120_000);
