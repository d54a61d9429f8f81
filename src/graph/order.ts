import { assert } from "../base/assert.ts";
import type { Graph } from "./graph.ts";

/**
 * An order in which everything stands after what it needs; `undefined` when a cycle makes that impossible.
 * Of all such orders it is the one that always takes the smallest number available, so it keeps the given order
 * wherever needs allow, and the same graph always gives the same order.
 */
export function topologicalOrder(graph: Graph): Int32Array | undefined {
  if (isAscending(graph)) return ascending(graph.size);
  const missing = needCounts(graph);
  const available = new SmallestFirst(graph.size);
  for (let n = 0; n < graph.size; n++) if (missing[n] === 0) available.push(n);
  const order = new Int32Array(graph.size);
  let count = 0;
  while (available.length > 0) {
    const n = available.pop();
    order[count++] = n;
    for (let i = graph.dependentsStart[n]!; i < graph.dependentsStart[n + 1]!; i++) {
      const dependent = graph.dependents[i]!;
      if (--missing[dependent]! === 0) available.push(dependent);
    }
  }
  return count === graph.size ? order : undefined;
}

/** The same order for a graph that is known to have no cycle. */
export function orderOf(graph: Graph): Int32Array {
  const order = topologicalOrder(graph);
  assert(order !== undefined, "a graph without cycles was expected");
  return order;
}

/**
 * The place of each number in that order, for a graph without cycles; `undefined` when the numbers themselves are such places,
 * as they are in every plan that was not edited.
 */
export function topologicalRank(graph: Graph): Int32Array | undefined {
  if (isAscending(graph)) return undefined;
  const rank = new Int32Array(graph.size);
  orderOf(graph).forEach((n, place) => (rank[n] = place));
  return rank;
}

/** True when every number is greater than the numbers it needs; then 0, 1, 2 … is a topological order already. */
function isAscending(graph: Graph): boolean {
  const { size, needs, needsStart } = graph;
  for (let n = 0; n < size; n++) {
    const end = needsStart[n + 1]!;
    if (end > needsStart[n]! && needs[end - 1]! >= n) return false;
  }
  return true;
}

function ascending(size: number): Int32Array {
  const order = new Int32Array(size);
  for (let n = 0; n < size; n++) order[n] = n;
  return order;
}

/** How many needs each number has. */
export function needCounts(graph: Graph): Int32Array {
  const counts = new Int32Array(graph.size);
  for (let n = 0; n < graph.size; n++) counts[n] = graph.needsStart[n + 1]! - graph.needsStart[n]!;
  return counts;
}

/** A binary heap of numbers in one typed array. */
class SmallestFirst {
  readonly #heap: Int32Array;
  length = 0;

  constructor(capacity: number) {
    this.#heap = new Int32Array(capacity);
  }

  push(value: number): void {
    const heap = this.#heap;
    let at = this.length++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]! <= value) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = value;
  }

  pop(): number {
    const heap = this.#heap;
    const top = heap[0]!;
    const value = heap[--this.length]!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.length) break;
      if (child + 1 < this.length && heap[child + 1]! < heap[child]!) child++;
      if (heap[child]! >= value) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = value;
    return top;
  }
}
