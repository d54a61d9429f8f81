import { expect, test } from "vitest";
import { chunksOf } from "../../src/base/chunks.ts";

test("pieces are put together until they are long enough; what is left comes last", () => {
  expect([...chunksOf(["ab", "c", "def", "g"], 3)]).toEqual(["abc", "def", "g"]);
  expect([...chunksOf([], 3)]).toEqual([""]);
});
