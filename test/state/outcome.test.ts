/**
 * Goal: however parallel work came out, there is one status for it (S0-06).
 * Method: all outcomes, and the words of JavaScript's own settled promises.
 */
import { expect, test } from "vitest";
import { statusFromOutcome } from "../../src/state/outcome.ts";

test.each([
  ["fulfilled", "done"],
  ["rejected", "failed"],
  ["timeout", "failed"],
  ["aborted", "cancelled"],
  ["skipped", "cancelled"],
] as const)("S0-06: %s is %s", (outcome, status) => {
  expect(statusFromOutcome(outcome)).toBe(status);
});

test("S0-06: the words of settled promises are taken as they are", async () => {
  const settled = await Promise.allSettled([Promise.resolve(1), Promise.reject(new Error("no"))]);
  expect(settled.map(({ status }) => statusFromOutcome(status))).toEqual(["done", "failed"]);
});
