import { needsOf } from "../graph/graph.ts";
import type { Plan, Task } from "./plan.ts";

/** A Mermaid flowchart: an arrow leads from what is needed to what needs it; conditions other than `done` stand on the arrow. */
export function drawMermaid(plan: Plan): string {
  const nodes = plan.tasks.map((task, n) => `  n${n}["${escaped(labelOf(task))}"]`);
  const edges = plan.tasks.flatMap((task, n) =>
    Array.from(needsOf(plan.graph, n), (need) => {
      const condition = task.conditions?.get(need);
      return `  n${need} -->${condition === undefined ? "" : `|${condition}|`} n${n}`;
    }),
  );
  return `${["flowchart LR", ...nodes, ...edges].join("\n")}\n`;
}

function labelOf({ key, title }: Task): string {
  return title === undefined ? key : `${key}: ${title}`;
}

/** Mermaid takes entity codes written with #; nothing of a title may end the label. */
function escaped(text: string): string {
  return text.replace(/[^A-Za-z0-9 .,:_/=-]/gu, (char) => `#${char.codePointAt(0)};`);
}
