/**
 * Goal: the published schema is the table of fields and says what the check says. Method: the file is compared with what the
 * table makes (`UPDATE_DOCS=1` writes it); an evaluator of the few keywords used judges random plans and spoilt ones.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { checkDefinition } from "../../src/plan/check-plan.ts";
import type { Field } from "../../src/plan/field.ts";
import { BACKOFF_FIELDS, DEFAULTS_FIELDS, GROUP_FIELDS, PLAN_FIELDS, TASK_FIELDS } from "../../src/plan/fields.ts";
import { PRESSURE_FIELDS } from "../../src/plan/pressure-fields.ts";
import { PORT_FIELDS, WORKTREES_FIELDS } from "../../src/plan/worktree-fields.ts";
import { planSchema } from "../../src/plan/schema.ts";
import { anyPlan } from "../support/plans.ts";
import { schemaAccepts } from "../support/json-schema.ts";

const file = fileURLToPath(new URL("../../src/plan/plan.schema.json", import.meta.url));
const source = { name: "x", file: undefined, fromCode: false };
const accepts = (definition: unknown): boolean => "plan" in checkDefinition(definition, source);

test("the schema file is up to date", () => {
  const text = `${JSON.stringify(planSchema(), undefined, 2)}\n`;
  if (process.env["UPDATE_DOCS"] === "1") writeFileSync(file, text);
  expect(readFileSync(file, "utf8")).toBe(text);
});

describe("the table of fields", () => {
  const all: [string, Field][] = [
    ...PLAN_FIELDS.map((field): [string, Field] => [field.name, field]),
    ...TASK_FIELDS.map((field): [string, Field] => [`tasks.${field.name}`, field]),
    ...GROUP_FIELDS.map((field): [string, Field] => [`groups.${field.name}`, field]),
    ...PRESSURE_FIELDS.map((field): [string, Field] => [`pressure.${field.name}`, field]),
    ...WORKTREES_FIELDS.map((field): [string, Field] => [`worktrees.${field.name}`, field]),
    ...PORT_FIELDS.map((field): [string, Field] => [`ports.${field.name}`, field]),
    ...BACKOFF_FIELDS.map((field): [string, Field] => [`backoff.${field.name}`, field]),
  ];

  /** The smallest plan that holds a value under a field's key. */
  function planWith(path: string, name: string, value: unknown): unknown {
    const pools = { network: 2 };
    const fastest = { join: "any", needs: ["lint"] };
    if (path.startsWith("backoff.")) return { tasks: { lint: { backoff: { [name]: value } } } };
    if (path.startsWith("pressure.")) return { pressure: { [name]: value }, tasks: { lint: {} } };
    if (path.startsWith("worktrees.")) return { worktrees: { [name]: value }, tasks: { lint: {} } };
    if (path.startsWith("ports.")) return { worktrees: { ports: { [name]: value } }, tasks: { lint: {} } };
    if (path.startsWith("groups."))
      return { groups: { checks: { [name]: value }, release: {} }, tasks: { lint: {}, fastest } };
    if (path.startsWith("tasks."))
      return { pools, groups: { checks: {} }, tasks: { lint: {}, other: { needs: ["lint"], [name]: value } } };
    return { tasks: { lint: {} }, [name]: value };
  }

  test.each(all)("%s: its example and its default are accepted, by the check and by the schema", (path, field) => {
    for (const value of [field.example, field.defaultValue]) {
      if (value === undefined) continue;
      const definition = planWith(path, field.name, value);
      expect(accepts(definition)).toBe(true);
      expect(schemaAccepts(planSchema(), definition)).toBe(true);
    }
  });

  test.each(all)("%s: a value of no kind is refused by both", (path, field) => {
    const wrong = planWith(path, field.name, field.name === "version" ? 2 : [[]]);
    expect(accepts(wrong)).toBe(false);
    expect(schemaAccepts(planSchema(), wrong)).toBe(false);
  });

  test("defaults take exactly what contract and type name", () => {
    expect(DEFAULTS_FIELDS.map(({ name }) => name)).toEqual([
      "attemptsMax",
      "backoff",
      "timeout",
      "deadline",
      "priority",
      "env",
      "cwd",
    ]);
  });
});

property.prop([anyPlan()])("a plan that the check accepts is accepted by the schema", (definition) => {
  expect(accepts(definition)).toBe(true);
  expect(schemaAccepts(planSchema(), definition)).toBe(true);
});

property.prop([anyPlan(), fc.constantFrom("a b", "", "_x", "__proto__", "constructor")])(
  "a name that the check refuses is refused by the schema",
  (definition, name) => {
    const tasks = JSON.parse(`{${JSON.stringify(name)}:{}}`) as object;
    const spoilt = { ...definition, tasks };
    expect(accepts(spoilt)).toBe(false);
    expect(schemaAccepts(planSchema(), spoilt)).toBe(false);
  },
);
