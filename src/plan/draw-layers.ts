import { needsOf } from "../graph/graph.ts";
import { layerMembers, layersOf } from "../graph/layers.ts";
import { boxesOf, type Inside } from "./draw-boxes.ts";
import { edgeWords } from "./draw-edge.ts";
import type { Plan } from "./plan.ts";

/**
 * One line for each layer: its number from 1, its items, joins with their kind. Below them the groups as a tree, then the needs
 * that ask for more or for something else than done; only those that there are.
 */
export function drawLayers(plan: Plan): string {
  const layers = layerMembers(layersOf(plan.graph));
  const width = String(layers.length).length;
  const lines = layers.map(
    (members, i) => `${String(i + 1).padStart(width)}  ${members.map((n) => nameOf(plan, n)).join("  ")}`,
  );
  return [lines, section("groups", groupTree(plan, boxesOf(plan), "  ")), section("conditions", conditions(plan))]
    .flat()
    .map((line) => `${line}\n`)
    .join("");
}

function nameOf({ tasks }: Plan, number: number): string {
  const { key, join } = tasks[number]!;
  return join === undefined ? key : `${key} (${join})`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", `${title}:`, ...lines];
}

/** Only what stands in a group; the items of a matrix stand side by side. */
function groupTree(plan: Plan, entries: readonly Inside[], indent: string): string[] {
  return entries.flatMap((entry) =>
    typeof entry === "number" || entry.kind === "matrix"
      ? []
      : [`${indent}${entry.label}`, ...members(plan, entry.inside, `${indent}  `)],
  );
}

function members(plan: Plan, entries: readonly Inside[], indent: string): string[] {
  return entries.flatMap((entry) => {
    if (typeof entry === "number") return `${indent}${nameOf(plan, entry)}`;
    if (entry.kind === "group") return [`${indent}${entry.label}`, ...members(plan, entry.inside, `${indent}  `)];
    return `${indent}${entry.inside.map((n) => nameOf(plan, n as number)).join("  ")}`;
  });
}

function conditions(plan: Plan): string[] {
  return plan.tasks.flatMap((task, n) => {
    const needs = Array.from(needsOf(plan.graph, n)).flatMap((need) => {
      const words = edgeWords(task, need);
      return words === undefined ? [] : `${plan.tasks[need]!.key} ${words}`;
    });
    return needs.length === 0 ? [] : `  ${task.key} needs ${needs.join("; ")}`;
  });
}
