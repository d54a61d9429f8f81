// Goal: coverage of what runs outside the tests' own processes is counted right; a mistake would show as a good figure.
// Method: V8's ranges and istanbul's places of one small text, written by hand.
import { expect, test } from "vitest";
import { addProcesses, missedLines, tallyOf, type FileCoverage } from "./support/coverage/file-coverage.ts";
import { ranAt, scriptsIn } from "./support/coverage/native-coverage.ts";

const text = ["first();", "if (a) {", "  second();", "}", "third();"].join("\n");
const at = (line: number, column = 0): { start: { line: number; column: number } } => ({ start: { line, column } });

function file(): FileCoverage {
  return {
    path: "src/a.ts",
    statementMap: { 0: at(1), 1: at(2), 2: at(3, 2), 3: at(5) },
    s: { 0: 4, 1: 0, 2: 0, 3: 0 },
    branchMap: { 0: { locations: [at(2), at(3, 2)] } },
    b: { 0: [0, 0] },
  };
}

const range = (
  startOffset: number,
  endOffset: number,
  count: number,
): { startOffset: number; endOffset: number; count: number } => ({
  startOffset,
  endOffset,
  count,
});

test("an inner range overrides its outer one, and outside of all nothing ran", () => {
  const ran = ranAt({ functions: [{ ranges: [range(0, 100, 1), range(10, 20, 0), range(12, 14, 3)] }] });
  expect([5, 11, 13, 19, 20, 150].map(ran)).toEqual([true, false, true, false, true, false]);
});

test("what any process ran counts, what none ran does not", () => {
  const whole = ranAt({
    functions: [{ ranges: [range(0, text.length, 1), range(text.indexOf("{"), text.indexOf("}") + 1, 0)] }],
  });
  const nothing = ranAt({ functions: [{ ranges: [range(0, text.length, 0)] }] });
  const covered = file();
  addProcesses(covered, text, [nothing, whole]);
  expect(missedLines(covered)).toEqual([3]);
  expect(tallyOf(covered)).toEqual({ lines: 4, linesRan: 3, branches: 2, branchesRan: 1 });
});

test("without processes the counts stay as they were", () => {
  const covered = file();
  addProcesses(covered, text, []);
  expect(missedLines(covered)).toEqual([2, 3, 5]);
});

test("a file that a killed process left half written counts for nothing", () => {
  const whole = JSON.stringify({ result: [{ url: "file:///a.ts", functions: [] }] });
  expect(scriptsIn(whole)).toHaveLength(1);
  for (const length of [0, 1, 20, whole.length - 1]) expect(scriptsIn(whole.slice(0, length))).toEqual([]);
});
