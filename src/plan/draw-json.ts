import { criticalPath } from "../graph/paths.ts";
import { needsOf } from "../graph/graph.ts";
import { layerMembers, layersOf } from "../graph/layers.ts";
import type { Plan } from "./plan.ts";

/** The graph as JSON: tasks in order with their needs and layer, the layers, and the longest chain of needs. */
export function drawJson(plan: Plan): string {
  const layers = layersOf(plan.graph);
  const keyOf = (n: number): string => plan.tasks[n]!.key;
  const tasks = plan.tasks.map(({ key, id, title }, n) => ({
    key,
    id,
    title,
    layer: layers.layerOf[n],
    needs: Array.from(needsOf(plan.graph, n), keyOf),
  }));
  const longest = criticalPath(plan.graph, new Float64Array(plan.tasks.length).fill(1));
  return `${JSON.stringify({ name: plan.name, tasks, layers: layerMembers(layers).map((members) => members.map(keyOf)), longest_chain: longest.map(keyOf) }, undefined, 2)}\n`;
}
