import { needsOf } from "../graph/graph.ts";
import type { Plan } from "./plan.ts";

/** A Graphviz digraph: an arrow leads from what is needed to what needs it. */
export function drawDot(plan: Plan): string {
  const nodes = plan.tasks.map(
    ({ key, title }) => `  ${quoted(key)}${title === undefined ? "" : ` [tooltip=${quoted(title)}]`};`,
  );
  const edges = plan.tasks.flatMap((task, n) =>
    Array.from(needsOf(plan.graph, n), (need) => {
      const condition = task.conditions?.get(need);
      return `  ${quoted(plan.tasks[need]!.key)} -> ${quoted(task.key)}${condition === undefined ? "" : ` [label=${condition}]`};`;
    }),
  );
  return `${[`digraph ${quoted(plan.name)} {`, "  rankdir=LR;", "  node [shape=box];", ...nodes, ...edges, "}"].join("\n")}\n`;
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}
