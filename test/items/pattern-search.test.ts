/**
 * Goal: a search through a wide tree finds exactly what overlaps, by the short cuts that only wide trees have, and at their cost.
 * Method: folders of more names than are walked through, patterns with `**` at any depth, everything asked of everything and
 * compared one by one. Narrow trees: test/properties/file-conflicts.test.ts. A bug looks like a conflict that is missed.
 */
import { describe, expect, test } from "vitest";
import { filePattern, literalPath, type FilePattern } from "../../src/items/file-pattern.ts";
import type { PatternNode } from "../../src/items/pattern-node.ts";
import { patternsOverlap } from "../../src/items/pattern-overlap.ts";
import { PatternSearch } from "../../src/items/pattern-search.ts";
import { PatternSweep } from "../../src/items/pattern-sweep.ts";
import { PatternTree } from "../../src/items/pattern-tree.ts";

const read = (text: string): FilePattern => {
  const pattern = filePattern(text);
  if (typeof pattern === "string") throw new Error(`${text}: ${pattern}`);
  return pattern;
};

const PARTS = 24;
const parts = Array.from({ length: PARTS }, (_, part) => [
  `src/part-${part}/a-${part}.ts`,
  `src/part-${part}/b.ts`,
  `src/part-${part}/*.css`,
  `src/part-${part}/inner/b.ts`,
]).flat();
const others = [
  "**",
  "**/b.ts",
  "**/inner/**",
  "**/*.md",
  "*",
  "*/b.ts",
  "*/*/b.ts",
  "*/part-3/**",
  "src",
  "src/",
  "src/**/b.ts",
  "src/**/inner/*.ts",
  "src/**/inner/**/b.ts",
  "src/*.ts",
  "src/*/b.ts",
  "src/*/b.md",
  "src/*/inner/b.ts",
  "src/*/**/b.ts",
  "src/*/**/b.md",
  "src/p*-1/b.ts",
  "src/part-?/b.ts",
  "src/part-??/inner/*",
  "src/part-3",
  "src/part-3/**",
  "src/part-3/**/b.ts",
  "src/part-3/**/b.md",
  "src/part-4/inner",
  "src/nowhere/b.ts",
  "src/b.ts",
  "src/b.ts/inner",
  "b.ts",
  "lib/moment.js",
  "lib/moment.js/src/b.ts",
  "lib/moment.js/*.ts",
  "lib/**/src/**/b.ts",
  "lib/**/src/*/b.ts",
  "*.ts",
  "**/*-1.ts",
  "**/a-1*",
  "**/new.ts",
  "src/*/new.ts",
];
const all = [...parts, ...others].map(read);
const asked = [...others, ...parts.slice(0, 8)].map(read);

type Held = { readonly pattern: FilePattern; readonly end: PatternNode<FilePattern> };

function treeOf(patterns: readonly FilePattern[]): { tree: PatternTree<FilePattern>; held: Held[] } {
  const tree = new PatternTree<FilePattern>();
  return { tree, held: patterns.map((pattern) => ({ pattern, end: tree.add(pattern, pattern) })) };
}

function found(tree: PatternTree<FilePattern>, pattern: FilePattern): string[] {
  const texts = new Set<string>();
  const note = ({ text }: FilePattern): boolean => {
    texts.add(text);
    return false;
  };
  new PatternSearch(tree, pattern, { note, stepsMax: Infinity }).run();
  return [...texts].sort();
}

/** Steps that a search takes which finds all of it. */
function stepsOf(tree: PatternTree<FilePattern>, text: string): number {
  return 1_000_000 - new PatternSearch(tree, read(text), { note: () => false, stepsMax: 1_000_000 }).run();
}

const overlapping = (patterns: readonly FilePattern[], pattern: FilePattern): string[] =>
  [...new Set(patterns.filter((each) => patternsOverlap(each, pattern)).map(({ text }) => text))].sort();

test("S4-10, C1: in a wide tree a search and a sweep find what comparing one by one finds", () => {
  const { tree, held } = treeOf(all);
  for (const pattern of asked) {
    expect(found(tree, pattern), pattern.text).toEqual(overlapping(all, pattern));
    const sweep = new PatternSweep(tree, [pattern]);
    const swept = held.filter(({ end }) => sweep.finds(end)).map((each) => each.pattern.text);
    expect([...new Set(swept)].sort(), pattern.text).toEqual(overlapping(all, pattern));
  }
});

test("C1: so does a sweep of many patterns at once", () => {
  const { tree, held } = treeOf(all);
  for (let from = 0; from < asked.length; from += 5) {
    const some = asked.slice(from, from + 5);
    const sweep = new PatternSweep(tree, some);
    const swept = held.filter(({ end }) => sweep.finds(end)).map((each) => each.pattern.text);
    const expected = all.filter((each) => some.some((pattern) => patternsOverlap(each, pattern)));
    expect(swept).toEqual(expected.map(({ text }) => text));
  }
});

