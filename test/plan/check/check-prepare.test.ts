/**
 * Goal: the input `prepare` of a task is what was prepared, and nothing else stands in its place.
 * Method: plans with a task, or a matrix of tasks, that has that name.
 */
import { expect, test } from "vitest";
import { checkPlan } from "../../../src/plan/check-plan.ts";
import type { PlanInvalidError } from "../../../src/plan/problems.ts";
import type { TaskDefinition } from "../../../src/plan/plan.ts";

const problemsOf = (tasks: Record<string, TaskDefinition>): string[] => {
  try {
    checkPlan({ tasks });
    return [];
  } catch (error) {
    return (error as PlanInvalidError).problems.map(({ expected, got }) => `${expected}: ${got}`);
  }
};
const prepared = { prepare: "p", run: "x" };
const FREE = 'the input "prepare" free for what is prepared';

test("a task with `prepare` needs no task of that name, not as an item of a matrix either, and is none itself", () => {
  expect(problemsOf({ prepare: {}, a: { ...prepared, needs: ["prepare"] } })).toEqual([
    `${FREE}: the id of a task that it needs`,
  ]);
  expect(problemsOf({ prepare: { matrix: { n: [1, 2] } }, a: { ...prepared, needs: ["prepare[n=1]"] } })).toEqual([
    `${FREE}: the id of a task that it needs`,
  ]);
  expect(problemsOf({ prepare: prepared })).toEqual([`${FREE}: the task's own id`]);
});

test("elsewhere the name is like any other, and a join prepares nothing", () => {
  expect(
    problemsOf({ prepare: {}, b: { needs: ["prepare"] }, prepared, a: { ...prepared, needs: ["prepared"] } }),
  ).toEqual([]);
  expect(problemsOf({ a: {}, j: { join: "all", needs: ["a"], prepare: "p" } })).toEqual([
    "no such key beside `join`: prepare",
  ]);
});
