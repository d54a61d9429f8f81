// Goal: docs/reference/defaults.md has the limits that the code has. Method: each row of its two tables is looked for as the code
// says it, and no row names a limit that there is not.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../src/base/limits.ts";
import { JOURNAL_LIMITS } from "../../src/journal/limits.ts";

const page = readFileSync(new URL("../../docs/reference/defaults.md", import.meta.url), "utf8");

describe.each([
  ["Limits", LIMITS],
  ["Limits of the journal", JOURNAL_LIMITS],
])("the table under %s", (title, limits: Readonly<Record<string, number>>) => {
  const rows = new Map(
    [...sectionOf(title).matchAll(/^\| `(\w+)` \| ([\d,]+) \|/gm)].map(([, name, value]) => [name!, value!]),
  );

  test.each(Object.keys(limits))("has %s as it is", (name) => {
    expect(rows.get(name)).toBe(limits[name]!.toLocaleString("en-US"));
  });

  test("has no other", () => {
    expect([...rows.keys()].filter((name) => !Object.hasOwn(limits, name))).toEqual([]);
  });
});

function sectionOf(title: string): string {
  return page.split(/^## /m).find((section) => section.startsWith(`${title}\n`)) ?? "";
}
