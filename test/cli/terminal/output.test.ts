/** Writing to readers that go away, and knowing when everything has left. */
import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { streamOutput } from "../../../src/cli/terminal/output.ts";
import { wantsColor } from "../../../src/cli/terminal/style.ts";

const flags = { isTerminal: false, color: false };

function failing(code: string): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) });
}

test.each(["EPIPE", "EIO"])(
  "I1: a reader that went away (%s) is no error; what is written after it is dropped",
  async (code) => {
    const output = streamOutput(failing(code), flags);
    output.write("one");
    await output.flushed();
    expect(output.closed).toBe(true);
    output.write("two");
    await output.flushed();
  },
);

test("I2: flushed waits for a slow reader", async () => {
  const got: string[] = [];
  let release = (): void => {};
  const slow = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      got.push(chunk.toString());
      release = done;
    },
  });
  const output = streamOutput(slow, flags);
  output.write("one");
  let flushed = false;
  const waiting = output.flushed().then(() => {
    flushed = true;
  });
  await Promise.resolve();
  expect(flushed).toBe(false);
  release();
  await new Promise(setImmediate);
  release();
  await waiting;
  expect(got.join("")).toBe("one");
});

describe("colours", () => {
  test.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: "1" }, false],
    [true, { NO_COLOR: "" }, true],
    [false, { FORCE_COLOR: "1" }, true],
    [true, { FORCE_COLOR: "0" }, false],
    [true, { FORCE_COLOR: "1", NO_COLOR: "1" }, false],
    [true, { TERM: "dumb" }, false],
  ])("terminal %s with %j: %s", (isTerminal, variables, expected) => {
    expect(wantsColor(isTerminal, variables)).toBe(expected);
  });
});
