// Goal: a task that is edited is checked like one that is written so, and nothing else of the plan changes.
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { needsOf } from "../../../src/graph/graph.ts";
import { topologicalOrder } from "../../../src/graph/order.ts";
import { checkPlan } from "../../../src/plan/check-plan.ts";
import { matrix, task, when } from "../../../src/plan/combine/combinators.ts";
import { editTask, type TaskChanges } from "../../../src/plan/grow/edit-task.ts";
import type { Plan } from "../../../src/plan/plan.ts";
import { PlanInvalidError } from "../../../src/plan/problems.ts";
import { planFromText, storedTask, withStoredChanges } from "../../../src/plan/read-text.ts";
import { anyPlan } from "../../support/plans.ts";

const plan = checkPlan({
  pools: { network: 2 },
  tasks: {
    a: { run: "a" },
    m: { run: "m", matrix: { node: [22, 26] }, needs: ["a"] },
    b: { run: "b", needs: { a: "settled" }, when: { a: [1] }, timeout: "1m", uses: { network: 1 }, priority: 1 },
    c: { run: "c", needs: ["b", "m"] },
    all: { join: "all", needs: ["c"] },
  },
});
const edited = (key: string, changes: TaskChanges, of = plan): Plan => editTask(of, of.numberOf(key)!, changes);
const needKeys = (of: Plan, key: string): string[] =>
  Array.from(needsOf(of.graph, of.numberOf(key)!), (need) => of.tasks[need]!.key);
