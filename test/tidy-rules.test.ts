// Goal: each house rule catches what it is for and lets its neighbours pass. Method: planted files, one violation each.
// A rule that sees nothing would look exactly like a tidy repository; this is what tells them apart.
import { describe, expect, test } from "vitest";
import { publicEntries, siblingEntries } from "./support/tidy/entries.ts";
import { deadFiles, importCycles, importRanks, libraryPlaces } from "./support/tidy/imports.ts";
import { fileNames } from "./support/tidy/names.ts";
import { fileLength, functionLengths, medianFunctionLength } from "./support/tidy/size.ts";
import { parse, type Finding, type Source } from "./support/tidy/source.ts";
import { bannedUses, internalBarrels, plainComments, plainSyntax, unskippedTests } from "./support/tidy/syntax.ts";
import { lockfile, pageLinks, pageTitle, placelessText } from "./support/tidy/text.ts";

const source = (path: string, text: string): Source => parse({ path, text });
const messages = (findings: readonly Finding[]): string[] => findings.map(({ line, message }) => `${line}: ${message}`);

describe("import ranks", () => {
  const check = (path: string, specifier: string, kind = "import"): number =>
    importRanks(source(path, `${kind} { a } from "${specifier}";\n`)).length;

  test.each([
    ["up", "src/state/a.ts", "../engine/b.ts"],
    ["sideways in a rank", "src/plan/a.ts", "../state/b.ts"],
    ["from rank 1 to machines", "src/items/a.ts", "../../machines/b.ts"],
    ["from machines to base", "machines/a.ts", "../src/base/b.ts"],
    ["from base to machines", "src/base/a.ts", "../../machines/b.ts"],
    ["from the library to the command line", "src/index.ts", "./cli/b.ts"],
    ["to a folder without a rank", "src/engine/a.ts", "../mystery/b.ts"],
    ["out of the product", "src/engine/a.ts", "../../test/support/b.ts"],
  ])("an import %s is found", (_, path, specifier) => {
    expect(check(path, specifier)).toBe(1);
    expect(check(path, specifier, "import type")).toBe(1);
    expect(check(path, specifier, "export")).toBe(1);
  });

  test.each([
    ["own folder", "src/engine/a.ts", "./b.ts"],
    ["lower rank", "src/engine/a.ts", "../plan/b.ts"],
    ["machines from rank 2", "src/scheduler/a.ts", "../../machines/b.ts"],
    ["formats to plan", "src/formats/a.ts", "../plan/b.ts"],
  ])("an import of %s passes", (_, path, specifier) => {
    expect(check(path, specifier)).toBe(0);
  });

  test("import() and import types count too, and the line is told", () => {
    const text =
      'export const a = 1;\nexport const b = import("../engine/b.ts");\nexport type C = import("../engine/c.ts").C;\n';
    expect(messages(importRanks(source("src/plan/a.ts", text)))).toEqual([
      "2: imports src/engine/b.ts: up (rank 2 to rank 3); pass it in from above instead",
      "3: imports src/engine/c.ts: up (rank 2 to rank 3); pass it in from above instead",
    ]);
  });
});

describe("library places", () => {
  const check = (path: string, text: string): number => libraryPlaces(source(path, text)).length;

  test("a library outside its place is found", () => {
    expect(check("src/scheduler/a.ts", 'import { setup } from "xstate";')).toBe(1);
    expect(check("src/engine/a.ts", 'import { produce } from "immer";')).toBe(1);
    expect(check("src/engine/run.ts", 'import { Subject } from "rxjs";')).toBe(1);
    expect(check("src/engine/a.ts", 'import { map } from "rxjs/operators";')).toBe(1);
    expect(check("src/cli/a.ts", 'import { DatabaseSync } from "node:sqlite";')).toBe(1);
    expect(check("src/cli/a.ts", 'import fc from "fast-check";')).toBe(1);
  });

  test("a library in its place, and its types where they are allowed, pass", () => {
    expect(check("machines/a.ts", 'import { setup } from "xstate";')).toBe(0);
    expect(check("src/engine/streams.ts", 'import { Subject } from "rxjs";')).toBe(0);
    expect(check("src/engine/run.ts", 'import type { Observable } from "rxjs";')).toBe(0);
    expect(check("src/journal/sqlite/a.ts", 'import { DatabaseSync } from "node:sqlite";')).toBe(0);
  });

  test("a pure folder reaches no file, process or network", () => {
    expect(check("src/graph/a.ts", 'import { readFileSync } from "node:fs";')).toBe(1);
    expect(check("src/plan/a.ts", 'import { readFileSync } from "node:fs";')).toBe(0);
  });
});

