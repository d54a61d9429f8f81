import type { Findings } from "../check/findings.ts";
import { describe, isMap } from "../check/names.ts";
import type { PlanDefinition } from "../plan.ts";
import { compileStep } from "./compile.ts";
import { isStep, nodeOf, type Step } from "./step.ts";
import { stepOf, type StepLike } from "./step-arguments.ts";

/** A plan whose tasks are put together by combinators: `steps` in place of `tasks` and `groups`. */
export interface CombinedPlan extends Omit<PlanDefinition, "tasks" | "groups"> {
  readonly steps: StepLike;
}

/** Whatever a plan can be made from. */
export type PlanInput = PlanDefinition | CombinedPlan | Step;

/** The definition with tasks, for one with steps or for a step alone; anything else as it is. */
export function withTasks(definition: unknown, findings: Findings): unknown {
  if (isStep(definition)) return compileStep(nodeOf(definition), findings);
  if (!isMap(definition) || definition["steps"] === undefined) return definition;
  const { steps, ...rest } = definition;
  for (const key of ["tasks", "groups"] as const) {
    if (rest[key] !== undefined)
      findings.addAt([key], `no \`${key}\` beside \`steps\``, "both", "put all tasks into steps", "key");
  }
  if (isStep(steps) || (isMap(steps) && typeof steps["id"] === "string"))
    return { ...rest, ...compileStep(stepOf(steps, "steps"), findings) };
  findings.addAt(
    ["steps"],
    "a step",
    describe(steps),
    "make one with task, sequence, parallel, race, matrix, when, fallback or retry",
  );
  // The plan is refused: that it has no tasks either need not be said.
  return { ...rest, tasks: { steps: {} } };
}
