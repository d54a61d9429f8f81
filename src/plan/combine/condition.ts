import { UsageError } from "../../base/errors.ts";
import type { TaskFunction } from "../../items/task-function.ts";
import { TerminalError } from "../../items/terminal-error.ts";
import { markCondition } from "../check/condition-mark.ts";
import { describe, quote } from "../check/names.ts";
import { makeStep, type StepNode, type TaskNode } from "./step.ts";

/**
 * The condition of a `when`: one task, whose function has to answer with true or false. A command, or somebody who claims it, may
 * also answer nothing, which is false; the engine looks at that.
 */
export function asCondition(step: StepNode): TaskNode {
  if (step.kind !== "task")
    throw new UsageError(
      `expected the condition of when to be one task without a matrix, got a ${step.kind}; put what comes before it into a sequence`,
    );
  const { run } = step.definition;
  const checked = typeof run === "function" ? answeringYesOrNo(step.id, run) : run;
  const definition = markCondition({ ...step.definition, ...(checked !== undefined && { run: checked }) });
  return makeStep({ ...step, definition: Object.freeze(definition) });
}

/** A function that answers 5 or "no" most likely means something by it: that is no time to guess. */
function answeringYesOrNo(id: string, run: TaskFunction): TaskFunction {
  const check = (answer: unknown): boolean => {
    if (typeof answer === "boolean") return answer;
    throw new TerminalError(
      `expected the condition ${quote(id)} to answer true or false, got ${describe(answer)}; compare, and return the result`,
    );
  };
  return (context) => {
    const answer = run(context);
    return isPromise(answer) ? Promise.resolve(answer).then(check) : check(answer);
  };
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
