/**
 * Who would touch the same files as whom. test/properties/file-conflicts.test.ts compares any patterns with a plain matcher;
 * here is what an item sees, and what a question costs.
 */
import { expect, test } from "vitest";
import { fileConflicts } from "../../src/items/file-conflicts.ts";

test("S4-10: a question tells who holds what, in the order in which they came", () => {
  const files = fileConflicts<string>();
  files.hold("engine", files.read(["src/engine", "docs/engine.md"]));
  files.hold("docs", files.read(["docs/**"]));
  files.hold("board", files.read(["src/board/**"]));
  expect(files.conflictsOf("me", files.read(["docs/*.md", "src/engine/run.ts"]))).toEqual([
    { item: "engine", files: ["docs/engine.md", "src/engine"] },
    { item: "docs", files: ["docs/**"] },
  ]);
  expect(files.firstConflict("me", files.read(["src/board/a.ts"]))).toEqual({ item: "board", files: ["src/board/**"] });
  expect(files.firstConflict("me", files.read(["LICENSE.txt"]))).toBeUndefined();
  expect(files.conflictsOf("board", files.read(["src/board/a.ts"])), "C2").toEqual([]);
  files.release("engine");
  files.release("engine");
  expect(files.conflictsOf("me", files.read(["src/engine/run.ts"])), "C3").toEqual([]);
  expect(files.size).toBe(2);
});

test("S4-10, I23: what an item is seen to change is found from both sides, a rename under both names", () => {
  const files = fileConflicts<string>();
  files.hold("a", files.read(["src/a/**"]));
  files.hold("b", files.read(["src/b/**"]));
  // It said nothing of `src/b`.
  expect(files.observe("a", ["src/a/x.ts", "src/b/moved.ts"])).toEqual([{ item: "b", files: ["src/b/**"] }]);
  expect(files.conflictsOf("b", files.read(["src/b/**"]))).toEqual([{ item: "a", files: ["src/b/moved.ts"] }]);
  expect(files.observe("b", ["src/b/moved.ts"])).toEqual([{ item: "a", files: ["src/b/moved.ts"] }]);
});

test("C1: what is shared conflicts with nothing", () => {
  const files = fileConflicts<string>({ shared: ["docs/**", "package.json", "**/*.snap"], ignoreCase: true });
  files.hold("a", files.read(["Docs/guides", "docs/api/*.md", "package.json", "test/x.snap", "**/*.snap", "src/a.ts"]));
  expect(files.conflictsOf("b", files.read(["**"]))).toEqual([{ item: "a", files: ["src/a.ts"] }]);
  expect(files.observe("b", ["docs/guides/a.md", "PACKAGE.json", "test/x.snap"])).toEqual([]);
  // Only partly shared.
  files.hold("c", files.read(["test/*"]));
  expect(files.firstConflict("d", files.read(["test/y.snap.ts"]))).toEqual({ item: "c", files: ["test/*"] });
});

test("C1: a question of several patterns is answered whole, however many steps it may take", () => {
  for (let searchStepsMax = 0; searchStepsMax < 40; searchStepsMax++) {
    const files = fileConflicts<string>({ searchStepsMax });
    files.hold("a", files.read(["src/a.ts"]));
    files.hold("b", files.read(["src/b.ts"]));
    const asked = files.read(["src/a.ts", "src/b.ts"]);
    const both = ["a", "b"].map((name) => ({ item: name, files: [`src/${name}.ts`] }));
    expect(files.conflictsOf("me", asked), `${searchStepsMax} steps`).toEqual(both);
    expect(both, `${searchStepsMax} steps`).toContainEqual(files.firstConflict("me", asked));
    expect(files.firstConflict("a", asked), `${searchStepsMax} steps`).toEqual(both[1]);
  }
});

test("one conflict is told as soon as it is found, however many there are", () => {
  const files = fileConflicts<number>({ searchStepsMax: Infinity });
  for (let item = 0; item < 4_000; item++) files.hold(item, files.read([`src/${item}.ts`]));
  const asked = files.read(["src/**"]);
  const tookMs = (ask: () => unknown): number => {
    const rounds = Array.from({ length: 5 }, () => {
      const startedAt = performance.now();
      ask();
      return performance.now() - startedAt;
    });
    return Math.min(...rounds);
  };
  const all = tookMs(() => files.conflictsOf(-1, asked));
  expect(tookMs(() => files.firstConflict(-1, asked))).toBeLessThan(all / 20);
});

test("a bad pattern is a mistake of who wrote it", () => {
  expect(() => fileConflicts().read(["../x"])).toThrow(
    'Expected a pattern of files, got "../x": it leaves the repository: `..` is not allowed.',
  );
});

test("a question costs the same when a hundred times as many items live, with `**` in front too", () => {
  const tookMs = (items: number): number => {
    const files = fileConflicts<number>();
    for (let item = 0; item < items; item++) {
      files.hold(
        item,
        files.read([`src/part-${item}/a-${item}.ts`, `src/part-${item}/b.ts`, `src/part-${item}/*.css`]),
      );
    }
    const asked = files.read(["src/part-7/b.ts", "docs/**", "src/new/*.ts", "**/new.ts", "**/*.md", "src/*/new.md"]);
    const rounds = Array.from({ length: 15 }, () => {
      const startedAt = performance.now();
      for (let again = 0; again < 100; again++) files.conflictsOf(-1, asked);
      return performance.now() - startedAt;
    });
    expect(files.conflictsOf(-1, asked)).toEqual([{ item: 7, files: ["src/part-7/b.ts"] }]);
    return Math.min(...rounds);
  };
  // Comparing with each item would cost about a hundred times as much.
  expect(tookMs(10_000) / tookMs(100)).toBeLessThan(20);
});

test("a question of a hundred broad patterns costs about what one does, and an answer about many names a few files of each", () => {
  const files = fileConflicts<number>();
  for (let item = 0; item < 2_000; item++) {
    const paths = Array.from(
      { length: 20 },
      (_, index) => `src/part-${item}/dir-${index % 5}/file-${item}-${index}.ts`,
    );
    files.hold(item, files.read(paths));
  }
  const least = (asked: readonly string[]): number => {
    const set = files.read(asked);
    const rounds = Array.from({ length: 10 }, () => {
      const startedAt = performance.now();
      files.conflictsOf(-1, set);
      return performance.now() - startedAt;
    });
    return Math.min(...rounds);
  };
  const broad = ["src/**", "**/*.ts", "src/**/*.ts", "*/**/dir-1/**", "**/*-1.ts", "src/*/**"];
  const hundred = Array.from({ length: 100 }, (_, index) => broad[index % 6]!);
  const noneOfHundred = Array.from({ length: 100 }, (_, index) => `**/new-${index}*`);
  const one = least(["**/*.ts"]);
  // Pattern by pattern it would be a hundred times as much.
  expect(least(hundred) / one).toBeLessThan(20);
  expect(least(noneOfHundred) / one).toBeLessThan(20);
  const found = files.conflictsOf(7, files.read(hundred));
  expect(found.map(({ item }) => item)).toEqual(Array.from({ length: 2_000 }, (_, item) => item).toSpliced(7, 1));
  expect(found.every(({ files }) => new Set(files).size === files.length && files.length >= 10)).toBe(true);
  expect(files.conflictsOf(-1, files.read(noneOfHundred))).toEqual([]);
  expect(files.firstConflict(-1, files.read(noneOfHundred))).toBeUndefined();
});
