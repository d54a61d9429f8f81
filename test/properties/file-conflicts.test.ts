/**
 * Goal: two items are said to share files exactly when some file belongs to both.
 * Method: a plain matcher is asked about every path of a small world. A bug looks like a conflict that no path shows, or a
 * path that both have without a conflict.
 */
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { fileConflicts } from "../../src/items/file-conflicts.ts";
import { filePattern, literalPath, type FilePattern } from "../../src/items/file-pattern.ts";
import { patternsOverlap } from "../../src/items/pattern-overlap.ts";

const paths = (names: readonly string[], depth: number): string[] =>
  depth === 0 ? [] : [...names, ...paths(names, depth - 1).flatMap((path) => names.map((name) => `${path}/${name}`))];
const flat = paths(["a", "b", "aa", "ab", "ba", "bb", "a.a", "b.a", "a.b", "ab.b", "b.b", ".a"], 3);
const deep = paths(["a", "b", "a.b"], 6);

const patternOf = (segments: readonly string[], max: number): fc.Arbitrary<string> =>
  fc
    .tuple(fc.array(fc.constantFrom(...segments), { minLength: 1, maxLength: max }), fc.constantFrom("", "", "/"))
    .map(([parts, end]) => parts.join("/") + end);
const wild = patternOf(
  ["a", "b", "ab", "*", "?", "a*", "*b", "?a", "a?", "*a*", "a*a", "**", "a.b", "*.b", "b.*", ".a"],
  2,
);
const long = patternOf(["a", "b", "*", "**", "?", "a.b", "*.b"], 3);

/** A pattern as a regular expression. What may be a folder matches everything below it. */
function matcher(pattern: string): RegExp {
  const parts = pattern.split("/").filter((part) => part !== "");
  const isFile = !pattern.endsWith("/") && /.\.[^.]/.test(parts.at(-1)!);
  const segments = parts.map((segment) => {
    if (segment === "**") return "(?:[^/]+/)*";
    return `${segment.replaceAll(".", "\\.").replaceAll("*", "[^/]*").replaceAll("?", "[^/]")}/`;
  });
  return new RegExp(`^${segments.join("")}${isFile ? "" : "(?:[^/]+/)*"}$`);
}

const partsOf = (path: string): string[] => path.split("/").filter((part) => part !== "");

/** One is a path without wildcards, and the other names something below it. */
function isAbove(path: string, pattern: string): boolean {
  const [above, below] = [partsOf(path), partsOf(pattern)];
  return !/[*?]/.test(path) && above.every((part, i) => part === below[i]);
}

function shareAPath(world: readonly string[], left: string, right: string): boolean {
  const [one, other] = [matcher(left), matcher(right)];
  return (
    isAbove(left, right) || isAbove(right, left) || world.some((path) => one.test(`${path}/`) && other.test(`${path}/`))
  );
}

const read = (text: string): FilePattern => {
  const pattern = filePattern(text);
  if (typeof pattern === "string") throw new Error(pattern);
  return pattern;
};

test.prop([wild, wild], { numRuns: 500 })("two patterns overlap exactly when a path belongs to both", (left, right) => {
  expect(patternsOverlap(read(left), read(right))).toBe(shareAPath(flat, left, right));
});

test.prop([long, long], { numRuns: 500 })("so do longer ones, with folders at any depth", (left, right) => {
  expect(patternsOverlap(read(left), read(right))).toBe(shareAPath(deep, left, right));
});

const files = fc.array(fc.oneof(wild, long), { maxLength: 4 });
const commands = fc.array(
  fc.record({
    item: fc.nat(9),
    files,
    seen: fc.array(fc.constantFrom(...flat), { maxLength: 3 }),
    release: fc.boolean(),
  }),
  { maxLength: 40 },
);

const askedFiles = fc.array(fc.oneof(wild, long), { minLength: 1, maxLength: 5 });
// None: everything that is held is looked at; few: some questions are begun one way and ended the other.
const searchSteps = fc.constantFrom(0, 0, 5, undefined);

test.prop([commands, askedFiles, searchSteps], { numRuns: 500 })(
  "S4-10, C1-C4: the tree finds what comparing everything with everything finds, after any holding, observing and releasing",
  (steps, asked, searchStepsMax) => {
    const tree = fileConflicts<number>(searchStepsMax === undefined ? {} : { searchStepsMax });
    const held = new Map<number, FilePattern[]>();
    const conflictsOf = (item: number, patterns: readonly FilePattern[]): unknown[] =>
      [...held].flatMap(([other, all]) => {
        const both = all.filter((each) => patterns.some((pattern) => patternsOverlap(each, pattern)));
        return other === item || both.length === 0
          ? []
          : [{ item: other, files: [...new Set(both.map(({ text }) => text))].toSorted() }];
      });
    const inOrder = (found: ReturnType<typeof tree.conflictsOf>): unknown[] =>
      found.map((each) => ({ ...each, files: each.files.toSorted() }));
    const add = (item: number, patterns: readonly FilePattern[]): void => {
      if (patterns.length > 0) held.set(item, [...(held.get(item) ?? []), ...patterns]);
    };
    for (const { item, files, seen, release } of steps) {
      if (release) {
        tree.release(item);
        held.delete(item);
      }
      tree.hold(item, tree.read(files));
      add(item, files.map(read));
      const observed = seen.map((path) => literalPath(path));
      add(item, observed);
      expect(inOrder(tree.observe(item, seen))).toEqual(conflictsOf(item, observed));
    }
    for (const item of [0, 99]) {
      const expected = conflictsOf(item, asked.map(read));
      expect(inOrder(tree.conflictsOf(item, tree.read(asked)))).toEqual(expected);
      const first = tree.firstConflict(item, tree.read(asked));
      expect(first !== undefined).toBe(expected.length > 0);
      if (first !== undefined) expect(held.get(first.item)!.map(({ text }) => text)).toContain(first.files[0]);
    }
    for (const item of held.keys()) tree.release(item);
    expect([tree.size, tree.conflictsOf(99, tree.read(["**"]))]).toEqual([0, []]);
  },
);
