/** Our side of the plan bench: a file read, checked and put in layers; and a definition in memory. */
import { readFileSync } from "node:fs";
import type { PlanDefinition } from "../../../src/plan/plan.ts";
import { textParam, type Prepared, type VariantParams } from "../harness/variant.ts";
import { check } from "./plan-peers.ts";

export async function loadFile(params: VariantParams): Promise<Prepared> {
  const { executionLayers, loadPlan } = await import("./ours.ts");
  return {
    run: async () => {
      const plan = await loadPlan(textParam(params, "file"));
      check(executionLayers(plan).flat().length, params);
    },
  };
}

export async function defineObject(params: VariantParams): Promise<Prepared> {
  const { definePlan, executionLayers } = await import("./ours.ts");
  // Written by plan.ts.
  const definition = JSON.parse(readFileSync(textParam(params, "file"), "utf8")) as PlanDefinition;
  return {
    run: () => check(executionLayers(definePlan(definition)).flat().length, params),
  };
}
