import { needsOf } from "../graph/graph.ts";
import { boxesOf, type Box, type Inside } from "./draw-boxes.ts";
import { edgeWords, isConditional } from "./draw-edge.ts";
import type { Plan, Task } from "./plan.ts";

/**
 * A Graphviz digraph: an arrow leads from what is needed to what needs it. Groups are clusters, matrices dotted ones, joins small
 * circles. Conditions and values stand on the arrow; it is dashed unless the need has to be done.
 */
export function drawDot(plan: Plan): string {
  const edges = plan.tasks.flatMap((task, n) =>
    Array.from(
      needsOf(plan.graph, n),
      (need) => `  ${quoted(plan.tasks[need]!.key)} -> ${quoted(task.key)}${edgeAttributes(task, need)};`,
    ),
  );
  const head = [`digraph ${quoted(plan.name)} {`, "  rankdir=LR;", "  node [shape=box];"];
  return `${[...head, ...inside(plan, boxesOf(plan), "  "), ...edges, "}"].join("\n")}\n`;
}

function inside(plan: Plan, entries: readonly Inside[], indent: string): string[] {
  return entries.flatMap((entry) =>
    typeof entry === "number"
      ? `${indent}${quoted(plan.tasks[entry]!.key)}${nodeAttributes(plan.tasks[entry]!)};`
      : cluster(plan, entry, indent),
  );
}

function cluster(plan: Plan, box: Box, indent: string): string[] {
  return [
    `${indent}subgraph cluster_${box.number} {`,
    `${indent}  label=${quoted(box.label)};`,
    // Said of every one: the style of a cluster is also that of the clusters inside.
    `${indent}  style=${box.kind === "group" ? "solid" : "dotted"};`,
    ...inside(plan, box.inside, `${indent}  `),
    `${indent}}`,
  ];
}

function nodeAttributes({ key, title, join }: Task): string {
  return attributes({
    ...(join !== undefined && { shape: "circle", width: "0.3", margin: "0", label: quoted(join), xlabel: quoted(key) }),
    ...(title !== undefined && { tooltip: quoted(title) }),
  });
}

function edgeAttributes(task: Task, need: number): string {
  const words = edgeWords(task, need);
  return attributes({
    ...(words !== undefined && { label: quoted(words) }),
    ...(isConditional(task, need) && { style: "dashed" }),
  });
}

function attributes(values: Readonly<Record<string, string>>): string {
  const written = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  return written.length === 0 ? "" : ` [${written.join(", ")}]`;
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}
