import { orderOf } from "../graph/order.ts";
import { layerMembers, layersOf } from "../graph/layers.ts";
import { checkPlan } from "./check-plan.ts";
import type { PlanInput } from "./combine/combined-plan.ts";
import type { Plan } from "./plan.ts";

/**
 * Keys of the items, layer by layer: everything an item needs is in earlier layers, and each item is in the earliest possible
 * layer, its longest distance from an item without needs. Within a layer items stand in the plan's order.
 * @throws PlanInvalidError, PlanCycleError, PlanEmptyError for a definition that is no plan.
 */
export function executionLayers(plan: Plan | PlanInput): string[][] {
  const { graph, tasks } = asPlan(plan);
  return layerMembers(layersOf(graph)).map((members) => members.map((n) => tasks[n]!.key));
}

/**
 * Keys of the items in the plan's order: each after everything it needs, otherwise as written.
 * @throws as `executionLayers`.
 */
export function executionOrder(plan: Plan | PlanInput): string[] {
  const { graph, tasks } = asPlan(plan);
  return Array.from(orderOf(graph), (n) => tasks[n]!.key);
}

function asPlan(plan: Plan | PlanInput): Plan {
  return isPlan(plan) ? plan : checkPlan(plan);
}

/** Whether this is a checked plan: a definition has its tasks in a map. */
export function isPlan(value: Plan | PlanInput): value is Plan {
  return "graph" in value && "tasks" in value && Array.isArray(value.tasks);
}
