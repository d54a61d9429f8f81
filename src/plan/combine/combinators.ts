/** The functions with which plans are put together. Each makes a step; `definePlan` turns the outermost one into a plan. */
import { UsageError } from "../../base/errors.ts";
import { combinations, type Combination } from "../check/matrix.ts";
import { describe, isMap } from "../check/names.ts";
import type { BackoffDefinition, GroupPolicy } from "../plan.ts";
import { asCondition } from "./condition.ts";
import { makeStep, type Step, type StepNode, type StepTask } from "./step.ts";
import {
  checkedChoice,
  checkedName,
  optionsOf,
  splitOptions,
  stepOf,
  taskCount,
  type StepLike,
} from "./step-arguments.ts";
import { checkedAxes, taskStep } from "./task-step.ts";

/** The name of a combination: of its box in drawings, and of the join that stands for it. Default: its kind and a number. */
export interface StepOptions {
  readonly name?: string;
}

/** What a failure does to what stands beside it: `failFast` (the default) cancels it, `settleAll` lets it come to its end. */
export interface ParallelOptions extends StepOptions {
  readonly onError?: GroupPolicy;
}

/** How often each task is tried, and how long to wait in between. */
export interface RetryOptions {
  readonly attemptsMax: number;
  readonly backoff?: BackoffDefinition;
}

/** Axes of a matrix, each with its values. */
export type MatrixAxes = Readonly<Record<string, readonly (string | number | boolean)[]>>;
/** One value of each axis. */
export type MatrixValues<Axes extends MatrixAxes> = { readonly [Axis in keyof Axes]: Axes[Axis][number] };

/**
 * A task. `{ id, ...definition }` does the same wherever a step may stand.
 * @throws UsageError for keys that say what comes first: the combinators do
 */
export function task(id: string, definition: StepTask = {}): Step {
  return taskStep(id, definition);
}

/** One after the other: each starts when the one before is done as a whole. */
export function sequence(...steps: readonly StepLike[]): Step {
  const children = steps.map((step, i) => stepOf(step, `sequence[${i}]`));
  const first = children.find(({ tasks }) => tasks > 0);
  return makeStep({
    kind: "sequence",
    children,
    tasks: taskCount("sequence", children),
    entries: first?.entries ?? 0,
  });
}

/** All at once. Done when all are; what happens to the others when one fails is said by `onError`. */
export function parallel(...steps: readonly StepLike[] | readonly [...StepLike[], ParallelOptions]): Step {
  const { steps: children, options } = splitOptions<ParallelOptions>("parallel", steps, ["onError", "name"]);
  return makeStep({
    kind: "parallel",
    name: checkedName("a parallel", options.name),
    onError: checkedChoice("onError of parallel", options.onError, ["failFast", "settleAll"]),
    children,
    tasks: taskCount("parallel", children),
    entries: entriesOf(children),
  });
}

/** All at once, until one is done: the others are cancelled then. It has failed when all of them have. */
export function race(...steps: readonly StepLike[] | readonly [...StepLike[], StepOptions]): Step {
  return choice("race", steps);
}

/** The first; when it has failed the second, and so on. It has failed when the last one has. */
export function fallback(...steps: readonly StepLike[] | readonly [...StepLike[], StepOptions]): Step {
  return choice("fallback", steps);
}

function choice(kind: "race" | "fallback", values: readonly unknown[]): Step {
  const { steps: children, options } = splitOptions<StepOptions>(kind, values, ["name"]);
  if (children.length === 0) throw new UsageError(`expected at least one step in ${kind}, got none; add one`);
  return makeStep({
    kind,
    name: checkedName(`a ${kind}`, options.name),
    children,
    tasks: taskCount(kind, children),
    entries: entriesOf(children),
  });
}

/**
 * The step that `build` gives for every combination of the axes' values, all at once. An id that several combinations share
 * gets their values: `test[node=22]`.
 */
export function matrix<const Axes extends MatrixAxes>(
  axes: Axes,
  build: (values: MatrixValues<Axes>) => StepLike,
  options: ParallelOptions = {},
): Step {
  const { onError, name } = optionsOf<ParallelOptions>("matrix", options, ["onError", "name"]);
  const cases = combinations(checkedAxes(axes));
  if (typeof build !== "function")
    throw new UsageError(`expected a function that makes the step of a combination, got ${describe(build)}`);
  const children = cases.map((values: Combination) =>
    stepOf(build({ ...values } as MatrixValues<Axes>), `what matrix got for ${JSON.stringify(values)}`),
  );
  return makeStep({
    kind: "matrix",
    name: checkedName("a matrix", name),
    onError: checkedChoice<GroupPolicy>("onError of matrix", onError, ["failFast", "settleAll"]),
    combinations: cases,
    children,
    tasks: taskCount("matrix", children),
    entries: entriesOf(children),
  });
}

/** Runs the condition, a task; `then` when its output is `true`, `otherwise` (if there is one) when it is `false` or nothing. */
export function when(condition: StepLike, then: StepLike, otherwise?: StepLike, options: StepOptions = {}): Step {
  const { name } = optionsOf<StepOptions>("when", options, ["name"]);
  const children: StepNode[] = [asCondition(stepOf(condition, "the condition of when")), stepOf(then, "when.then")];
  if (otherwise !== undefined) children.push(stepOf(otherwise, "when.otherwise"));
  return makeStep({
    kind: "when",
    name: checkedName("a when", name),
    children,
    tasks: taskCount("when", children),
    entries: 1,
  });
}

/** Every task inside is tried up to `attemptsMax` times, each by itself: what was done is not done again. A task's own setting wins. */
export function retry(step: StepLike, options: RetryOptions): Step {
  const { attemptsMax, backoff } = optionsOf<RetryOptions>("retry", options, ["attemptsMax", "backoff"]);
  if (attemptsMax === undefined || !Number.isInteger(attemptsMax) || attemptsMax < 1 || attemptsMax > 1_000)
    throw new UsageError(
      `expected attemptsMax of retry to be a whole number from 1 to 1000, got ${describe(attemptsMax)}`,
    );
  if (backoff !== undefined && !isMap(backoff))
    throw new UsageError(`expected backoff of retry to be a map, got ${describe(backoff)}; write { initial: "1s" }`);
  const child = stepOf(step, "retry");
  return makeStep({
    kind: "retry",
    attemptsMax,
    backoff,
    children: [child],
    tasks: child.tasks,
    entries: child.entries,
  });
}

function entriesOf(children: readonly StepNode[]): number {
  return children.reduce((sum, { entries }) => sum + entries, 0);
}
