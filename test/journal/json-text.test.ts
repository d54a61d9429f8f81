import { expect, test } from "vitest";
import { checkJson, jsonText } from "../../src/journal/json-text.ts";
import { JOURNAL_LIMITS } from "../../src/journal/limits.ts";

test.each([
  [{ a: [1, { b: Number.NaN }] }, "got NaN at the value.a[1].b."],
  [[[], [undefined]], "got a undefined at the value[1][0]."],
  [{ first: { x: 1 }, second: new Date(0) }, "got an object of a class at the value.second."],
  [() => 1, "got a function at the value."],
  [{ list: [1, Infinity] }, "got Infinity at the value.list[1]."],
  [{ first: [1, 2], second: [10n] }, "got a bigint at the value.second[0]."],
  [Symbol("x"), "got a symbol at the value."],
  [[1, new Map()], "got an object of a class at the value[1]."],
])("what is no JSON is told with its place", (value, words) => {
  expect(() => checkJson(value)).toThrow(words);
});

test.each([null, true, false, 0, -1.5e-300, "", "text", [], {}, [null, [{ a: { b: [1] } }]], Object.create(null)])(
  "%j is JSON",
  (value) => {
    expect(() => checkJson(value)).not.toThrow();
    expect(jsonText(value)).toBe(JSON.stringify(value));
  },
);

test("a value may nest as deep as the limit says, and no deeper", () => {
  const nested = (levels: number): unknown => {
    let value: unknown = 1;
    for (let level = 0; level < levels; level++) value = [value];
    return value;
  };
  checkJson(nested(JOURNAL_LIMITS.jsonDepthMax));
  expect(() => checkJson(nested(JOURNAL_LIMITS.jsonDepthMax + 1))).toThrow(
    `more than ${JOURNAL_LIMITS.jsonDepthMax} levels`,
  );
  // Beside each other they are as deep as one.
  checkJson(Array.from({ length: 3 }, () => nested(JOURNAL_LIMITS.jsonDepthMax - 1)));
});

test("a member without a value is the same as none", () => {
  expect(jsonText({ a: undefined, b: null })).toBe('{"b":null}');
});
