/**
 * Goal: what no task asks for can be left out of a run, and what one of them asks for cannot.
 * Method: one plan for each demand, of which only the last task asks. A bug looks like a check or a stage that is never run.
 */
import { expect, test } from "vitest";
import { checkPlan } from "../../src/plan/check-plan.ts";
import { demandsOf, type Demands } from "../../src/plan/demands.ts";
import type { PlanDefinition, TaskDefinition } from "../../src/plan/plan.ts";

const asked = (last: TaskDefinition): string[] => {
  const definition: PlanDefinition = { pools: { disk: 1 }, tasks: { a: { run: "true" }, b: { run: "true" }, z: last } };
  const demands: Demands = demandsOf(checkPlan(definition).tasks);
  return Object.entries(demands).flatMap(([name, is]) => (is ? [name] : []));
};

test("a plan of plain needs asks for nothing, whatever its tasks say of time, attempts and names", () => {
  expect(asked({})).toEqual([]);
  expect(asked({ run: "true", needs: ["a", "b"], timeout: 5, attemptsMax: 3, title: "t", metadata: { a: 1 } })).toEqual(
    [],
  );
  expect(asked({ needs: { a: "done" }, matrix: { n: [1, 2] }, env: { A: "1" }, allowFailure: true })).toEqual([]);
});

test.each<[string, TaskDefinition]>([
  ["conditions", { needs: { a: "settled" } }],
  ["conditions", { needs: ["a"], when: { a: 1 } }],
  ["conditions", { needs: ["a"], join: "all" }],
  ["prepare", { run: "true", prepare: "true" }],
  ["verify", { run: "true", verify: "true" }],
  ["undo", { run: "true", undo: "true" }],
  ["uses", { uses: { disk: 1 } }],
  ["files", { files: ["src/**"] }],
  ["worktree", { run: "true", worktree: true }],
  ["priority", { priority: 4 }],
])("%s is asked for when one task does", (demand, last) => {
  expect(asked(last)).toEqual([demand]);
});

test("no tasks ask for nothing", () => {
  expect(Object.values(demandsOf([])).some(Boolean)).toBe(false);
});
