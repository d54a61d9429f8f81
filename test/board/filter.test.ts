/** Goal: the filter box means what it says, and whatever is typed is answered. Method: terms one by one; any text at all. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readFilter, toggleTerm } from "../../src/board/data/filter.ts";
import { itemOf } from "../support/board-item.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
const ada = itemOf({
  id: "00000000-0000-0000-0000-000000000001",
  key: "parse",
  title: "Parse the Plan",
  status: "claimed",
  assigned_agent_id: "ada",
  assigned_at: "2026-11-21T11:50:00Z",
  task_type: "feature",
  files: ["src/plan/read.ts"],
  attempt: 2,
  priority: 1,
});
const waiting = itemOf({
  id: "00000000-0000-0000-0000-000000000002",
  key: "ship",
  title: "Ship",
  blocked_by: [ada.id],
  dependencies: [ada.id],
  ready: false,
});
const ready = itemOf({ id: "00000000-0000-0000-0000-000000000003", key: "docs", title: "Docs" });
const keyOf = (id: string): string | undefined => [ada, waiting, ready].find((item) => item.id === id)?.key;
const found = (text: string): string[] => {
  const { matches } = readFilter(text, keyOf);
  return [ada, waiting, ready].filter((item) => matches(item, now)).map(({ key }) => key);
};

test.each([
  ["", ["parse", "ship", "docs"]],
  ["plan", ["parse"]],
  ["PARSE", ["parse"]],
  ['"the plan"', ["parse"]],
  ["state:claimed", ["parse"]],
  ["state:ready,blocked", ["ship", "docs"]],
  ["state:todo -state:ready", ["ship"]],
  ["worker:ad", ["parse"]],
  ["-worker:ada", ["ship", "docs"]],
  ["type:feature", ["parse"]],
  ["file:plan/", ["parse"]],
  ["priority:1", ["parse"]],
  ["attempt:2", ["parse"]],
  ["slow>5m", ["parse"]],
  ["slow>20m", []],
  ["blocked-by:parse", ["ship"]],
  ["needs:parse state:blocked", ["ship"]],
  [ready.id, ["docs"]],
  ["constructor:x", []],
])("%s", (text, keys) => {
  expect(found(text)).toEqual(keys);
});

describe("what cannot be understood", () => {
  test("is told, and leaves everything in", () => {
    for (const text of ["state:lost", "slow>soon", "priority:high"]) {
      const { problems, isEmpty } = readFilter(text, keyOf);
      expect(problems, text).toHaveLength(1);
      expect(isEmpty).toBe(true);
    }
  });

  test("any text is a filter", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (text) => {
        const { matches } = readFilter(text, keyOf);
        expect(typeof matches(ada, now)).toBe("boolean");
      }),
    );
  });
});

test("a click on a term puts it in, puts it in the place of its like, and takes it out again", () => {
  expect(toggleTerm("", "state:failed")).toBe("state:failed");
  expect(toggleTerm("docs state:ready", "state:failed")).toBe("docs state:failed");
  expect(toggleTerm("docs state:failed", "state:failed")).toBe("docs");
});
