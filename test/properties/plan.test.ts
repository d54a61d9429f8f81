/**
 * Goal: whatever is handed in, a plan comes out that keeps its promises, or one of our errors; never anything else.
 * Method: random valid plans for the promises, random JSON with the names of prototypes everywhere for the rest; where two
 * ways lead to the same answer (JSON by the engine and by hand, text and plan), they are compared.
 */
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { needsOf } from "../../src/graph/graph.ts";
import { checkDefinition, checkPlan } from "../../src/plan/check-plan.ts";
import { executionLayers, executionOrder } from "../../src/plan/execution.ts";
import { planOfText } from "../../src/plan/load-plan.ts";
import type { PlanDefinition } from "../../src/plan/plan.ts";
import { PlanInvalidError } from "../../src/plan/problems.ts";
import { planFromText } from "../../src/plan/read-text.ts";
import { PlanScopeError, scopePlan } from "../../src/plan/scope.ts";
import { readJson } from "../../src/plan/text/json-file.ts";
import { walkJson } from "../../src/plan/text/json-walk.ts";
import { anyPlan, PROTOTYPE_NAMES } from "../support/plans.ts";

const KEYS = [
  ...PROTOTYPE_NAMES,
  ..."tasks needs run matrix env defaults backoff timeout pools uses files a b polluted".split(" "),
];

const anyJson = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.oneof(
      fc.constantFrom<unknown>(null, true, 0, -1, Number.NaN, 1e9, "", "a", "b", "1s", ...PROTOTYPE_NAMES),
      fc.string(),
    ),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.array(fc.tuple(fc.constantFrom(...KEYS), tie("value")), { maxLength: 5 }).map(ownEntries),
  ),
})).value;

/** A map with exactly these keys of its own, as JSON.parse makes them: `__proto__` is a key like any other. */
function ownEntries(entries: [string, unknown][]): object {
  const map = {};
  for (const [key, value] of entries)
    Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
  return map;
}

