/** The one place that turns a thrown value into words and an exit code. */
import { describe, expect, test } from "vitest";
import { EXIT_CODES, SignalboxError, type ErrorCode } from "../../src/base/errors.ts";
import { reportProblem } from "../../src/cli/problem.ts";

test.each(Object.entries(EXIT_CODES))("%s ends with %i and names its code", (code, exitCode) => {
  // The keys of EXIT_CODES are the error codes.
  const report = reportProblem(new SignalboxError(code as ErrorCode, "expected one thing, got another"));
  expect(report.exitCode).toBe(exitCode);
  expect(report.text).toBe(`signalbox: expected one thing, got another (${code})\n`);
});

describe("a bug", () => {
  test("is one clear line without a stack, and ends with 6", () => {
    const report = reportProblem(new TypeError("x is undefined"));
    expect(report.exitCode).toBe(6);
    expect(report.text).toBe(
      "signalbox: something went wrong inside: x is undefined (internal)\nSet SIGNALBOX_DEBUG=1 to see where it comes from.\n",
    );
  });

  test("shows its stack and its causes when asked", () => {
    const { text } = reportProblem(new Error("outer", { cause: new Error("inner") }), { debug: true });
    expect(text).toContain("Error: outer\n");
    expect(text).toContain("Error: inner\n");
    expect(text).toContain("problem.test.ts");
  });

  test.each([undefined, null, "text", 7, {}])("may be any thrown value: %s", (value) => {
    expect(reportProblem(value).exitCode).toBe(6);
  });
});

test("a message from outside cannot move the cursor", () => {
  const { text } = reportProblem(new SignalboxError("invalid_usage", "got \u001b[2J\u0007\rx"));
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
});
