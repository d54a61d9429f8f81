/** What users hand to the combinators: steps, tasks written as objects, and options at the end. */
import { UsageError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { describe, ID_PATTERN, isBannedName, isMap, quote } from "../check/names.ts";
import { Suggester } from "../suggest.ts";
import { isStep, nodeOf, type Step, type StepNode, type StepTask } from "./step.ts";
import { taskStep } from "./task-step.ts";

/** A task written where a step may stand: its id beside its keys. */
export type TaskInStep = StepTask & { readonly id: string };
/** Anything that may stand where a step does. */
export type StepLike = Step | TaskInStep;

export function stepOf(value: unknown, place: string): StepNode {
  if (isStep(value)) return nodeOf(value);
  if (!isMap(value) || typeof value["id"] !== "string") {
    const got = isMap(value) ? "a map without `id`" : describe(value);
    throw new UsageError(`expected a step in ${place}, got ${got}; write task("id", { run }) or { id: "id", run }`);
  }
  const { id, ...definition } = value as unknown as TaskInStep;
  return taskStep(id, definition);
}

/** Splits the options off the end: the last argument, when it is a plain object without `id`. */
export function splitOptions<Options extends object>(
  place: string,
  values: readonly unknown[],
  names: readonly (keyof Options & string)[],
): { readonly steps: StepNode[]; readonly options: Partial<Options> } {
  const last = values.at(-1);
  const hasOptions = isMap(last) && !isStep(last) && !("id" in last);
  const steps = (hasOptions ? values.slice(0, -1) : values).map((value, i) => stepOf(value, `${place}[${i}]`));
  return { steps, options: hasOptions ? optionsOf<Options>(place, last, names) : {} };
}

/** Refuses what is no option of this combinator. */
export function optionsOf<Options extends object>(
  place: string,
  value: unknown,
  names: readonly (keyof Options & string)[],
): Partial<Options> {
  if (!isMap(value) || isStep(value))
    throw new UsageError(`expected the options of ${place}, got ${describe(value)}; write { ${names.join(", ")} }`);
  const wrong = Object.keys(value).find((key) => !(names as readonly string[]).includes(key));
  if (wrong === undefined) return value as Partial<Options>;
  const near = new Suggester().nearest(wrong, [...names, "id"]);
  const fix =
    near === undefined ? `its options are ${names.join(", ")}; a task has an \`id\`` : `did you mean \`${near}\`?`;
  throw new UsageError(`expected an option of ${place}, got ${quote(wrong)}; ${fix}`);
}

export function checkedChoice<T extends string>(place: string, value: T | undefined, choices: readonly [T, ...T[]]): T {
  if (value === undefined) return choices[0];
  if (choices.includes(value)) return value;
  throw new UsageError(`expected ${place} to be ${choices.join(" or ")}, got ${describe(value)}`);
}

export function checkedName(place: string, name: unknown): string | undefined {
  if (name === undefined) return undefined;
  if (typeof name === "string" && ID_PATTERN.test(name) && !isBannedName(name)) return name;
  throw new UsageError(
    `expected the name of ${place} to be 1 to 128 letters, digits, dots, - and _, got ${describe(name)}; rename it`,
  );
}

/** The same step used many times over counts each time: a few lines of code can ask for more than fits. */
export function taskCount(place: string, steps: readonly StepNode[]): number {
  const count = steps.reduce((sum, { tasks }) => sum + tasks, 0);
  if (count > LIMITS.tasksMax)
    throw new UsageError(`expected at most ${LIMITS.tasksMax} tasks in ${place}, got ${count}; split the plan`);
  return count;
}
