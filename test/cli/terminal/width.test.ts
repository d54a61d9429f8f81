/**
 * Width of text on a terminal. Node's own table (built from Unicode data, reached with a flag) is the oracle: for no
 * character may ours be less, since a line believed too narrow would wrap and break the live view.
 */
import { execFileSync } from "node:child_process";
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { cutToWidth, padToWidth, widthOf } from "../../../src/cli/terminal/width.ts";

const ORACLE = `
const { getStringWidth } = require("internal/util/inspect");
const runs = []; let last = -1;
for (let code = 0x20; code < 0x110000; code++) {
  const hidden = (code >= 0x7f && code < 0xa0) || (code >= 0xd800 && code <= 0xdfff);
  const width = hidden ? 0 : getStringWidth(String.fromCodePoint(code), true, false);
  if (width !== last) runs.push([code, width]);
  last = width;
}
console.log(JSON.stringify(runs));`;

test("no character is believed narrower than Unicode says", () => {
  const runs: [number, number][] = JSON.parse(
    execFileSync(process.execPath, ["--expose-internals", "-e", ORACLE], { encoding: "utf8" }),
  );
  const tooNarrow: string[] = [];
  for (const [index, [first, width]] of runs.entries()) {
    const end = runs[index + 1]?.[0] ?? 0x110000;
    for (let code = first; code < end; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const character = String.fromCodePoint(code);
      // The oracle composes before it measures; a terminal is sent what we have.
      if (character.normalize("NFC") === character && widthOf(character) < width) tooNarrow.push(code.toString(16));
    }
  }
  expect(tooNarrow).toEqual([]);
});

describe("cutting", () => {
  test.prop([fc.string({ unit: "grapheme" }), fc.integer({ min: 0, max: 40 })])(
    "I1: a cut text never takes more columns than it may",
    (text, columns) => {
      expect(widthOf(cutToWidth(text, columns))).toBeLessThanOrEqual(columns);
      expect(widthOf(padToWidth(text, columns))).toBeLessThanOrEqual(columns);
    },
  );

  test.prop([fc.string({ unit: "grapheme" })])("a text that fits is left as it is", (text) => {
    expect(cutToWidth(text, widthOf(text))).toBe(text);
  });

  test("I1: a character of several parts is kept or dropped whole", () => {
    expect(cutToWidth("ae\u0301o", 3)).toBe("ae\u0301o");
    expect(cutToWidth("aae\u0301o", 3)).toBe("aa…");
    expect(cutToWidth("日本語です", 5)).toBe("日本…");
    expect(cutToWidth("🚂🚃🚃", 4)).toBe("🚂…");
  });

  test("padding fills to the asked width, also behind wide characters", () => {
    expect(padToWidth("日本", 6)).toBe("日本  ");
    expect(padToWidth("abc", 2)).toBe("a…");
  });
});
