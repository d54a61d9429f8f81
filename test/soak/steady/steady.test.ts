/** Goal and method: those of the campaign in `steady.ts`, small: what is judged is that nothing of a run that is over stays. */
import { expect, test } from "vitest";
import { steady } from "./steady.ts";

test("a process that carries out run after run keeps nothing of those that are over", async () => {
  const { figures, faults } = await steady.run({ size: "small", seed: 1, say: () => {} });
  expect(faults).toEqual([]);
  expect(figures["items of all runs"]).toBe(1_800);
});
