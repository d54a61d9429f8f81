import { expect, test } from "vitest";
import { durationText } from "../../src/base/duration-text.ts";

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
  expect(durationText(ms)).toBe(text);
});
