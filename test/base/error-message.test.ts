import { expect, test } from "vitest";
import { messageOf } from "../../src/base/error-message.ts";

test.each([
  [new Error("no room"), "no room"],
  ["words", "words"],
  [undefined, "undefined"],
  [Object.assign(new Error("x"), { message: 7 }), "7"],
  [Object.create(null) as object, "something that cannot be read"],
  [
    {
      toString() {
        throw new Error("no");
      },
    },
    "something that cannot be read",
  ],
])("%# whatever is thrown says something", (thrown, words) => {
  expect(messageOf(thrown)).toBe(words);
});
