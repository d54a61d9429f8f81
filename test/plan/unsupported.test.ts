/** Goal: nothing that a plan asks for is left out in silence. Method: one plan for each refused feature; positions from a real file. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkPlan } from "../../src/plan/check-plan.ts";
import { loadPlan } from "../../src/plan/load-plan.ts";
import type { PlanDefinition } from "../../src/plan/plan.ts";
import { PlanUnsupportedError } from "../../src/plan/problems.ts";
import { scopePlan } from "../../src/plan/scope.ts";
import { refuseUnsupported, unsupportedProblems } from "../../src/plan/unsupported.ts";

const a = (task: object): PlanDefinition => ({ pools: {}, tasks: { b: {}, a: { run: "true", ...task } } });

test.each([
  ["tasks.a.worktree", a({ worktree: true, run: undefined })],
  ["tasks.a.worktree", a({ worktree: true, run: undefined, matrix: { n: [1, 2, 3] } })],
])("%s is refused when the plan is to run, not when it is checked", (path, definition) => {
  const plan = checkPlan(definition);
  expect(unsupportedProblems(plan).problems.map((problem) => problem.path)).toEqual([path]);
  expect(() => refuseUnsupported(plan)).toThrow(PlanUnsupportedError);
  expect(() => refuseUnsupported(plan)).toThrow(expect.objectContaining({ code: "unsupported_feature" }));
});

test.each([
  a({ undo: "./undo.sh", verify: "./check.sh" }),
  a({ files: ["src/**"], worktree: true, needs: { b: "done" } }),
  a({ allowFailure: true, needs: { b: "settled" }, when: { b: 1 } }),
  { groups: { checks: {} }, tasks: { b: {}, c: { join: "all" as const, needs: ["b"] } } },
  {
    ...a({ timeout: "1s", deadline: "1h", attemptsMax: 2, backoff: {}, priority: 1, env: {}, cwd: "." }),
    onFailure: "fail-fast" as const,
  },
  { ...a({ undo: "./undo.sh" }), onFailure: "rollback" as const },
])("what is run is not refused", (definition) => {
  expect(() => refuseUnsupported(checkPlan(definition))).not.toThrow();
});

test("a plan from a file names file, line and column, also in a part of it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "signalbox-unsupported-"));
  const file = join(folder, "p.yaml");
  await writeFile(file, "onFailure: rollback\ntasks:\n  a:\n    worktree: true\n  b: { worktree: true }\n");
  const plan = await loadPlan(file);
  await rm(folder, { recursive: true });
  expect(() => refuseUnsupported(plan)).toThrow(
    `${file}:4:5: expected a plan that this version runs, got worktree: true`,
  );
  const part = unsupportedProblems(scopePlan(plan, ["b"])).problems;
  expect(part.map(({ path, line, column }) => [path, line, column])).toEqual([["tasks.b.worktree", 5, 8]]);
});
