import { layerMembers, layersOf } from "../graph/layers.ts";
import type { Plan } from "./plan.ts";

/** One line for each layer: its number from 1, how many items it has, and their keys. */
export function drawLayers(plan: Plan): string {
  const layers = layerMembers(layersOf(plan.graph));
  const width = String(layers.length).length;
  const lines = layers.map(
    (members, i) => `${String(i + 1).padStart(width)}  ${members.map((n) => plan.tasks[n]!.key).join("  ")}`,
  );
  return `${lines.join("\n")}\n`;
}
