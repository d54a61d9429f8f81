import { needsOf } from "../graph/graph.ts";
import { boxesOf, type Inside } from "./draw-boxes.ts";
import { edgeWords, isConditional } from "./draw-edge.ts";
import type { Plan, Task } from "./plan.ts";

/**
 * A Mermaid flowchart: an arrow leads from what is needed to what needs it. Groups and matrices are subgraphs, joins are round.
 * Conditions and values stand on the arrow; it is dotted unless the need has to be done.
 */
export function drawMermaid(plan: Plan): string {
  const edges = plan.tasks.flatMap((task, n) =>
    Array.from(needsOf(plan.graph, n), (need) => {
      const words = edgeWords(task, need);
      const arrow = isConditional(task, need) ? "-.->" : "-->";
      return `  n${need} ${arrow}${words === undefined ? "" : `|"${escaped(words)}"|`} n${n}`;
    }),
  );
  return `${["flowchart LR", ...inside(plan, boxesOf(plan), "  "), ...edges].join("\n")}\n`;
}

function inside(plan: Plan, entries: readonly Inside[], indent: string): string[] {
  return entries.flatMap((entry) =>
    typeof entry === "number"
      ? `${indent}n${entry}${nodeOf(plan.tasks[entry]!)}`
      : [
          `${indent}subgraph g${entry.number}["${escaped(entry.label)}"]`,
          ...inside(plan, entry.inside, `${indent}  `),
          `${indent}end`,
        ],
  );
}

function nodeOf({ key, title, join }: Task): string {
  const name = title === undefined ? key : `${key}: ${title}`;
  return join === undefined ? `["${escaped(name)}"]` : `(["${escaped(`${join} ${name}`)}"])`;
}

/** Mermaid takes entity codes written with #; nothing of a title may end the label. */
function escaped(text: string): string {
  return text.replace(/[^A-Za-z0-9 .,:_/=-]/gu, (char) => `#${char.codePointAt(0)};`);
}
