/** Goal: what a test is told has an effect, or is refused. Method: names that are nearly right, numbers that are none. */
import { expect, test } from "vitest";
import { createMachine } from "xstate";
import { checkPaths, checkProperty, simulate } from "../../src/testing/index.ts";

const machine = createMachine({ id: "door", initial: "a", states: { a: { on: { GO: "b" } }, b: {} } });
const plan = { tasks: { one: { run: () => 1 } } };

test.each([
  [
    "a misspelt option",
    () => checkPaths(machine, { invariants: () => false } as object),
    /options of a test .* invariant.*; got invariants, which/,
  ],
  ["no walk", () => checkProperty(machine, { numRuns: 0 }), "expected `numRuns` to be a whole number from 1 on, got 0"],
  ["paths of a kind that there is not", () => checkPaths(machine, { paths: "edge" as never }), "pairs, got edge"],
  [
    "an event that there is not",
    () => checkProperty(machine, { weights: { GOO: 2 } }),
    "expected `weights` to name events",
  ],
  ["no machine", () => checkPaths({} as never, {}), "expected a machine of XState 5"],
  ["a misspelt chance", () => simulate(plan, { crashes: 1 } as object), /a policy .* crash, .*; got crashes/],
  [
    "a seed that is none",
    () => simulate(plan, {}, "seven" as never),
    "expected a seed that is a whole number, got seven",
  ],
])("%s is refused", async (_what, run: () => Promise<unknown>, message) => {
  await expect((async () => run())()).rejects.toThrow(message);
});
