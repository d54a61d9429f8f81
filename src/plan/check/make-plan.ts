import { createHash } from "node:crypto";
import { planText } from "../write-text.ts";
import type { Plan } from "../plan.ts";

/** A plan without what is derived from the rest. */
export type PlanParts = Omit<Plan, "numberOf" | "toText" | "hash">;

/** What the tasks of a plan are called; made when somebody asks. A plan and those that grew from it share one. */
interface Names {
  readonly numbers: Map<string, number>;
  /** Ids that the items of a matrix share, each with the first of them. */
  readonly shared: Map<string, number>;
}

const namesOf = new WeakMap<Plan, Names>();

/** Completes a plan and freezes it. `before`: the plan that it grew from, whose tasks are its first ones. */
export function makePlan(parts: PlanParts, before?: Plan): Plan {
  const { tasks } = parts;
  let names = before && grownNames(before, tasks);
  let hash: string | undefined;
  const plan: Plan = {
    ...parts,
    numberOf: (key) => {
      if (names === undefined)
        namesOf.set(plan, (names = addNames({ numbers: new Map(), shared: new Map() }, tasks, 0)));
      return below(tasks.length, names.numbers.get(key));
    },
    toText: () => planText(plan),
    hash: () => (hash ??= createHash("sha256").update(planText(plan)).digest("hex")),
  };
  Object.freeze(parts.tasks);
  Object.freeze(parts.groups);
  if (names !== undefined) namesOf.set(plan, names);
  return Object.freeze(plan);
}

/** Whether an item of the plan has this key, or a task this id. */
export function isTaken(plan: Plan, name: string): boolean {
  if (plan.numberOf(name) !== undefined) return true;
  return below(plan.tasks.length, namesOf.get(plan)?.shared.get(name)) !== undefined;
}

/** The map may know more: names of a plan that grew from this one. */
function below(size: number, number: number | undefined): number | undefined {
  return number !== undefined && number < size ? number : undefined;
}

/** The names of the plan before with those of the tasks behind its own; `undefined` when they have to be listed anew. */
function grownNames(before: Plan, tasks: Plan["tasks"]): Names | undefined {
  const names = namesOf.get(before);
  // Somebody else has grown from the same plan.
  if (names === undefined || names.numbers.size !== before.tasks.length) return undefined;
  return addNames(names, tasks, before.tasks.length);
}

function addNames(names: Names, tasks: Plan["tasks"], first: number): Names {
  for (let n = first; n < tasks.length; n++) {
    const { key, id } = tasks[n]!;
    names.numbers.set(key, n);
    if (id !== key && !names.shared.has(id)) names.shared.set(id, n);
  }
  return names;
}
