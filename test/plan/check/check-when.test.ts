/** Goal: `when` and `join` are refused wherever they could not mean anything. Method: small plans, right and wrong. */
import { expect, test } from "vitest";
import { checkPlan } from "../../../src/plan/check-plan.ts";
import type { PlanDefinition, TaskDefinition } from "../../../src/plan/plan.ts";
import { PlanInvalidError } from "../../../src/plan/problems.ts";
import { planFromText } from "../../../src/plan/read-text.ts";
import { scopePlan } from "../../../src/plan/scope.ts";

const problemsOf = (definition: PlanDefinition): (readonly [string, string])[] => {
  try {
    checkPlan(definition);
    return [];
  } catch (error) {
    if (!(error instanceof PlanInvalidError)) throw error;
    return error.problems.map(({ path, message }) => [path, message] as const);
  }
};

const tasks: Readonly<Record<string, TaskDefinition>> = {
  other: {},
  test: { matrix: { node: [22, 26] } },
  gate: { needs: ["other"] },
  go: { needs: ["gate", "test"], when: { gate: ["yes", 1, null], test: true } },
  end: { needs: ["go"], join: "all" },
};

test("keeps for each needed item the values that its output may have, by number, through text and scope", () => {
  const plan = checkPlan({ tasks });
  const number = (key: string): number => plan.numberOf(key)!;
  const expected = new Map([
    [number("gate"), ["yes", 1, null]],
    [number("test[node=22]"), [true]],
    [number("test[node=26]"), [true]],
  ]);
  expect(plan.tasks[number("go")]!.when).toEqual(expected);
  expect(plan.tasks[number("end")]!.join).toBe("all");
  const again = planFromText(plan.toText());
  expect(again.tasks).toEqual(plan.tasks);
  const part = scopePlan(checkPlan({ tasks: { first: {}, ...tasks } }), ["go"], { withNeeds: true });
  expect([...part.tasks.at(-1)!.when!.keys()].map((need) => part.tasks[need]!.key).toSorted()).toEqual(
    ["gate", "test[node=22]", "test[node=26]"].toSorted(),
  );
});

test.each<[Readonly<Record<string, TaskDefinition>>, string, string]>([
  [{ a: { when: {} } }, "tasks.a.when", "a map from a need to the value"],
  [{ a: { when: [] as never } }, "tasks.a.when", "a map from a need to the value"],
  [{ b: {}, a: { needs: ["b"], when: { b: [] } } }, "tasks.a.when.b", "a list of 1 to 100"],
  [{ b: {}, a: { needs: ["b"], when: { b: { c: 1 } as never } } }, "tasks.a.when.b", "text, a number"],
  [{ b: {}, a: { needs: ["b"], when: { b: Number.NaN } } }, "tasks.a.when.b", "text, a number"],
  [{ lint: {}, a: { needs: ["lint"], when: { lnt: 1 } } }, "tasks.a.when.lnt", "did you mean `lint`?"],
  [{ b: {}, a: { when: { b: 1 } } }, "tasks.a.when.b", "add it to `needs`"],
  [{ a: { join: "any" } }, "tasks.a.join", "at least one need"],
  [{ b: {}, a: { needs: ["b"], join: "all", run: "true" } }, "tasks.a.run", "a join runs nothing"],
  [{ b: {}, a: { needs: ["b"], join: "some" as never } }, "tasks.a.join", "expected all or any"],
])("%j is refused", (wrong, path, words) => {
  const problems = problemsOf({ tasks: wrong });
  expect(problems.map(([at]) => at)).toEqual([path]);
  expect(problems[0]![1]).toContain(words);
});

test("a join without needs is done at once, so `all` may have none", () => {
  expect(problemsOf({ tasks: { a: { join: "all" } } })).toEqual([]);
});
