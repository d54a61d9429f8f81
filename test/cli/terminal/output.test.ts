/** Writing to readers that go away, and knowing when everything has left. */
import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { streamOutput } from "../../../src/cli/terminal/output.ts";
import { wantsColor } from "../../../src/cli/terminal/style.ts";

const flags = { isTerminal: false, color: false };

function failing(code: string): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) });
}

test.each([
  ["EPIPE", false],
  ["EIO", true],
])(
  "I1: a reader that went away (%s, terminal %s) is no error; what is written after it is dropped",
  async (code, isTerminal) => {
    const output = streamOutput(failing(code), { ...flags, isTerminal });
    output.write("one");
    await output.flushed();
    expect(output).toMatchObject({ closed: true, failure: undefined });
    output.write("two");
    await output.flushed();
  },
);

test.each(["ENOSPC", "EIO"])(
  "I3: output that cannot be written (%s) is told once, also to who asks later",
  async (code) => {
    const output = streamOutput(failing(code), flags);
    const told: string[] = [];
    output.onFailure(({ message }) => told.push(message));
    output.write("one");
    await output.flushed();
    output.write("two");
    await output.flushed();
    expect(told).toEqual([code]);
    output.onFailure(({ message }) => told.push(message));
    expect(told).toEqual([code, code]);
    expect(output).toMatchObject({ closed: true, failure: { code } });
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
