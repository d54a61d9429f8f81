/** Goal: a scope takes what it names, says what it lacks, and keeps the order and the conditions. Method: one small plan with dotted ids. */
import { describe, expect, test } from "vitest";
import { checkPlan } from "../../src/plan/check-plan.ts";
import { PlanScopeError, scopePlan } from "../../src/plan/scope.ts";
import { unsupportedProblems } from "../../src/plan/unsupported.ts";

const plan = checkPlan({
  name: "product",
  tasks: {
    setup: {},
    P1: { needs: ["setup"] },
    "P1.M1.T1": {},
    "P1.M1.T2": {
      worktree: true,
      needs: { "P1.M1.T1": "settled" },
    },
    "P1.M10.T1": {},
    "P2.M1": { needs: ["P1.M1.T2"] },
    test: { matrix: { node: [22, 26] }, needs: ["setup"] },
  },
});

const keysOf = (scope: string[], withNeeds = false): string[] =>
  scopePlan(plan, scope, { withNeeds }).tasks.map(({ key }) => key);

function refusalOf(scope: string[]): PlanScopeError {
  try {
    scopePlan(plan, scope);
  } catch (error) {
    if (error instanceof PlanScopeError) return error;
    throw error;
  }
  throw new Error("expected a refusal");
}

describe("S2-16: a scope", () => {
  test("names a task, an item of a matrix, or everything below a dot", () => {
    expect(keysOf(["P1.M1.T1"])).toEqual(["P1.M1.T1"]);
    expect(keysOf(["P1.M1"])).toEqual(["P1.M1.T1", "P1.M1.T2"]);
    expect(keysOf(["P1", "setup"])).toEqual(["setup", "P1", "P1.M1.T1", "P1.M1.T2", "P1.M10.T1"]);
    expect(keysOf(["test[node=26]", "setup"])).toEqual(["setup", "test[node=26]"]);
    expect(keysOf(["test", "setup"])).toEqual(["setup", "test[node=22]", "test[node=26]"]);
  });

  test("of all is the plan itself", () => {
    expect(scopePlan(plan, ["all"])).toBe(plan);
  });

  test("takes what is needed when asked to", () => {
    expect(keysOf(["P2.M1"], true)).toEqual(["P1.M1.T1", "P1.M1.T2", "P2.M1"]);
  });

  test("keeps conditions under their new numbers", () => {
    const part = scopePlan(plan, ["P1.M1"]);
    expect([...part.tasks[1]!.conditions!]).toEqual([[0, "settled"]]);
    expect(part.numberOf("P1.M1.T2")).toBe(1);
    expect(part.name).toBe("product");
  });

  test("without what it needs is refused, naming what is missing", () => {
    const error = refusalOf(["P2"]);
    expect(error).toMatchObject({ code: "invalid_usage", names: ["P1.M1.T2"] });
    expect(error.message).toBe(
      'expected a scope that holds what its items need, got one without "P1.M1.T2"; add them, or use --with-needs',
    );
  });

  test("that names nothing is refused with what was probably meant", () => {
    const error = refusalOf(["P1.M2", "stup", "tset[node=22]"]);
    expect(error.names).toEqual(["P1.M2", "stup", "tset[node=22]"]);
    expect(error.message).toContain('"P1.M2" (did you mean "P1.M1"?)');
    expect(error.message).toContain('"stup" (did you mean "setup"?)');
    expect(error.message).toContain('"tset[node=22]" (did you mean "test[node=22]"?)');
    expect(refusalOf([]).message).toContain("got none");
  });

  test("speaks only of the unsupported features inside it", () => {
    expect(unsupportedProblems(scopePlan(plan, ["P1.M1.T1"])).total).toBe(0);
    expect(unsupportedProblems(scopePlan(plan, ["P1.M1"])).total).toBe(1);
  });
});
