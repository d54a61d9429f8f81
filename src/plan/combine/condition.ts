import { UsageError } from "../../base/errors.ts";
import { markCondition } from "../check/condition-mark.ts";
import { makeStep, type StepNode, type TaskNode } from "./step.ts";

/**
 * The condition of a `when`: one task. Whoever does it, a function, a command or somebody who claims it, has to answer true or
 * false, or nothing, which is false; the engine looks at that.
 */
export function asCondition(step: StepNode): TaskNode {
  if (step.kind !== "task")
    throw new UsageError(
      `expected the condition of when to be one task without a matrix, got a ${step.kind}; put what comes before it into a sequence`,
    );
  return makeStep({ ...step, definition: Object.freeze(markCondition({ ...step.definition })) });
}
