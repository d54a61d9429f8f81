/**
 * Goal: a mutant is one wrong change of what runs, where it says it is. Method: a few lines of each kind. A bug would look like a
 * source that does not parse, or like a score that counts changes of types and of words.
 */
import { expect, test } from "vitest";
import { textFiles } from "../support/tidy/repository.ts";
import { parse } from "../support/tidy/source.ts";
import { AREAS, sourcesOf, testsOf } from "./areas.ts";
import { equivalents } from "./equivalents.ts";
import { mutantsOf, mutated } from "./mutants.ts";
import { reportText, scoreOf, type Judged } from "./report.ts";

const mutationsOf = (text: string): string[] =>
  mutantsOf({ path: "x.ts", text }).map((mutant) => mutated(text, mutant));

test("each operator becomes another one, each condition true and false, each call and value nothing", () => {
  expect(mutationsOf("if (a < 1) go(b ?? c);")).toEqual([
    "if (true) go(b ?? c);",
    "if (false) go(b ?? c);",
    "if (a <= 1) go(b ?? c);",
    "if (a >= 1) go(b ?? c);",
    "if (a < 1) ;",
    "if (a < 1) go(b);",
    "if (a < 1) go(c);",
  ]);
  expect(mutationsOf("const f = (x: T | undefined) => !x?.y;")).toEqual([
    "const f = (x: T | undefined) => undefined;",
    "const f = (x: T | undefined) => x?.y;",
    "const f = (x: T | undefined) => !x.y;",
  ]);
});

test("types, imports, the words of errors, and places at which tests end the process are left alone", () => {
  expect(mutationsOf('failpoint?.("run-lock.taken");\ngo?.("on");')).toEqual(['failpoint?.("run-lock.taken");\n;']);
  expect(mutationsOf('import { a } from "b";\nexport type T = A | B;\nconst x: A | B = y as unknown as A;')).toEqual(
    [],
  );
  expect(mutationsOf("throw new UsageError(`got ${a ? 1 : 2}`);")).toEqual([";"]);
});

test("every mutant of the sources parses, and every source has tests", () => {
  for (const path of AREAS.flatMap(sourcesOf)) {
    const file = textFiles([path])[0]!;
    const mutants = mutantsOf(file);
    // One of each kind: all of them take a minute.
    const some = [...Map.groupBy(mutants, ({ kind }) => kind).values()].map((of) => of.at(-1)!);
    for (const mutant of some) expect(() => parse({ path, text: mutated(file.text, mutant) })).not.toThrow();
    if (mutants.length > 0) expect(testsOf(path).near, path).not.toEqual([]);
  }
});

test("what is listed as doing the same is still there", () => {
  for (const { path, line, original, reason } of equivalents) {
    const lines = textFiles([path])[0]!
      .text.split("\n")
      .map((each) => each.trim());
    expect(lines, `${path}: ${reason}`).toContain(line);
    expect(line).toContain(original ?? "");
  }
});

test("the score counts what was noticed, by area", () => {
  const [mutant] = mutantsOf({ path: "machines/run.ts", text: "go();" });
  const of = (verdict: Judged["verdict"]): Judged => ({ ...mutant!, area: "machines", verdict });
  const judged = [of("killed"), of("timeout"), of("killed"), of("survived"), of("undecided"), of("uncovered")];
  const controls = [of("survived"), of("killed")].map((each): Judged => ({ ...each, isControl: true }));
  expect(scoreOf([...judged, ...controls])).toBe(0.6);
  const report = reportText([...judged, ...controls]);
  expect(report).toMatch(
    /^machines +60\.0 % +6 mutants: 2 killed, 1 without end, 1 survived, 1 not covered, 1 undecided$/m,
  );
  expect(report).toContain("2 controls without a change: 1 noticed");
});
