import { expect, test } from "vitest";
import { messageOf } from "../../src/base/error-message.ts";

test.each([
  [new TypeError("it went wrong"), "it went wrong"],
  ["a text", "a text"],
  [undefined, "undefined"],
  [[1, 2], "1,2"],
])("%o says %s", (thrown, message) => {
  expect(messageOf(thrown)).toBe(message);
});
