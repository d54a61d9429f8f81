/**
 * Goal: whatever parallel work throws or answers becomes a status and a reason that can be stored (S0-06).
 * Method: the known outcomes, and everything odd that JavaScript lets people throw.
 */
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../src/base/limits.ts";
import { reasonOfThrown, statusFromOutcome } from "../../src/state/outcome.ts";

describe("status from outcome", () => {
  test.each([
    ["fulfilled", "done"],
    ["rejected", "failed"],
    ["timeout", "failed"],
    ["aborted", "cancelled"],
    ["skipped", "cancelled"],
  ] as const)("%s is %s", (outcome, status) => {
    expect(statusFromOutcome(outcome)).toBe(status);
  });

  test("takes the words of settled promises as they are", async () => {
    const settled = await Promise.allSettled([Promise.resolve(1), Promise.reject(new Error("no"))]);
    expect(settled.map(({ status }) => statusFromOutcome(status))).toEqual(["done", "failed"]);
  });
});

describe("reason of what was thrown", () => {
  const unprintable = { toString: () => { throw new Error("again"); } }; // oxfmt-ignore

  test.each<[string, unknown, string]>([
    ["an error", new Error("disk is full"), "disk is full"],
    ["an error without words", new TypeError(), "TypeError"],
    ["a string", "no", "no"],
    ["undefined", undefined, "something that is not an Error: undefined"],
    ["a symbol", Symbol("odd"), "something that is not an Error: odd"],
    ["an object without a prototype", Object.create(null), "something that is not an Error: object"],
    ["an object that throws when printed", unprintable, "something that is not an Error: object"],
    ["several errors", new AggregateError([new Error("a"), "b"], "both"), "both: a; b"],
    ["several errors without words", new AggregateError([new Error("a")]), "a"],
  ])("%s", (_, thrown, message) => {
    expect(reasonOfThrown(thrown)).toEqual({ code: "threw", message });
  });

  test("a message is cut at its limit", () => {
    const { message } = reasonOfThrown(new Error("x".repeat(1_000_000)));
    expect(message).toHaveLength(LIMITS.reasonCharsMax);
    expect(message?.endsWith("…")).toBe(true);
  });
});
