import type { Graph } from "./graph.ts";
import { orderOf } from "./order.ts";

/**
 * For each number the weight of the heaviest chain from it to an end, its own weight included: what has to happen, one after
 * the other, from its start on. Without `weightOf` each weighs 1. Weights are not negative; the graph has no cycle.
 */
export function remainingPath(graph: Graph, weightOf?: (n: number) => number): Float64Array {
  const order = orderOf(graph);
  const { size, dependents, dependentsStart } = graph;
  const remaining = new Float64Array(size);
  for (let at = size - 1; at >= 0; at--) {
    const n = order[at]!;
    const end = dependentsStart[n + 1]!;
    let after = 0;
    for (let i = dependentsStart[n]!; i < end; i++) {
      const behind = remaining[dependents[i]!]!;
      if (behind > after) after = behind;
    }
    remaining[n] = after + (weightOf === undefined ? 1 : weightOf(n));
  }
  return remaining;
}

/** The heaviest chain, first to last; of equals the one with the smallest numbers. Empty for an empty graph. */
export function criticalPath(graph: Graph, weights: ArrayLike<number>): number[] {
  const remaining = remainingPath(graph, (n) => weights[n]!);
  let at = -1;
  for (let n = 0; n < graph.size; n++) {
    const isRoot = graph.needsStart[n] === graph.needsStart[n + 1];
    if (isRoot && (at === -1 || remaining[n]! > remaining[at]!)) at = n;
  }
  const path: number[] = [];
  while (at !== -1) {
    path.push(at);
    at = heaviestDependent(graph, remaining, at);
  }
  return path;
}

function heaviestDependent(graph: Graph, remaining: Float64Array, n: number): number {
  let best = -1;
  for (let i = graph.dependentsStart[n]!; i < graph.dependentsStart[n + 1]!; i++) {
    const dependent = graph.dependents[i]!;
    if (best === -1 || remaining[dependent]! > remaining[best]!) best = dependent;
  }
  return best;
}
