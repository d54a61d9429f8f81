import { createHash } from "node:crypto";
import { planText } from "../write-text.ts";
import type { Plan } from "../plan.ts";

/** A plan without what is derived from the rest. */
export type PlanParts = Omit<Plan, "numberOf" | "toText" | "hash">;

/** Numbers by key of the plans that were asked for one. A plan and those that grew from it share a map. */
const numbersOf = new WeakMap<Plan, Map<string, number>>();

/** Completes a plan and freezes it. `before`: the plan that it grew from, whose tasks are its first ones. */
export function makePlan(parts: PlanParts, before?: Plan): Plan {
  const size = parts.tasks.length;
  let numbers = before && grownNumbers(before, parts.tasks);
  let hash: string | undefined;
  const plan: Plan = {
    ...parts,
    numberOf: (key) => {
      if (numbers === undefined) numbersOf.set(plan, (numbers = new Map(parts.tasks.map((task, n) => [task.key, n]))));
      const number = numbers.get(key);
      // The map may know more: keys of a plan that grew from this one.
      return number !== undefined && number < size ? number : undefined;
    },
    toText: () => planText(plan),
    hash: () => (hash ??= createHash("sha256").update(planText(plan)).digest("hex")),
  };
  Object.freeze(parts.tasks);
  Object.freeze(parts.groups);
  if (numbers !== undefined) numbersOf.set(plan, numbers);
  return Object.freeze(plan);
}

/** The numbers of the plan before with those of the tasks behind its own; `undefined` when they have to be listed anew. */
function grownNumbers(before: Plan, tasks: Plan["tasks"]): Map<string, number> | undefined {
  const numbers = numbersOf.get(before);
  // Somebody else has grown from the same plan.
  if (numbers === undefined || numbers.size !== before.tasks.length) return undefined;
  for (let n = before.tasks.length; n < tasks.length; n++) numbers.set(tasks[n]!.key, n);
  return numbers;
}
