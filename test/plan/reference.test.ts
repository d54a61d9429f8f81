/**
 * Goal: the tables of keys in docs/reference/plan-file.md are the table that the check reads. Method: they are generated again and
 * compared; `UPDATE_DOCS=1` writes what differs. The page's other numbers are compared with the limits.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LIMITS } from "../../src/base/limits.ts";
import type { Field, Kind } from "../../src/plan/field.ts";
import { BACKOFF_FIELDS, GROUP_FIELDS, PLAN_FIELDS, TASK_FIELDS } from "../../src/plan/fields.ts";
import { PORT_FIELDS, WORKTREES_FIELDS } from "../../src/plan/worktree-fields.ts";
import { PRESSURE_FIELDS } from "../../src/plan/pressure-fields.ts";

const page = new URL("../../docs/reference/plan-file.md", import.meta.url);
const TABLES: Readonly<Record<string, readonly Field[]>> = {
  PLAN_FIELDS,
  TASK_FIELDS,
  BACKOFF_FIELDS,
  GROUP_FIELDS,
  PRESSURE_FIELDS,
  WORKTREES_FIELDS,
  PORT_FIELDS,
};

test("the tables of keys are up to date", () => {
  const text = readFileSync(page, "utf8");
  const fresh = text.replace(
    /(<!-- plan-file (\w+) -->\n)[^]*?(<!-- \/plan-file -->)/g,
    (_, start: string, name: string, end: string) => `${start}\n${tableOf(TABLES[name]!)}\n\n${end}`,
  );
  if (process.env["UPDATE_DOCS"] === "1" && fresh !== text) writeFileSync(page, fresh);
  else expect(fresh, "docs/reference/plan-file.md is stale: run UPDATE_DOCS=1 npm test -- test/plan").toBe(text);
});

test.each(["tasksMax", "needsMax", "matrixItemsMax", "planDepthMax", "yamlAliasesMax", "planProblemsMax"] as const)(
  "%s is as the page says",
  (name) => {
    expect(readFileSync(page, "utf8")).toContain(`| \`${name}\` | ${LIMITS[name].toLocaleString("en-US")} |`);
  },
);

function tableOf(fields: readonly Field[]): string {
  const rows = fields.map(
    (field) =>
      `| \`${field.name}\` | ${kindText(field.kind)} | ${field.default === undefined ? (field.required === true ? "required" : "none") : defaultText(field)} | ${field.description} | ${exampleOf(field)} |`,
  );
  return ["| key | value | default | meaning | example |", "| --- | --- | --- | --- | --- |", ...rows].join("\n");
}

function defaultText(field: Field): string {
  return field.defaultValue === undefined ? field.default! : `\`${field.default}\``;
}

function exampleOf({ example }: Field): string {
  return `\`${typeof example === "string" ? example : JSON.stringify(example).replaceAll(/([,:])/g, "$1 ")}\``;
}

function kindText(kind: Kind): string {
  switch (kind.is) {
    case "text":
      return `text, at most ${kind.charsMax.toLocaleString("en-US")} characters${kind.lines ? ", lines allowed" : ""}`;
    case "word":
      return "a word";
    case "choice":
      return kind.choices.map((choice) => `\`${choice}\``).join(" ");
    case "whole":
      return `whole number, ${kind.min} to ${kind.max.toLocaleString("en-US")}`;
    case "number":
      return `number, ${kind.min} to ${kind.max}`;
    case "switch":
      return "`true` `false`";
    case "duration":
      return `duration, from ${kind.minMs}ms`;
    case "command":
      return `text, at most ${kind.charsMax.toLocaleString("en-US")} characters`;
    case "needs":
      return "list of ids, or map from id to condition";
    case "when":
      return "map from need to a value, or a list of values";
    case "matrix":
      return "map from axis to list of values";
    case "globs":
      return "list of paths and globs";
    case "data":
      return "map";
    case "counts":
      return "map from pool to whole number";
    case "environment":
      return "map from variable to text";
    case "group":
      return "map";
    case "groups":
      return "map from name to group";
    case "tasks":
      return "map from id to task";
  }
}
