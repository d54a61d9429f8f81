/** Figures as people read them. */
import { expect, test } from "vitest";
import { countOf, formatList } from "../../../src/cli/view/format.ts";

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