test("paths as they are, with characters of patterns in them, are found as such", () => {
  const paths = ["src/[id]/*.ts", "src/a?b/x", "src/back\\slash/"].map((path) => literalPath(path));
  const { tree, held } = treeOf(paths);
  for (const pattern of ["src/**", "src/????/?.ts", "src/[id]/*.ts", "src/*/*.ts", "**/x", "src/back?slash/a"].map(
    read,
  )) {
    expect(found(tree, pattern), pattern.text).toEqual(overlapping(paths, pattern));
    const sweep = new PatternSweep(tree, [pattern]);
    const swept = held.filter(({ end }) => sweep.finds(end)).map((each) => each.pattern.text);
    expect(swept.sort(), pattern.text).toEqual(overlapping(paths, pattern));
  }
});

describe("T1, T2: what is removed", () => {
  test("is found no more, and what is left is", () => {
    const { tree, held } = treeOf(all);
    const left = held.filter(({ end, pattern }, at) => {
      if (at % 2 === 0) tree.remove(end, pattern);
      return at % 2 === 1;
    });
    expect(tree.top.size).toBe(left.length);
    for (const pattern of asked) {
      const patterns = left.map((each) => each.pattern);
      expect(found(tree, pattern), pattern.text).toEqual(overlapping(patterns, pattern));
    }
  });

  test("leaves nothing behind, neither a node nor a count", () => {
    const { tree, held } = treeOf([...all, ...all]);
    const named = ["b.ts", "inner", "*.ts", "a-1.ts", "part-3", "src"];
    expect(named.every((segment) => tree.countFor(segment) > 0)).toBe(true);
    for (const { end, pattern } of held) tree.remove(end, pattern);
    expect([tree.top.size, tree.top.names, tree.top.wild, tree.top.held]).toEqual([0, undefined, undefined, undefined]);
    for (const segment of named) expect([tree.countFor(segment), [...tree.nodesFor(segment)]]).toEqual([0, []]);
  });

  test("of several entries at one place is the one that is meant", () => {
    const { tree } = treeOf([]);
    const [one, two, three] = [read("x.ts"), read("x.ts"), read("x.ts")];
    const [end] = [one, two, three].map((each) => tree.add(each, each));
    tree.remove(end!, one);
    expect([end!.held, end!.size]).toEqual([[three, two], 1 + 1]);
    tree.remove(end!, two);
    expect(end!.held).toEqual([three]);
    const below = read("x.ts/a.ts");
    tree.add(below, below);
    tree.remove(end!, three);
    expect([end!.held, end!.size], "what is below stays").toEqual([undefined, 1]);
  });
});

describe("what a search costs", () => {
  const wide = treeOf(parts.map(read)).tree;

  test("a path costs its own depth, whatever stands beside it", () => {
    expect(stepsOf(wide, "src/part-7/b.ts")).toBeLessThan(12);
  });

  test("a name behind a `*` or a `**` is looked up, and its folders are not walked through", () => {
    const named = treeOf(Array.from({ length: 500 }, (_, part) => read(`src/part-${part}/a-${part}.ts`))).tree;
    for (const text of ["src/*/new.ts", "src/*/a-7.ts", "**/new.ts", "**/a-7.ts", "src/**/a-7.ts", "**/a-7.ts/**"])
      expect(stepsOf(named, text), text).toBeLessThan(30);
  });

  test("through many `**` each place is visited once, whichever ways lead there", () => {
    const deep = Array.from({ length: 9 }, () => "**/a").join("/");
    const { tree } = treeOf([read(deep), read("a/a/**/a/b.ts")]);
    expect(stepsOf(tree, `${deep}/c.ts`)).toBeLessThan(3_000);
  });

  test("countFor tells how many places a name has, and looks at none of names that end otherwise", () => {
    for (const segment of ["b.ts", "a-3.ts", "part-3", "new.ts", "inner"])
      expect(wide.countFor(segment), segment).toBe([...wide.nodesFor(segment)].length);
    // The sets of `*.css` are apart by their ending.
    expect([wide.countFor("b.ts"), wide.countFor("new.ts"), wide.countFor("x.css")]).toEqual([2 * PARTS, 0, PARTS]);
    expect([wide.countFor("a*"), wide.countFor("*")]).toEqual([Infinity, Infinity]);
  });

  test("a search that may take too few steps says so, and one that is told to stop stops", () => {
    const left = (stepsMax: number): number =>
      new PatternSearch(wide, read("src/**"), { note: () => false, stepsMax }).run();
    expect(left(3)).toBeLessThan(0);
    expect(left(10_000)).toBeGreaterThan(0);
    for (const text of ["src/**", "**/b.ts", "src/*/b.ts", "src/part-?/b.ts", "**"]) {
      // It gives up at once: what it takes beyond is one look at what a name leads to.
      for (let stepsMax = 0, whole = stepsOf(wide, text); stepsMax < whole; stepsMax++) {
        const left = new PatternSearch(wide, read(text), { note: () => false, stepsMax }).run();
        expect(left, `${text} in ${stepsMax} of ${whole}`).toBeLessThan(0);
        expect(left, `${text} in ${stepsMax} of ${whole}`).toBeGreaterThanOrEqual(-wide.countFor("b.ts"));
      }
      let told = 0;
      new PatternSearch(wide, read(text), { note: () => ++told === 3, stepsMax: Infinity }).run();
      expect(told, text).toBe(3);
    }
  });
});
