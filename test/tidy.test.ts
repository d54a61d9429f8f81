// Goal: the house rules hold for every file of the repository. Method: each rule is a function from a file to its
// findings, applied here to the whole tree; test/tidy-rules.test.ts shows that each one sees what it is for.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { publicEntries, siblingEntries } from "./support/tidy/entries.ts";
import { deadFiles, importCycles, importRanks, libraryPlaces } from "./support/tidy/imports.ts";
import { fileNames } from "./support/tidy/names.ts";
import { readPath, repositoryPaths, root, textFiles } from "./support/tidy/repository.ts";
import { fileLength, functionLengths, medianFunctionLength } from "./support/tidy/size.ts";
import { parse, type Finding } from "./support/tidy/source.ts";
import { bannedUses, internalBarrels, plainComments, plainSyntax, unskippedTests } from "./support/tidy/syntax.ts";
import { lockfile, pageLinks, pageTitle, placelessText } from "./support/tidy/text.ts";

const paths = repositoryPaths();
const texts = textFiles(paths);
const sources = texts.filter(({ path }) => /\.[cm]?[tj]sx?$/.test(path)).map(parse);
const product = sources.filter(({ path }) => /^(src|machines)\//.test(path));
const pages = texts.filter(({ path }) => /^(README\.md$|docs\/.*\.md$)/.test(path));
const entries = publicEntries(JSON.parse(readPath("package.json")) as Parameters<typeof publicEntries>[0]);
// The diagrams are drawn into the docs by a test; users get them with the command that shows machines.
const programs = [...entries, "src/cli/bin.cjs", "src/board/main.tsx", ...product.flatMap(siblingEntries)];

/** One line for each finding, so that a failure reads like a compiler's. */
function lines(findings: readonly Finding[]): string[] {
  return findings.map(({ path, line, message }) => `${path}${line === 0 ? "" : `:${line}`}: ${message}`);
}

describe("imports", () => {
  test("a folder imports only itself and lower ranks", () => {
    expect(lines(product.flatMap(importRanks))).toEqual([]);
  });

  test("a library is imported only where it has its one reason, and pure folders reach no file, process or network", () => {
    expect(lines(product.flatMap(libraryPlaces))).toEqual([]);
  });

  test("no file imports itself in a circle, not even for types", () => {
    expect(lines(importCycles(product))).toEqual([]);
  });

  test("every source file is reached from an entry of the package", () => {
    expect(lines(deadFiles(product, programs))).toEqual([]);
  });
});

describe("size", () => {
  test("a function has at most 70 lines, a file at most 400", () => {
    expect(lines([...sources.flatMap(functionLengths), ...sources.flatMap(fileLength)])).toEqual([]);
  });

  test("the median function is under ten lines long", () => {
    expect(medianFunctionLength(product)).toBeLessThan(10);
  });
});

describe("syntax", () => {
  test("time, chance and output are taken from an Env, not from the global scope", () => {
    expect(lines(product.flatMap(bannedUses))).toEqual([]);
  });

  test("no default exports, enums, namespaces, parameter properties, any, or internal barrels", () => {
    expect(
      lines([...sources.flatMap(plainSyntax), ...product.flatMap((each) => internalBarrels(each, entries))]),
    ).toEqual([]);
  });

  test("no test is skipped or runs alone", () => {
    expect(lines(sources.filter(({ path }) => path.startsWith("test/")).flatMap(unskippedTests))).toEqual([]);
  });

  test("comments hold no unfinished work and no banners", () => {
    expect(lines(sources.flatMap(plainComments))).toEqual([]);
  });
});

describe("files", () => {
  test("names are kebab-case and say what is inside; the top level holds only what a visitor needs", () => {
    expect(lines(fileNames(paths, entries))).toEqual([]);
  });

  test("no file names a folder of one machine or the address of a registry", () => {
    const rulesThemselves = ({ path }: { path: string }): boolean => path === "test/tidy-rules.test.ts";
    expect(lines(texts.filter((file) => !rulesThemselves(file)).flatMap(placelessText))).toEqual([]);
  });

  test("the lockfile names no registry, pins every package and needs no install script", () => {
    expect(lines(texts.filter(({ path }) => path.endsWith("package-lock.json")).flatMap(lockfile))).toEqual([]);
  });
});

describe("pages", () => {
  test("each has one title, on its first line", () => {
    expect(lines(pages.flatMap(pageTitle))).toEqual([]);
  });

  test("relative links and their anchors lead somewhere", () => {
    const exists = (path: string): boolean => existsSync(join(root, path));
    expect(lines(pages.flatMap((page) => pageLinks(page, exists, readPath)))).toEqual([]);
  });
});
