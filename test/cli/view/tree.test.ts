/**
 * Goal: a tree that fits, whatever ids and titles are, and that leaves out what matters least. Method: the lines written out for a
 * small one; random words and widths for the rest.
 */
import { fc, test as propertyTest } from "@fast-check/vitest";
import { expect, test } from "vitest";
import { widthOf } from "../../../src/cli/terminal/width.ts";
import { renderTree, type TreeItem } from "../../../src/cli/view/tree.ts";
import { Hierarchy } from "../../../src/state/hierarchy.ts";

const item = (status: string, text?: string): TreeItem => ({
  status,
  words: status,
  text,
  matters: status === "failed",
});

function treeText(
  keys: readonly string[],
  words: string,
  size: Partial<Parameters<typeof renderTree>[1]> = {},
): string {
  const items = keys.map((key, number) => ({ key, number, status: number % 3 === 0 ? "failed" : "done" }) as const);
  const shape = new Hierarchy(() => words).take(items);
  const alone = items.filter(({ number }) => shape.isAlone(number)).map(({ key }) => key);
  const itemOf = (key: string): TreeItem => item(items.find((each) => each.key === key)!.status, words);
  return renderTree(
    { shape, whole: shape, alone, itemOf },
    { columns: 60, color: false, linesMax: 1_000, all: false, ...size },
  );
}

test("beyond the limit only parents and failed items are listed, and how many are not", () => {
  const keys = Array.from({ length: 30 }, (_, i) => `P${Math.floor(i / 10)}.T${i}`);
  const text = treeText(keys, "", { linesMax: 20 });
  expect(text.split("\n").slice(0, 4)).toEqual([
    "STATUS  DONE     ITEM",
    "failed  6 of 10  P0  4 failed",
    "failed             P0.T0",
    "failed             P0.T3",
  ]);
  expect(text).toContain("… and 20 lines more; --all lists them, --scope ID shows a part\n");
  expect(treeText(keys, "", { linesMax: 5 }).split("\n")).toHaveLength(1 + 5 + 1 + 1);
  expect(treeText(keys, "", { linesMax: 5, all: true }).split("\n")).toHaveLength(1 + 33 + 1);
});

test("I1: a very deep id stands no further right than a line has room", () => {
  const deep = Array.from({ length: 60 }, (_, i) => `p${i}`).join(".");
  const lines = treeText([deep], "").trimEnd().split("\n");
  expect(lines).toHaveLength(1 + 59 + 1);
  for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(60);
});

const nasty = fc.constantFrom(
  "\x1b[2J",
  "\x1b]0;t\x07",
  "\r",
  "\n",
  "\u202e",
  "\x9b31m",
  "日",
  "🚂",
  "a",
  ".",
  "e\u0301",
);
const words = fc.string({ unit: nasty, maxLength: 40 });

propertyTest.prop([fc.array(words, { maxLength: 12 }), words, fc.integer({ min: 1, max: 100 }), fc.boolean()])(
  "I1: no line is wider than there is room, and none can do something to a terminal",
  (keys, title, columns, all) => {
    const unique = [...new Set(keys)];
    const plain = treeText(unique, title, { columns, all });
    for (const line of plain.split("\n")) {
      if (!line.startsWith("…")) expect(widthOf(line)).toBeLessThanOrEqual(columns);
      expect(line).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
    }
    const coloured = treeText(unique, title, { columns, all, color: true });
    expect(coloured.replace(/\x1b\[[0-9;]*m/g, "").replaceAll(/ +$/gm, "")).toEqual(plain);
  },
);
