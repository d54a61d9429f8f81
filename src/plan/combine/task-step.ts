import { UsageError } from "../../base/errors.ts";
import { checkMatrix, type Axis } from "../check/check-collection.ts";
import { Findings, problemsOf } from "../check/findings.ts";
import { combinations } from "../check/matrix.ts";
import { describe, isMap, quote } from "../check/names.ts";
import { PlanInvalidError } from "../problems.ts";
import { Suggester } from "../suggest.ts";
import { makeStep, type StepNode, type StepTask, type TaskNode } from "./step.ts";

/** Keys of a task that say what comes before it. */
const OF_COMBINATORS = ["needs", "when", "join", "group"] as const;

/** The step of one task; with a `matrix` of its own, the steps of its items side by side. */
export function taskStep(id: string, definition: StepTask): StepNode {
  if (typeof id !== "string") throw new UsageError(`expected the id of a task, got ${describe(id)}; write text`);
  if (!isMap(definition)) {
    const got = describe(definition);
    throw new UsageError(`expected the keys of task ${quote(id)}, got ${got}; write for example { run: "make" }`);
  }
  for (const key of OF_COMBINATORS) {
    if ((definition as Record<string, unknown>)[key] === undefined) continue;
    throw new UsageError(
      `expected task ${quote(id)} without \`${key}\`, since the combinators around it say what comes first, got one; remove it`,
    );
  }
  const { matrix, ...rest } = definition;
  if (matrix === undefined) return leaf(id, rest);
  const cases = combinations(checkedAxes(matrix));
  const children = cases.map(() => leaf(id, rest));
  return makeStep({
    kind: "matrix",
    name: undefined,
    onError: undefined,
    combinations: cases,
    children,
    tasks: children.length,
    entries: children.length,
  });
}

function leaf(id: string, definition: StepTask): TaskNode {
  return makeStep({
    kind: "task",
    id,
    definition: Object.freeze({ ...definition }),
    children: [],
    tasks: 1,
    entries: 1,
  });
}

/**
 * The axes of a matrix that is written in code.
 * @throws PlanInvalidError with every problem
 */
export function checkedAxes(axes: unknown): readonly Axis[] {
  const findings = new Findings();
  findings.steps.push("matrix");
  const checked = checkMatrix({ findings, suggester: new Suggester(), fromCode: true }, axes, { is: "matrix" });
  if (checked === undefined || findings.total > 0) throw new PlanInvalidError(problemsOf(findings));
  // What the check answers for a matrix are its axes.
  return checked as readonly Axis[];
}
