import { describe, expect, test } from "vitest";
import { filePattern, isName, literalPath, type FilePattern } from "../../src/items/file-pattern.ts";
import { patternsOverlap } from "../../src/items/pattern-overlap.ts";

const read = (text: string, ignoreCase = false): FilePattern => {
  const pattern = filePattern(text, { ignoreCase });
  if (typeof pattern === "string") throw new Error(`${text}: ${pattern}`);
  return pattern;
};
const overlap = (left: string, right: string, ignoreCase = false): boolean =>
  patternsOverlap(read(left, ignoreCase), read(right, ignoreCase));

describe("what is no pattern", () => {
  test.each([
    ["", "empty"],
    ["/etc/passwd", "absolute"],
    ["C:/x", "absolute"],
    ["c:x", "absolute"],
    ["..", "leaves the repository"],
    ["src/../../x", "leaves the repository"],
    ["src\\x", "backslash"],
    ["a\0b", "control"],
    ["src/{a,b}.ts", "braces"],
    ["src/!(a).ts", "groups"],
    ["a".repeat(4_097), "more than 4096"],
  ])("S4-10: %j is refused in words", (text, why) => {
    expect(filePattern(text)).toContain(why);
  });

  test("a name that only begins with dots leaves nothing", () => {
    expect(overlap("..a/b", "..a/b")).toBe(true);
    expect(overlap("...", "x/..b")).toBe(false);
  });
});

test("a segment is a name unless it stands for several: its own special characters are behind backslashes", () => {
  for (const name of ["a.ts", "", "\\*", "a\\?b", "\\\\"]) expect(isName(name), name).toBe(true);
  for (const wild of ["*", "a?", "\\**", "\\?*.ts"]) expect(isName(wild), wild).toBe(false);
});

describe("files and folders", () => {
  test.each([
    // A folder stands for everything below it, a file for itself.
    ["src/engine", "src/engine/a.ts", true],
    ["src/engine", "src/engine.ts", false],
    ["src/engine/", "src/engine/deep/a.ts", true],
    [".github", ".github/workflows/ci.yml", true],
    [".", "anything/at/all.ts", true],
    ["docs/*.md", "docs/a.md", true],
    ["docs/*.md", "docs/guides/a.md", false],
    ["docs/*", "docs/guides/a.md", true],
    ["**/*.md", "src/a.ts", false],
    ["**/*.md", "src/a", true],
    ["**/*.md", "src/v1.2/", true],
    ["**/fixtures/**", "test/a/fixtures/b.ts", true],
    ["**/fixtures/**", "test/a/b.ts", false],
    // A path that somebody else goes on below is a folder, whatever it looks like.
    ["lib/moment.js", "lib/moment.js/src/a.ts", true],
    ["lib/moment.js", "lib/moment.js/**/*.ts", true],
    ["./src//a.ts", "src/a.ts", true],
  ])("%s and %s: %s", (left, right, expected) => {
    expect([overlap(left, right), overlap(right, left)]).toEqual([expected, expected]);
  });

  test("a set of characters is any one character, and a [ that closes nowhere is itself", () => {
    expect([overlap("a[0-9].ts", "a7.ts"), overlap("a[0-9].ts", "ab.ts"), overlap("a[0-9].ts", "ab7.ts")]).toEqual([
      true,
      true,
      false,
    ]);
    expect([overlap("a[b", "a[b"), overlap("a[b", "ab")]).toEqual([true, false]);
  });
});

describe("paths as they are", () => {
  test("a path with characters of patterns is that path", () => {
    const path = literalPath("src/[id]/*.ts");
    expect(patternsOverlap(path, read("src/**"))).toBe(true);
    expect(patternsOverlap(path, literalPath("src/[id]/*.ts"))).toBe(true);
    expect(patternsOverlap(path, read("src/[id]/*.ts"))).toBe(false);
    expect(patternsOverlap(path, read("src/????/?.ts"))).toBe(true);
    expect(patternsOverlap(path, read("src/????/a.ts"))).toBe(false);
    expect(patternsOverlap(literalPath("back\\slash.ts"), read("back?slash.ts"))).toBe(true);
  });

  test("S4-10: a submodule that was moved on conflicts with what lies in it, a file with no file below", () => {
    const submodule = literalPath("vendor/lib");
    for (const inside of ["vendor/lib/a.c", "vendor/lib/**", "vendor/**", "vendor/lib"]) {
      expect([inside, patternsOverlap(submodule, read(inside))]).toEqual([inside, true]);
    }
    expect(patternsOverlap(literalPath("Makefile"), read("**/*.md"))).toBe(false);
    expect(patternsOverlap(literalPath("new-folder/"), read("**/*.md"))).toBe(true);
  });
});

describe("case", () => {
  test.each([
    ["README.md", "readme.MD"],
    ["SRC/*.TS", "src/a.ts"],
    ["Ärger/a.ts", "ärger/a.ts"],
    ["e\u0301te\u0301.ts", "\u00c9T\u00c9.ts"],
    ["ΟΔΟΣ.ts", "οδος.ts"],
    ["\u212aelvin.ts", "kelvin.ts"],
  ])("%s and %s are one where case does not count, and two where it does", (left, right) => {
    expect([overlap(left, right, true), overlap(left, right)]).toEqual([true, false]);
  });

  test("it counts where nobody says otherwise", () => {
    expect(patternsOverlap(literalPath("README.md"), literalPath("readme.md"))).toBe(false);
    expect(filePattern("SRC/*.ts")).toMatchObject({ segments: ["SRC", "*.ts"] });
    expect(literalPath("A/", { ignoreCase: true })).toEqual({ text: "A/", segments: ["a", "**"], names: 1 });
  });

  test("a letter that would become two stays one, so that ? stands for it", () => {
    expect([overlap("İ.ts", "?.ts", true), overlap("ß.ts", "??.ts", true)]).toEqual([true, false]);
  });
});
