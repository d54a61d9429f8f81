import { jsonCopy, type JsonCopy } from "../base/json-copy.ts";
import type { Json } from "../base/json.ts";
import { hasNeeds, needsOf } from "../graph/graph.ts";
import type { Task } from "../plan/plan.ts";
import type { RunCore } from "./run-core.ts";

/** What the work of an item finds as its inputs: outputs of its needs, and as `prepare` what was prepared. */
export function inputsOf(core: RunCore, item: number): Record<string, Json> {
  const inputs = inputsOfNeeds(core, item);
  if (core.parts.plan.taskOf(item)!.prepare !== undefined) inputs["prepare"] = core.preparing?.outputOf(item) ?? null;
  return inputs;
}

/**
 * Outputs of an item's needs, by task id: `null` where there is none. The items of a matrix task share an id: theirs come as one
 * object by item key. Made without a prototype, since ids are the user's words.
 */
export function inputsOfNeeds(core: RunCore, item: number): Record<string, Json> {
  const { plan, table } = core.parts;
  const inputs: Record<string, Json> = Object.create(null) as Record<string, Json>;
  if (!hasNeeds(plan.graph, item)) return inputs;
  for (const need of needsOf(plan.graph, item)) put(inputs, plan.taskOf(need)!, table.outputs.get(need) ?? null);
  return inputs;
}

/**
 * What a `join: all` hands on: the outputs of its needs as they would be its inputs, without those of which there is none;
 * `undefined` when no need has one.
 */
export function outputOfAll(core: RunCore, item: number): JsonCopy | undefined {
  const { plan, table } = core.parts;
  if (table.outputs.size === 0) return undefined;
  const outputs: Record<string, Json> = Object.create(null) as Record<string, Json>;
  let isEmpty = true;
  for (const need of needsOf(plan.graph, item)) {
    const output = table.outputs.get(need);
    if (output === undefined) continue;
    put(outputs, plan.taskOf(need)!, output);
    isEmpty = false;
  }
  // Joins of joins could make much of little, so what they hand on has the limits of any output.
  const copy = isEmpty ? undefined : jsonCopy(outputs);
  const fault = copy?.ok === true ? table.outputs.roomFault(copy.value) : undefined;
  return fault === undefined ? copy : { ok: false, problem: fault };
}

function put(outputs: Record<string, Json>, { id, key, matrix }: Task, output: Json): void {
  if (matrix === undefined) {
    outputs[id] = output;
    return;
  }
  const byKey = (outputs[id] ??= Object.create(null) as Record<string, Json>) as Record<string, Json>;
  byKey[key] = output;
}