test.prop([anyJson])("any value is a plan or one of our errors, and touches no prototype", (value) => {
  try {
    checkPlan(value as PlanDefinition);
  } catch (error) {
    expect(error).toBeInstanceOf(PlanInvalidError);
    expect((error as PlanInvalidError).problems.length).toBeGreaterThan(0);
  }
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

test.prop([anyJson, fc.boolean()])("any text is a plan or a located problem", async (value, broken) => {
  const text = broken ? (JSON.stringify(value) ?? "").slice(0, -1) : (JSON.stringify(value, undefined, 1) ?? "");
  const error = await planOfText(text, "json", { name: "x", file: undefined, fromCode: false }, "x.json").then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error === undefined) return;
  expect(error).toBeInstanceOf(PlanInvalidError);
  for (const { line, column, file } of (error as PlanInvalidError).problems) {
    expect(file).toBe("x.json");
    expect(line).toBeGreaterThan(0);
    expect(column).toBeGreaterThan(0);
    expect(line).toBeLessThanOrEqual(text.split("\n").length);
  }
});

test.prop([anyPlan()])(
  "S1-01, S1-04: needs stand before what needs them, in order, numbers and layers",
  (definition) => {
    const plan = checkPlan(definition);
    const layers = executionLayers(plan);
    const layerOf = new Map(layers.flatMap((keys, layer) => keys.map((key) => [key, layer])));
    plan.tasks.forEach(({ key }, n) => {
      expect(plan.numberOf(key)).toBe(n);
      for (const need of needsOf(plan.graph, n)) {
        expect(need).toBeLessThan(n);
        expect(layerOf.get(plan.tasks[need]!.key)!).toBeLessThan(layerOf.get(key)!);
      }
    });
    expect(layers.flat().toSorted()).toEqual(executionOrder(plan).toSorted());
  },
);

test.prop([anyPlan()])("the canonical text gives the very same plan again", (definition) => {
  const plan = checkPlan(definition);
  const again = planFromText(plan.toText());
  expect(again.toText()).toBe(plan.toText());
  expect(again.hash()).toBe(plan.hash());
  expect(JSON.parse(JSON.stringify(again.tasks))).toEqual(JSON.parse(JSON.stringify(plan.tasks)));
  expect(again.tasks.map(({ conditions }) => conditions)).toEqual(plan.tasks.map(({ conditions }) => conditions));
  expect(again.graph).toEqual(plan.graph);
});

test.prop([anyPlan()])("the same plan has the same text, whatever the order of its keys", (definition) => {
  const turned = (value: unknown): unknown =>
    typeof value !== "object" || value === null || Array.isArray(value)
      ? value
      : Object.fromEntries(Object.entries(value).toReversed());
  const tasks = Object.fromEntries(
    Object.entries(definition.tasks).map(([id, { matrix, ...task }]) => [
      id,
      { ...(matrix === undefined ? {} : { matrix }), ...(turned({ ...task, env: turned(task.env) }) as object) },
    ]),
  );
  expect(checkPlan({ ...definition, tasks }).hash()).toBe(checkPlan(definition).hash());
});

test.prop([anyPlan(), fc.nat(), fc.boolean()])(
  "S2-16: a scope with its needs is closed, and without them it is closed or refused",
  (definition, pick, withNeeds) => {
    const plan = checkPlan(definition);
    const { id } = plan.tasks[pick % plan.tasks.length]!;
    const expected = new Set(
      plan.tasks.filter((task) => task.id === id || task.id.startsWith(`${id}.`)).map(({ key }) => key),
    );
    const asked = new Set(expected);
    for (let n = plan.tasks.length - 1; n >= 0; n--) {
      if (expected.has(plan.tasks[n]!.key))
        for (const need of needsOf(plan.graph, n)) expected.add(plan.tasks[need]!.key);
    }
    if (!withNeeds && asked.size < expected.size) {
      expect(() => scopePlan(plan, [id])).toThrow(PlanScopeError);
      return;
    }
    const part = scopePlan(plan, [id], { withNeeds });
    expect(part.tasks.map(({ key }) => key)).toEqual(plan.tasks.flatMap(({ key }) => (expected.has(key) ? [key] : [])));
    part.tasks.forEach(({ key, conditions }, n) => {
      const old = plan.numberOf(key)!;
      const keysOf = (from: typeof plan, needs: Iterable<number>): string[] =>
        Array.from(needs, (need) => from.tasks[need]!.key);
      expect(keysOf(part, needsOf(part.graph, n))).toEqual(keysOf(plan, needsOf(plan.graph, old)));
      expect(conditions && keysOf(part, conditions.keys())).toEqual(
        plan.tasks[old]!.conditions && keysOf(plan, plan.tasks[old]!.conditions.keys()),
      );
    });
  },
);

/** What JSON is made of, and what it is not. */
const CHARS = "{}[]\",:\\ \n\t0-.eEtnfu/'x\u0000\u00e9".split("");

const jsonText = fc
  .tuple(anyJson, fc.array(fc.tuple(fc.nat(), fc.constantFrom(...CHARS)), { maxLength: 3 }))
  .map(([value, edits]) =>
    edits.reduce(
      (text, [at, char]) => text.slice(0, at % (text.length + 1)) + char + text.slice((at % (text.length + 1)) + 1),
      JSON.stringify(value) ?? "",
    ),
  );

test.prop([jsonText], { numRuns: 2_000 })("the walk over JSON accepts exactly what the engine accepts", (text) => {
  const { findings } = walkJson(text, []);
  const accepted = attempt(() => JSON.parse(text) as unknown) !== undefined;
  const onlyEqualKeys = findings.kept.every(({ expected }) => expected === "each key once");
  expect(onlyEqualKeys).toBe(accepted);
  if (!accepted) return;
  expect(readJson(text).findings.total > 0).toBe(findings.total > 0);
});

test.prop([fc.array(fc.tuple(fc.constantFrom("a", "b", "__proto__", "c"), fc.integer({ min: 0, max: 9 })))])(
  "equal keys in JSON are found, and only they",
  (entries) => {
    const text = `{"x":{${entries.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(",")}}}`;
    const keys = entries.map(([key]) => key);
    expect(readJson(text).findings.total).toBe(keys.length - new Set(keys).size);
  },
);

function attempt(read: () => unknown): { value: unknown } | undefined {
  try {
    return { value: read() };
  } catch {
    return undefined;
  }
}

test.prop([anyPlan()])("YAML and JSON read the same plan from the same text", async (definition) => {
  const text = JSON.stringify(definition);
  const source = { name: "x", file: undefined, fromCode: false };
  const fromJson = await planOfText(text, "json", source, "x");
  expect((await planOfText(text, "yaml", source, "x")).toText()).toBe(fromJson.toText());
  const checked = checkDefinition(definition, source);
  expect("plan" in checked && checked.plan.toText()).toBe(fromJson.toText());
});
