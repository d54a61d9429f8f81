import { expect, test } from "vitest";
import { isSkipped } from "../../src/items/skip.ts";

test.each([
  ["cancelled", "skipped", true],
  ["cancelled", "race_lost", true],
  ["cancelled", "cancelled", false],
  ["cancelled", "fail_fast", false],
  ["todo", "skipped", false],
] as const)("%s for %s: skipped is %s", (status, code, expected) => {
  expect(isSkipped(status, { code })).toBe(expected);
});

test("an item that is cancelled without a reason was not skipped", () => {
  expect(isSkipped("cancelled", undefined)).toBe(false);
});
