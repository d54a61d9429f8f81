/**
 * Goal: a moment is written the same, however often and in whatever order it is asked for.
 * Method: many moments, each several times, against the platform's own.
 */
import { expect, test } from "vitest";
import { isoTime } from "../../src/base/iso-time.ts";

test("a moment is written as ISO 8601 in UTC, the first time and again", () => {
  const moments = Array.from({ length: 300 }, (_, n) => 1_795_300_000_000 + ((n * 7_919) % 100) * 86_399_999);
  for (const ms of [0, -1, 8.64e15, ...moments, ...moments]) expect(isoTime(ms)).toBe(new Date(ms).toISOString());
  for (const wrong of [Number.NaN, 8.64e15 + 1, 8.64e15 + 1]) expect(() => isoTime(wrong)).toThrow(RangeError);
});
