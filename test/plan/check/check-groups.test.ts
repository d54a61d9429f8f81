/** Goal: groups name what is there and never hold themselves. Method: small plans, right and wrong. */
import { expect, test } from "vitest";
import { checkPlan } from "../../../src/plan/check-plan.ts";
import type { GroupDefinition, TaskDefinition } from "../../../src/plan/plan.ts";
import { PlanInvalidError } from "../../../src/plan/problems.ts";
import { planFromText } from "../../../src/plan/read-text.ts";
import { scopePlan } from "../../../src/plan/scope.ts";

const tasks: Readonly<Record<string, TaskDefinition>> = {
  fast: { group: "race" },
  slow: { group: "race" },
  first: { needs: ["fast", "slow"], join: "any", group: "all" },
};

test("keeps groups by name, a race as the number of its join, through text and scope", () => {
  const groups = { race: { onError: "settleAll", race: "first", group: "all" }, all: {} } as const;
  const plan = checkPlan({ groups, tasks });
  expect(plan.groups).toEqual([
    { name: "all", onError: "failFast", race: undefined, group: undefined },
    { name: "race", onError: "settleAll", race: 2, group: "all" },
  ]);
  expect(plan.tasks.map(({ group }) => group)).toEqual(["race", "race", "all"]);
  const again = planFromText(plan.toText());
  expect(again.groups).toEqual(plan.groups);
  expect(again.hash()).toBe(plan.hash());
  const turned = checkPlan({ groups: { all: {}, race: groups.race }, tasks });
  expect(turned.hash()).toBe(plan.hash());
  expect(scopePlan(plan, ["slow"]).groups[1]!.race).toBeUndefined();
  expect(
    scopePlan(checkPlan({ groups, tasks: { zero: {}, ...tasks } }), ["first"], { withNeeds: true }).groups,
  ).toEqual(plan.groups);
});

test.each<[string, Readonly<Record<string, GroupDefinition>>, Readonly<Record<string, TaskDefinition>>, string]>([
  ["tasks.a.group", {}, { a: { group: "checks" } }, "add it under `groups`"],
  ["tasks.a.group", { checks: {} }, { a: { group: "cheks" } }, "did you mean `checks`?"],
  ["groups.a.group", { a: { group: "b" } }, {}, "the name of a group"],
  ["groups.a.group", { a: { group: "a" } }, {}, "a -> a"],
  ["groups.a.race", { a: { race: "nobody" } }, {}, "`join: any`"],
  ["groups.a.race", { a: { race: "frist" } }, tasks, "did you mean `first`?"],
  ["groups.a.race", { a: { race: "fast" } }, {}, "`join: any`"],
  ["groups.a.onError", { a: { onError: "isolate" as never } }, {}, "failFast or settleAll"],
  ["groups.a.onFailure", { a: { onFailure: "x" } as never }, {}, "a key of a group"],
])("%s of %j is refused", (path, groups, more, words) => {
  const all = { race: {}, all: {}, ...groups };
  const refused = (): unknown => checkPlan({ groups: all, tasks: { ...tasks, ...more } });
  expect(refused).toThrow(PlanInvalidError);
  expect(refused).toThrow(words);
  expect(refused).toThrow(expect.objectContaining({ problems: [expect.objectContaining({ path })] }));
});

test("two groups inside each other, and too many of them, are refused", () => {
  expect(() => checkPlan({ groups: { a: { group: "b" }, b: { group: "a" } }, tasks: { x: {} } })).toThrow(
    "a -> b -> a",
  );
  const groups = Object.fromEntries(
    Array.from({ length: 70 }, (_, n) => [`g${n}`, n === 0 ? {} : { group: `g${n - 1}` }]),
  );
  expect(() => checkPlan({ groups, tasks: { x: {} } })).toThrow("at most 64 groups inside each other");
});
