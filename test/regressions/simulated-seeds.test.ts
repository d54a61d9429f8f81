/** Seeds of the simulation that once broke something; each says what. */
import { expect, test } from "vitest";
import { simulate } from "../simulation/simulate.ts";

test.each([
  // Its slot was given back by the end of the claim before, so its holder was refused and its lease never ended.
  [27_588, "an item that is claimed anew before the end of its last claim is stored keeps its slot"],
])("seed %i: %s", async (seed) => {
  expect((await simulate(seed)).violations).toEqual([]);
});
