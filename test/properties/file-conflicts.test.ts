/**
 * Goal: two items are said to share files exactly when some file belongs to both.
 * Method: a plain matcher is asked about every path of a small world. A bug looks like a conflict that no path shows, or a
 * path that both have without a conflict.
 */
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { fileConflicts } from "../../src/items/file-conflicts.ts";
import { filePattern, patternsOverlap, type FilePattern } from "../../src/items/file-pattern.ts";

const letters = (length: number): string[] =>
  length === 0 ? [""] : letters(length - 1).flatMap((start) => ["a", "b"].map((letter) => start + letter));
const names = [1, 2, 3].flatMap(letters);
const paths = (world: readonly string[], depth: number): string[] =>
  depth === 0 ? [] : [...world, ...paths(world, depth - 1).flatMap((path) => world.map((name) => `${path}/${name}`))];
const flat = paths(names, 3);
const deep = paths(["a", "b"], 6);

const patternOf = (segments: readonly string[], max: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...segments), { minLength: 1, maxLength: max }).map((parts) => parts.join("/"));
const wild = patternOf(["a", "b", "ab", "*", "?", "a*", "*b", "?a", "a?", "*a*", "**"], 2);
const long = patternOf(["a", "b", "*", "**", "?"], 3);

/** A pattern as a regular expression, with everything below what it matches. */
function matcher(pattern: string): RegExp {
  const parts = pattern.split("/").map((segment) => {
    if (segment === "**") return "(?:[^/]+/)*";
    return `${segment.replaceAll("*", "[^/]*").replaceAll("?", "[^/]")}/`;
  });
  return new RegExp(`^${parts.join("")}(?:[^/]+/)*$`);
}

function shareAPath(world: readonly string[], left: string, right: string): boolean {
  const [one, other] = [matcher(left), matcher(right)];
  return world.some((path) => one.test(`${path}/`) && other.test(`${path}/`));
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

const commands = fc.array(
  fc.record({ item: fc.nat(5), files: fc.array(fc.oneof(wild, long), { maxLength: 3 }), release: fc.boolean() }),
  { maxLength: 15 },
);

test.prop([commands, fc.array(fc.oneof(wild, long), { minLength: 1, maxLength: 3 })])(
  "C1, C2, C3: the tree finds what comparing everything with everything finds, after any holding and releasing",
  (steps, asked) => {
    const tree = fileConflicts<number>();
    const held = new Map<number, string[]>();
    for (const { item, files, release } of steps) {
      if (release) {
        tree.release(item);
        held.delete(item);
      } else {
        tree.hold(item, files);
        held.set(item, [...(held.get(item) ?? []), ...files]);
      }
    }
    for (const item of [0, 9]) {
      const expected = [...held].flatMap(([other, files]) => {
        const both = files.filter((file) => asked.some((each) => patternsOverlap(read(file), read(each))));
        return other === item || both.length === 0 ? [] : [{ item: other, files: [...new Set(both)].toSorted() }];
      });
      const found = tree.conflictsOf(item, asked).map((each) => ({ ...each, files: each.files.toSorted() }));
      expect(found).toEqual(expected);
    }
  },
);

test("a question costs the same when a hundred times as many items live", () => {
  const tookMs = (items: number): number => {
    const tree = fileConflicts<number>();
    for (let item = 0; item < items; item++) tree.hold(item, [`src/part-${item}/a.ts`, `src/part-${item}/b.ts`]);
    const asked = ["src/part-7/a.ts", "docs/**", "src/new/*.ts"];
    const rounds = Array.from({ length: 15 }, () => {
      const startedAt = performance.now();
      for (let again = 0; again < 300; again++) tree.conflictsOf(-1, asked);
      return performance.now() - startedAt;
    });
    expect(tree.conflictsOf(-1, asked)).toEqual([{ item: 7, files: ["src/part-7/a.ts"] }]);
    return Math.min(...rounds);
  };
  // Comparing with each item would cost about a hundred times as much.
  expect(tookMs(10_000) / tookMs(100)).toBeLessThan(20);
});