describe("import graph", () => {
  const ring = [
    source("src/plan/a.ts", 'import { b } from "./b.ts"; export const a = b;'),
    source("src/plan/b.ts", 'import type { C } from "./c.ts"; export const b: C = 1;'),
    source("src/plan/c.ts", 'import { a } from "./a.ts"; export type C = typeof a;'),
    source("src/plan/d.ts", 'import { a } from "./a.ts"; export const d = a;'),
  ];

  test("a cycle is told once, with its way, also when types close it", () => {
    expect(importCycles(ring)).toHaveLength(1);
    expect(importCycles(ring)[0]?.message).toContain(
      "src/plan/a.ts -> src/plan/b.ts -> src/plan/c.ts -> src/plan/a.ts",
    );
    expect(importCycles(ring.slice(1))).toEqual([]);
  });

  test("a file that no entry leads to is found", () => {
    expect(deadFiles(ring, ["src/plan/a.ts"]).map(({ path }) => path)).toEqual(["src/plan/d.ts"]);
    expect(deadFiles(ring, ["src/plan/d.ts"])).toEqual([]);
  });

  test("entries are what package.json exports, the command line, and modules that run on their own", () => {
    const exports = { ".": { types: "./dist/src/index.d.ts", default: "./dist/src/index.js" }, "./x.json": "./x.json" };
    expect(publicEntries({ exports })).toEqual(["src/index.ts", "src/cli/main.ts"]);
    expect(siblingEntries(source("src/journal/a.ts", 'f(siblingModule(import.meta.url, "worker"))'))).toEqual([
      "src/journal/worker.ts",
    ]);
    expect(() => siblingEntries(source("src/journal/a.ts", "siblingModule(import.meta.url, name)"))).toThrow(
      "string literal",
    );
  });
});

describe("size", () => {
  const ofLines = (lines: number): string => `{\n${"  f();\n".repeat(lines - 2)}}`;

  test.each([
    ["function declaration", (body: string) => `export function long() ${body}`],
    ["arrow function", (body: string) => `export const long = () => ${body};`],
    ["method", (body: string) => `export class A { long() ${body} }`],
  ])("a %s of 71 lines is found, one of 70 passes", (_, write) => {
    expect(functionLengths(source("src/plan/a.ts", write(ofLines(71))))).toHaveLength(1);
    expect(functionLengths(source("src/plan/a.ts", write(ofLines(70))))).toEqual([]);
  });

  test("a suite may be long, its tests may not", () => {
    const suite = `describe("a", () => {\n${'  test("b", () => {});\n'.repeat(80)}});\n`;
    expect(functionLengths(source("test/a.test.ts", suite))).toEqual([]);
    expect(
      functionLengths(source("test/a.test.ts", `describe("a", () => { test("b", () => ${ofLines(71)}); });`)),
    ).toHaveLength(1);
  });

  test("a file of 401 lines is found, one of 400 passes", () => {
    expect(fileLength(source("src/plan/a.ts", "f();\n".repeat(401)))).toHaveLength(1);
    expect(fileLength(source("src/plan/a.ts", "f();\n".repeat(400)))).toEqual([]);
  });

  test("the median counts functions with a block", () => {
    const text = [3, 5, 90].map((lines) => `export function f${lines}() ${ofLines(lines)}`).join("\n");
    expect(medianFunctionLength([source("src/plan/a.ts", `${text}\nexport const g = () => 1;`)])).toBe(5);
  });
});

