import { createHash } from "node:crypto";
import { planText } from "../write-text.ts";
import type { Plan } from "../plan.ts";

/** A plan without what is derived from the rest. */
export type PlanParts = Omit<Plan, "numberOf" | "toText" | "hash">;

/** Completes a plan and freezes it. Tasks have to stand in topological order. */
export function makePlan(parts: PlanParts): Plan {
  let numbers: Map<string, number> | undefined;
  let hash: string | undefined;
  const plan: Plan = {
    ...parts,
    numberOf: (key) => (numbers ??= new Map(parts.tasks.map((task, n) => [task.key, n]))).get(key),
    toText: () => planText(plan),
    hash: () => (hash ??= createHash("sha256").update(planText(plan)).digest("hex")),
  };
  Object.freeze(parts.tasks);
  Object.freeze(parts.groups);
  return Object.freeze(plan);
}
