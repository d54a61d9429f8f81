/**
 * Goal: what runs a part of a source says so, and nothing that ran is left out. Method: a few lines of each kind, written with hits
 * and read again; then all sources. A bug would look like a mutant that counts as not covered though a test runs it.
 */
import { expect, test } from "vitest";
import { parse } from "../support/tidy/source.ts";
import { textFiles } from "../support/tidy/repository.ts";
import { AREAS, sourcesOf } from "./areas.ts";
import { mutantsOf } from "./mutants.ts";
import { regionOf, regionsOf, withHits } from "./regions.ts";

const written = (text: string): string =>
  withHits({ path: "x.ts", text }, "./hit.ts")
    .replace('import { hit as $hit } from "./hit.ts";$hit("x.ts:0");', "")
    .replaceAll(/\$hit\("x\.ts:(\d+)"\)/g, "#$1");

test("statements, bodies without braces, bodies of arrows, branches and right sides tell that they run", () => {
  expect(written("import a from 'b';\nfunction f() { go(); }")).toBe("import a from 'b';\nfunction f() { #34;go(); }");
  expect(written("export function f() { if (a) b(); else if (c) { d(); } }")).toBe(
    "export function f() { #22;if (a) {#29;b();} else {#39;if (c) { #48;d(); }} }",
  );
  expect(written("export const f = (x) => x ? ({ a }) : b ?? c;")).toBe(
    "export const f = (x) => (#24,x ? (#28,({ a })) : (#38,b ?? (#43,c)));",
  );
  expect(written("class A { #b = new Map(); c() { for (const d of e) f(d); } }")).toBe(
    "class A { #b = (#15,new Map()); c() { #32;for (const d of e) {#51;f(d);} } }",
  );
});

test("a mutant belongs to the smallest part around it, and to the module when there is none", () => {
  const file = { path: "x.ts", text: "export const a = b + c;\nexport function f() { return a < 1 ? d - 1 : a; }" };
  const regions = regionsOf(file);
  const regionOfOriginal = (original: string): number =>
    regionOf(
      regions,
      mutantsOf(file).find((mutant) => mutant.original === original)!,
    );
  expect(regionOfOriginal("+")).toBe(0);
  expect(regionOfOriginal("<")).toBe(file.text.indexOf("return"));
  expect(regionOfOriginal("-")).toBe(file.text.indexOf("d - 1"));
});

test("sources parse with hits in it, line for line", () => {
  // All of them take seconds.
  for (const file of textFiles(AREAS.flatMap(sourcesOf).filter((_, at) => at % 4 === 1))) {
    const text = withHits(file, "./hit.ts");
    expect(() => parse({ path: file.path, text }), file.path).not.toThrow();
    expect(text.split("\n")).toHaveLength(file.text.split("\n").length);
  }
});