describe("syntax", () => {
  const uses = (text: string, path = "src/engine/a.ts"): string[] => messages(bannedUses(source(path, text)));

  test.each([
    ["const at = Date.now();", "env.clock.now()"],
    ["const at = new Date();", "env.clock.now()"],
    ["later({ now: Date.now });", "env.clock.now()"],
    ["const x = Math.random();", "env.random()"],
    ["const t = performance.now();", "env.clock.monotonic()"],
    ["setTimeout(f, 10);", "env.timers.after()"],
    ["globalThis.setTimeout(f, 10);", "env.timers.after()"],
    ["const timer = setInterval;", "env.timers.after()"],
    ["await new Promise((resolve) => setImmediate(resolve));", "env.timers.nextTurn()"],
    ["console.log(1);", "stream that was passed in"],
    ['import { setTimeout as sleep } from "node:timers/promises";', "Env"],
  ])("%s is found, and the replacement is named", (text, replacement) => {
    const found = uses(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(replacement);
  });

  test("the same words as fields, parameters or in base pass", () => {
    expect(
      uses("env.clock.now(); new Date(at).toISOString(); options.setTimeout = 1; const o = { console: 1 };"),
    ).toEqual([]);
    expect(uses("const at = Date.now();", "src/base/node-env.ts")).toEqual([]);
    expect(uses("const at = Date.now();", "test/engine/a.test.ts")).toEqual([]);
  });

  test.each([
    ["default export", "export default 1;"],
    ["enum", "export enum A { B }"],
    ["namespace", "namespace A { export const b = 1; }"],
    ["parameter property", "export class A { constructor(readonly b: number) {} }"],
    ["any", "export const a: any = 1;"],
  ])("%s is found", (word, text) => {
    expect(messages(plainSyntax(source("src/plan/a.ts", text)))[0]).toContain(word);
  });

  test("an internal barrel is found, an entry of the package passes", () => {
    const text = 'export * from "./a.ts";\nexport { b } from "./b.ts";\n';
    expect(internalBarrels(source("src/plan/all.ts", text), ["src/index.ts"])).toHaveLength(1);
    expect(internalBarrels(source("src/index.ts", text), ["src/index.ts"])).toEqual([]);
    expect(internalBarrels(source("src/plan/a.ts", `${text}export const c = 1;`), [])).toEqual([]);
  });

  test.each([
    "test.skip",
    "test.only",
    "describe.only",
    "it.todo",
    "test.runIf",
    "describe.each.skip",
    "test.prop.only",
  ])("%s is found", (call) => {
    expect(unskippedTests(source("test/a.test.ts", `${call}("a", () => {});`))).toHaveLength(1);
  });

  test("unfinished work and banners in comments are found, code that talks of them passes", () => {
    expect(plainComments(source("src/plan/a.ts", ["// TO", "DO: later\nf();"].join("")))).toHaveLength(1);
    expect(plainComments(source("src/plan/a.ts", `// ${"=".repeat(20)}\nf();`))).toHaveLength(1);
    expect(plainComments(source("src/plan/a.ts", 'f("=========="); // a - b - c'))).toEqual([]);
  });
});

describe("files", () => {
  const names = (path: string): number => fileNames([path], ["src/index.ts"]).length;

  test.each([
    "src/plan/utils.ts",
    "src/plan/types.ts",
    "src/plan/buildPlan.ts",
    "src/plan/index.ts",
    "notes.md",
    "src/Plan/a.ts",
  ])("%s is found", (path) => expect(names(path)).toBe(1));

  test.each([
    "src/index.ts",
    "src/plan/build-plan.ts",
    "test/a.test.ts",
    "README.md",
    "docs/internals/README.md",
    ".ci/run",
  ])("%s passes", (path) => expect(names(path)).toBe(0));

  test("a folder of one machine and the address of a registry are found", () => {
    const check = (text: string): number => placelessText({ path: "docs/a.md", text }).length;
    expect(check('open("/tmp/x")')).toBe(1);
    expect(check("cd /home/me/x")).toBe(1);
    expect(check("https://registry.example.org/x")).toBe(1);
    expect(check("src/tmp/x https://www.npmjs.com/package/x https://example.org/npm")).toBe(0);
  });

  test("a lockfile entry with an address, without a version or with an install script is found", () => {
    const check = (entry: object): number =>
      lockfile({ path: "package-lock.json", text: JSON.stringify({ packages: { "": {}, "node_modules/a": entry } }) })
        .length;
    expect(check({ version: "1.0.0", resolved: "https://example.org/a.tgz" })).toBe(1);
    expect(check({ optional: true })).toBe(1);
    expect(check({ version: "1.0.0", hasInstallScript: true })).toBe(1);
    expect(check({ version: "1.0.0" })).toBe(0);
  });
});

describe("pages", () => {
  test("a page without a title, with two, or with text above it is found", () => {
    const check = (text: string): number => pageTitle({ path: "docs/a.md", text }).length;
    expect(check("# A\n\n```sh\n# a comment\n```\n")).toBe(0);
    expect(check("text\n")).toBe(1);
    expect(check("# A\n# B\n")).toBe(1);
    expect(check("text\n# A\n")).toBe(1);
  });

  test("a link to a file or a heading that is not there is found", () => {
    const there: Record<string, string> = { "docs/b.md": "# B\n## Two words, `code`\n", "src/a.ts": "" };
    const check = (link: string): number =>
      pageLinks(
        { path: "docs/a.md", text: `# A\nSee [it](${link}).\n` },
        (path) => path in there || path === "docs/a.md",
        (path) => there[path] ?? "",
      ).length;
    expect(["b.md", "../src/a.ts", "b.md#two-words-code", "#a", "https://example.org/x"].map(check)).toEqual([
      0, 0, 0, 0, 0,
    ]);
    expect(["c.md", "../src/b.ts", "b.md#three", "#b"].map(check)).toEqual([1, 1, 1, 1]);
  });
});
