// Goal: what a task carries along for people comes back as it was written, and cannot be used to harm.
import { describe, expect, test } from "vitest";
import { checkPlan } from "../../src/plan/check-plan.ts";
import { PlanInvalidError } from "../../src/plan/problems.ts";
import { planFromText } from "../../src/plan/read-text.ts";
import type { Plan } from "../../src/plan/plan.ts";

const planWith = (task: object): Plan => checkPlan({ tasks: { a: { run: "true", ...task } } });

function problemOf(task: object): string {
  try {
    planWith(task);
  } catch (error) {
    return error instanceof PlanInvalidError ? error.message : String(error);
  }
  return "none";
}

describe("S4-07: metadata and estimatedHours", () => {
  test("come back from the stored text, frozen on every level", () => {
    const plan = planWith({ estimatedHours: 1.5, metadata: { z: [1, { b: null, a: "x" }], a: true } });
    const again = planFromText(plan.toText());
    for (const { tasks } of [plan, again]) {
      expect(tasks[0]).toMatchObject({ estimatedHours: 1.5, metadata: { a: true, z: [1, { a: "x", b: null }] } });
      expect(Object.isFrozen(tasks[0]!.metadata!["z"])).toBe(true);
    }
    expect(again.hash()).toBe(plan.hash());
  });

  test("the order of keys makes no other plan, on any level", () => {
    const one = planWith({ metadata: { a: { x: 1, y: 2 }, b: 1 } });
    const other = planWith({ metadata: { b: 1, a: { y: 2, x: 1 } } });
    expect(other.hash()).toBe(one.hash());
    expect(planWith({ metadata: { b: 2, a: { y: 2, x: 1 } } }).hash()).not.toBe(one.hash());
  });

  test("a key __proto__ is a key like others and reaches no prototype", () => {
    const metadata = JSON.parse('{"__proto__":{"a":1}}') as object;
    const again = planFromText(planWith({ metadata }).toText());
    expect(Object.keys(again.tasks[0]!.metadata!)).toEqual(["__proto__"]);
    expect((again.tasks[0]!.metadata as Record<string, unknown>)["a"]).toBeUndefined();
    expect(({} as Record<string, unknown>)["a"]).toBeUndefined();
  });

  test.each([
    [{ metadata: [1] }, "expected a map"],
    [{ metadata: "x" }, "expected a map"],
    [{ metadata: { a: () => 1 } }, "what JSON can carry"],
    [{ metadata: { a: "x".repeat(70_000) } }, "at most 65536 bytes"],
    [{ estimatedHours: -1 }, "number from 0"],
    [{ estimatedHours: "2h" }, "number from 0"],
  ])("%j is refused", (task, words) => {
    expect(problemOf(task)).toContain(words);
  });
});
