import type { Json } from "../base/json.ts";
import type { TaskContext } from "../items/task-function.ts";
import { checkPlan } from "./check-plan.ts";
import type { CombinedPlan, PlanInput } from "./combine/combined-plan.ts";
import type { Step } from "./combine/step.ts";
import type { NeedCondition, Plan, PlanDefinition, TaskDefinition } from "./plan.ts";

/** `test` for `test[node=22]`: outputs stand under the task's id. */
type IdOf<Need> = Need extends `${infer Id}[${string}` ? Id : Need;

/** Outputs by id of the needs that are written as a list; by any name where they cannot be told. */
export type InputsOf<Needs> = [Needs] extends [string]
  ? { readonly [Need in Needs as IdOf<Need> & string]: Json }
  : Readonly<Record<string, Json>>;

/** A function of a task that knows the names of its inputs. */
type TypedFunction<Inputs> = (context: Omit<TaskContext, "inputs"> & { readonly inputs: Inputs }) => unknown;

/** What was prepared: there when the task has `prepare`, `null` when that answered nothing. */
interface Prepared {
  readonly prepare?: Json;
}

/** Inputs of what follows the work: the item's own output too. */
type InputsAfter<Needs, Id> = InputsOf<Needs> & Prepared & { readonly [Own in Id & string]: Json };

/** A task whose functions know the names of their inputs; those of `verify` and `undo` have the item's own output too. */
export type TypedTask<Needs, Id = string> = Omit<TaskDefinition, "needs" | "run" | "prepare" | "verify" | "undo"> & {
  readonly needs?: readonly (Needs & string)[] | { readonly [Need in Needs & string]: NeedCondition };
  readonly run?: string | TypedFunction<InputsOf<Needs> & Prepared>;
  readonly prepare?: string | TypedFunction<InputsOf<Needs>>;
  readonly verify?: string | TypedFunction<InputsAfter<Needs, Id>>;
  readonly undo?: string | TypedFunction<InputsAfter<Needs, Id>>;
};

/** Name of a plan that does not name itself, and the file it came from. */
interface PlanOptions {
  readonly name?: string;
  readonly file?: string;
}

/**
 * Checks a plan written in code. Numbers are durations in milliseconds, `run` may be a function; `inputs` of a function has the
 * names that its `needs` list.
 * @throws PlanInvalidError (`invalid_plan`), PlanCycleError (`plan_cycle`), PlanEmptyError (`plan_empty`), each with every problem.
 * @example
 * const plan = definePlan({
 *   tasks: {
 *     fetch: { run: async ({ signal }) => (await fetch(url, { signal })).json() },
 *     parse: { needs: ["fetch"], run: ({ inputs }) => parse(inputs.fetch) },
 *   },
 * });
 */
export function definePlan<const Needs extends Readonly<Record<string, unknown>>>(
  definition: Omit<PlanDefinition, "tasks"> & {
    readonly tasks: { readonly [Id in keyof Needs]: TypedTask<Needs[Id], Id> };
  },
  options?: PlanOptions,
): Plan;
/** The same for what combinators put together: a step alone, or `steps` beside the other keys of a plan. */
export function definePlan(definition: Step | CombinedPlan, options?: PlanOptions): Plan;
export function definePlan(definition: object, options: PlanOptions = {}): Plan {
  // Narrower functions than PlanDefinition's: each is called with at least the inputs it names, since the plan is checked.
  return checkPlan(definition as PlanInput, options);
}
