import type { Json } from "../base/json.ts";
import { needsOf } from "../graph/graph.ts";
import type { RunCore } from "./run-core.ts";

/** What the work of an item finds as its inputs: outputs of its needs, and as `prepare` what was prepared. */
export function inputsOf(core: RunCore, item: number): Record<string, Json> {
  const inputs = inputsOfNeeds(core, item);
  if (core.parts.plan.tasks[item]!.prepare !== undefined) inputs["prepare"] = core.preparing?.outputOf(item) ?? null;
  return inputs;
}

/**
 * Outputs of an item's needs, by task id: `null` where there is none. The items of a matrix task share an id: theirs come as one
 * object by item key. Made without a prototype, since ids are the user's words.
 */
export function inputsOfNeeds(core: RunCore, item: number): Record<string, Json> {
  const { plan, table } = core.parts;
  const inputs: Record<string, Json> = Object.create(null) as Record<string, Json>;
  for (const need of needsOf(plan.graph, item)) {
    const { id, key, matrix } = plan.tasks[need]!;
    const output = table.outputs.get(need) ?? null;
    if (matrix === undefined) inputs[id] = output;
    else {
      const byKey = (inputs[id] ??= Object.create(null) as Record<string, Json>) as Record<string, Json>;
      byKey[key] = output;
    }
  }
  return inputs;
}