function problemsOf(key: string, changes: unknown): string[] {
  try {
    edited(key, changes as TaskChanges);
  } catch (error) {
    if (error instanceof PlanInvalidError) return error.problems.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

test("what is named changes, null takes it away, the rest stays", () => {
  const grown = edited("b", {
    timeout: null,
    deadline: "2m",
    uses: { network: 2 },
    needs: ["a", "m[node=26]"],
    when: null,
  });
  const before = plan.tasks[plan.numberOf("b")!]!;
  const after = grown.tasks[grown.numberOf("b")!]!;
  expect(after).toEqual({
    ...before,
    timeoutMs: undefined,
    deadlineMs: 120_000,
    uses: { network: 2 },
    conditions: undefined,
    when: undefined,
  });
  expect(needKeys(grown, "b")).toEqual(["a", "m[node=26]"]);
  expect(needKeys(plan, "b")).toEqual(["a"]);
  expect(grown.tasks.filter((task, n) => task !== plan.tasks[n])).toEqual([after]);
});

test("one item of a matrix stays one", () => {
  const grown = edited("m[node=22]", { run: "other", attemptsMax: 3, backoff: { initial: "3s" } });
  const number = plan.numberOf("m[node=22]")!;
  expect(grown.numberOf("m[node=22]")).toBe(number);
  expect(grown.tasks[number]).toEqual({
    ...plan.tasks[number]!,
    run: "other",
    attemptsMax: 3,
    backoff: { initialMs: 3_000, factor: 2, maxMs: 30_000, jitter: true },
  });
});

test("a need may lead to an item with a greater number, and the stored plan has it", () => {
  const grown = edited(
    "a",
    { needs: ["c"] },
    edited("c", { needs: [] }, edited("m[node=22]", { needs: [] }, edited("m[node=26]", { needs: [] }))),
  );
  expect(topologicalOrder(grown.graph)).toBeDefined();
  expect(planFromText(grown.toText()).hash()).toBe(grown.hash());
  expect(() => planFromText(grown.toText().replace('"key":"c"', '"key":"c","needs":[0]'))).toThrow(PlanInvalidError);
});

describe("all problems at once", () => {
  test("of keys that cannot be edited, of values, needs and pools", () => {
    expect(
      problemsOf("b", {
        matrix: { x: [1] },
        prioritty: 3,
        timeout: "soon",
        needs: ["alll", "b"],
        uses: { network: 9 },
        when: { c: 1 },
      }),
    ).toEqual([
      expect.stringContaining(
        'tasks.b.matrix: expected a key that can be edited while the run goes on, got "matrix"; leave it out',
      ),
      'tasks.b.prioritty: expected a key that can be edited while the run goes on, got "prioritty"; did you mean `priority`?',
      expect.stringContaining("tasks.b.timeout: expected a duration"),
      expect.stringContaining("tasks.b.uses.network: expected at most 2"),
      expect.stringContaining("tasks.b.when.c: expected a need of this task"),
      'tasks.b.needs[0]: expected the id of a task of this plan, got "alll"; did you mean `all`?',
      "tasks.b.needs: expected needs without a cycle, got b -> b; remove the need on itself",
    ]);
    expect(problemsOf("b", [])).toEqual([expect.stringContaining("tasks.b: expected a map from key to new value")]);
    expect(problemsOf("all", { run: "x" })).toEqual([expect.stringContaining("expected no such key beside `join`")]);
    expect(problemsOf("b", { needs: ["m"] })).toEqual([
      expect.stringContaining("tasks.b.when.a: expected a need of this task"),
    ]);
  });

  test("S2-13: a cycle is refused with its path", () => {
    expect(() => edited("a", { needs: ["all"] })).toThrow(
      expect.objectContaining({ code: "plan_cycle", path: expect.arrayContaining(["a", "all", "c"]) }),
    );
  });
});

test("what combinators say of a task stays with it", () => {
  const combined = checkPlan(
    when(
      task("ask", { run: () => true }),
      matrix({ os: ["a", "b"] }, () => task("m", { run: "x" })),
      task("n", { run: "x" }),
    ),
  );
  for (let n = 0; n < combined.tasks.length; n++) expect(editTask(combined, n, {}).tasks[n]).toEqual(combined.tasks[n]);
});

test.prop([anyPlan()], { numRuns: 300 })("an edit that says nothing changes nothing, of any task", (definition) => {
  const any = checkPlan(definition);
  for (let n = 0; n < any.tasks.length; n++) expect(editTask(any, n, {}).toText()).toBe(any.toText());
});

test.prop(
  [anyPlan(), fc.array(fc.tuple(fc.nat(), fc.uniqueArray(fc.nat(), { maxLength: 3 })), { minLength: 1, maxLength: 6 })],
  {
    numRuns: 1_000,
  },
)(
  "edits of needs are refused exactly when they make a cycle; the others are folded from the journal",
  (definition, edits) => {
    const first = checkPlan(definition);
    let grown = first;
    const stored: { item: number; task: never }[] = [];
    for (const [which, needs] of edits) {
      const item = which % grown.tasks.length;
      const wanted = [...new Set(needs.map((need) => need % grown.tasks.length))];
      const before = grown.toText();
      const closes = wanted.some((need) => reaches(grown, need, item));
      const change = { needs: wanted.map((need) => grown.tasks[need]!.key), when: null };
      if (closes) expect(() => editTask(grown, item, change)).toThrow(expect.objectContaining({ code: "plan_cycle" }));
      else if (!(grown.tasks[item]!.join === "any" && wanted.length === 0)) {
        grown = editTask(grown, item, change);
        stored.push({ item, task: storedTask(grown, item) as never });
      }
      if (closes) expect(grown.toText()).toBe(before);
    }
    expect(topologicalOrder(grown.graph)).toBeDefined();
    expect(withStoredChanges(first, stored).toText()).toBe(grown.toText());
  },
);

/** Whether `from` needs `to`, directly or not, or is it. */
function reaches({ graph }: Plan, from: number, to: number): boolean {
  const open = [from];
  const seen = new Set(open);
  for (let n = open.pop(); n !== undefined; n = open.pop()) {
    if (n === to) return true;
    for (const need of needsOf(graph, n)) if (!seen.has(need)) open.push((seen.add(need), need));
  }
  return false;
}
