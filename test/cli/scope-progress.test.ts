/** Goal: the progress of a scope is that of its items, whatever else the run does. Method: a scope of one plan, events of all. */
import { expect, test } from "vitest";
import { ScopeProgress } from "../../src/cli/scope-progress.ts";
import { checkPlan } from "../../src/plan/check-plan.ts";
import { itemEvent } from "../support/run-events.ts";

const plan = checkPlan({ tasks: { "P1.M1": {}, "P1.M2": {}, P2: {} } });

test("S2-16: items of the scope are counted as they move, notes and the others are not", () => {
  const scope = new ScopeProgress(plan, ["P1"]);
  expect(scope.counts).toEqual({ todo: 2, claimed: 0, done: 0, failed: 0, cancelled: 0 });
  scope.apply(itemEvent("P1.M1", "todo", "claimed", { item: 0 }));
  scope.apply(itemEvent("P1.M1", "claimed", "claimed", { item: 0 }));
  scope.apply(itemEvent("P1.M2", "todo", "failed", { item: 1 }));
  scope.apply(itemEvent("P2", "todo", "done", { item: 2 }));
  const { key: _, ...ofRun } = itemEvent("", "planned", "running");
  scope.apply(ofRun);
  expect(scope.counts).toEqual({ todo: 0, claimed: 1, done: 0, failed: 1, cancelled: 0 });
  expect(scope.words).toBe("P1");
});

test("S2-16: it begins where the run is", () => {
  const scope = new ScopeProgress(plan, ["P1.M1", "P2"], (item) => (item === 2 ? "done" : "todo"));
  expect(scope.counts).toMatchObject({ todo: 1, done: 1 });
  expect(() => new ScopeProgress(plan, ["P3"])).toThrow(expect.objectContaining({ code: "invalid_usage" }));
});
