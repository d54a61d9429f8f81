import { expect, test } from "vitest";
import { TerminalError } from "../../src/items/terminal-error.ts";

test("a terminal error is an error with its name, its cause, and no use of another attempt", () => {
  const cause = new Error("why");
  const error = new TerminalError("no such account", { cause });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ name: "TerminalError", message: "no such account", cause, retryable: false });
  expect(Object.hasOwn(error, "retryable")).toBe(true);
});
