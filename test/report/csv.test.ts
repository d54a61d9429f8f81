import { expect, test } from "vitest";
import { csvOf } from "../../src/report/csv.ts";
import { junitOf } from "../../src/report/junit.ts";
import type { ReportedItem, ReportedRun } from "../../src/report/reported-run.ts";

const item = (title: string, more: Partial<ReportedItem> = {}): ReportedItem => ({
  key: "a",
  title,
  type: undefined,
  status: "done",
  priority: 5,
  attempt: 1,
  attempts: [],
  needs: [],
  why: "",
  code: "",
  tail: [],
  ...more,
});
const run = (items: readonly ReportedItem[]): ReportedRun => ({
  id: "1",
  name: "run",
  state: "done",
  startedAt: 0,
  endedAt: 1_500,
  interrupted: false,
  items,
});

test.each(["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "\u200b=1"])(
  "%j is a text in a table, whatever a spreadsheet does with it",
  (title) => {
    const cell = [...csvOf(run([item(title)]))][1]!.slice("a,".length);
    expect(cell).not.toMatch(/^"?[=+\-@\t\r]/);
  },
);

test("a negative number stays a number, a line end stays in its cell, and quotes are doubled", () => {
  const cells = [...csvOf(run([item("-3"), item('a "b"\nc')]))].slice(1);
  expect(cells[0]).toMatch(/^a,-3,/);
  expect(cells[1]).toMatch(/^a,"a ""b""\nc",/);
});

test("of test results, what still goes on is an error, and what never ran is skipped", () => {
  const text = [...junitOf(run([item("now", { status: "claimed" }), item("later", { status: "todo" })]))].join("");
  expect(text).toContain('tests="2" failures="0" errors="1" skipped="1" time="1.500"');
  expect(text).toContain('<error message="still live"');
  expect(text).toContain('<skipped message="never ran"/>');
});
