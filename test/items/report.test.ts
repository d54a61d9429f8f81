// Goal: what an agent reported is told from an output that a command or a function made. Method: a table of both.
import { expect, test } from "vitest";
import { reportIn } from "../../src/items/report.ts";

test("a report has a summary and files; whatever else an output may be is none", () => {
  const report = { result_summary: "done", files_modified: ["a.ts"], output: { n: 1 } };
  expect(reportIn(report)).toEqual(report);
  expect(reportIn({ result_summary: "", files_modified: [] })).toEqual({ result_summary: "", files_modified: [] });
  expect(reportIn({ result_summary: "", files_modified: ["a", 1] })).toMatchObject({ files_modified: ["a"] });
  for (const other of [
    undefined,
    null,
    7,
    "done",
    [],
    { result_summary: 7, files_modified: [] },
    { result_summary: "" },
  ])
    expect(reportIn(other)).toBeUndefined();
});
