/** Goal and method: those of the campaign in `crowd.ts`, small; it takes its time because it starts the real server. */
import { expect, test } from "vitest";
import { crowd } from "./crowd.ts";

test("E1 N1 N2: idle sockets, streams that nobody reads and requests that never end cost those who work nothing", async () => {
  const { figures, faults } = await crowd.run({ size: "small", seed: 1, say: () => {} });
  expect(faults).toEqual([]);
  expect(figures["sockets"]).toBe(400);
});
