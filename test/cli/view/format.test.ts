/** Figures as people read them. */
import { expect, test } from "vitest";
import { countOf, formatDuration, formatList } from "../../../src/cli/view/format.ts";

test.each([
  [0, "0 ms"],
  [999.4, "999 ms"],
  [999.6, "1.0 s"],
  [59_940, "59.9 s"],
  [59_960, "1m 00s"],
  [3_599_400, "59m 59s"],
  [3_600_000, "1h 00m"],
  [90_061_000, "25h 01m"],
  [-5, "0 ms"],
])("%f ms is %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test("counts agree with their noun and are easy to read", () => {
  expect(countOf(1, "item")).toBe("1 item");
  expect(countOf(2, "process")).toBe("2 processes");
  expect(countOf(0, "item")).toBe("0 items");
  expect(countOf(1234567, "item")).toBe("1,234,567 items");
});

test("a long list is cut and counted", () => {
  expect(formatList(["a", "b"])).toBe("a, b");
  expect(formatList(["a", "b", "c", "d"], 2)).toBe("a, b and 2 more");
});
