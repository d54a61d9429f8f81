/**
 * The live view's picture for any run and any terminal. The properties are what keeps a terminal whole: never too many
 * lines, never a line too wide, nothing in it that moves the cursor. A bug would look like a view that scrolls away.
 */
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { renderFrame, type FrameModel } from "../../src/cli/view/frame.ts";
import { widthOf } from "../../src/cli/terminal/width.ts";

const nasty = fc.constantFrom(
  "\x1b[2J",
  "\x1b]0;title\x07",
  "\r",
  "\n",
  "\b",
  "\u202e",
  "\u200b",
  "\x9b31m",
  "日",
  "🚂",
  "e\u0301",
  "\t",
  "a",
);
const text = fc.oneof(fc.string({ unit: nasty, maxLength: 60 }), fc.string({ unit: "binary", maxLength: 60 }));
const count = fc.nat({ max: 100_000 });

const counts = fc.record({ todo: count, claimed: count, done: count, failed: count, cancelled: count });

const model: fc.Arbitrary<FrameModel> = fc.record({
  name: text,
  status: fc.constantFrom("running", "paused", "settling"),
  elapsedMs: fc.nat({ max: 1e9 }),
  remainingMs: fc.option(fc.nat({ max: 1e9 }), { nil: undefined }),
  liveItemsMax: fc.integer({ min: 1, max: 10_000 }),
  counts,
  ready: count,
  live: fc.array(
    fc.record({
      key: text,
      elapsedMs: fc.nat({ max: 1e9 }),
      attempt: fc.integer({ min: 1, max: 9 }),
      lastLine: fc.option(text, { nil: undefined }),
    }),
    { maxLength: 80 },
  ),
  failures: fc.array(fc.record({ key: text, text }), { maxLength: 20 }),
  scope: fc.option(fc.record({ words: text, counts }), { nil: undefined }),
  pressure: fc.option(text, { nil: undefined }),
  notice: fc.option(text, { nil: undefined }),
});
const size = fc.record({ columns: fc.integer({ min: 0, max: 200 }), rows: fc.integer({ min: 0, max: 60 }) });

test.prop([model, size])(
  "I1: a picture never has more lines than rows, nor a line wider than the terminal",
  (frame, { columns, rows }) => {
    const lines = renderFrame(frame, { columns, rows, color: false });
    expect(lines.length).toBeLessThanOrEqual(rows);
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
  },
);

test.prop([model, size])(
  "I2: nothing in a picture can move the cursor, with or without colours",
  (frame, { columns, rows }) => {
    const plain = renderFrame(frame, { columns, rows, color: false });
    for (const line of plain) expect(line).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b-\u200f]/u);
    const coloured = renderFrame(frame, { columns, rows, color: true });
    // Colours are the only control sequences, and taking them away gives the plain picture.
    expect(coloured.map((line) => line.replace(/\x1b\[[0-9;]*m/g, ""))).toEqual(plain);
  },
);

test("10,000 live items take as many lines as the terminal has, and say how many more there are", () => {
  const live = Array.from({ length: 10_000 }, (_, i) => ({
    key: `item-${i}`,
    elapsedMs: 10,
    attempt: 1,
    lastLine: undefined,
  }));
  const live10k = { todo: 0, claimed: 10_000, done: 0, failed: 0, cancelled: 0 };
  const lines = renderFrame(
    {
      name: "big",
      status: "running",
      elapsedMs: 1,
      remainingMs: undefined,
      liveItemsMax: 10_000,
      counts: live10k,
      ready: 0,
      live,
      failures: [],
      scope: undefined,
      pressure: undefined,
      notice: undefined,
    },
    { columns: 80, rows: 23, color: false },
  );
  expect(lines).toHaveLength(23);
  expect(lines.at(-1)).toBe("  … and 9,980 more live");
});
