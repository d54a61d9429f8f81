import { buildGraph, needsOf, type Graph } from "./graph.ts";

/**
 * The same graph with further numbers behind the last one, each with its needs: old numbers or new ones. What is there is
 * copied in pieces, so that many small additions to a large graph cost little more than the copies.
 *
 * @param needs for each new number what it needs, ascending and without duplicates
 */
export function withNumbers(graph: Graph, needs: readonly (readonly number[])[]): Graph {
  const size = graph.size + needs.length;
  const needsStart = grown(graph.needsStart, size + 1);
  const count = needs.reduce((sum, row) => sum + row.length, graph.needs.length);
  const allNeeds = grown(graph.needs, count);
  const dependentsOfNeed = new Map<number, number[]>();
  let at = graph.needs.length;
  needs.forEach((row, i) => {
    for (const need of row) {
      allNeeds[at++] = need;
      const known = dependentsOfNeed.get(need);
      if (known === undefined) dependentsOfNeed.set(need, [graph.size + i]);
      else known.push(graph.size + i);
    }
    needsStart[graph.size + i + 1] = at;
  });
  return { size, needsStart, needs: allNeeds, ...withDependents(graph, size, count, dependentsOfNeed) };
}

function withDependents(
  graph: Graph,
  size: number,
  count: number,
  added: ReadonlyMap<number, readonly number[]>,
): Pick<Graph, "dependents" | "dependentsStart"> {
  const dependentsStart = grown(graph.dependentsStart, size + 1);
  const dependents = new Int32Array(count);
  let copied = 0;
  let at = 0;
  const copyTo = (end: number): void => {
    dependents.set(graph.dependents.subarray(copied, end), at);
    at += end - copied;
    copied = end;
  };
  const touched = [...added.keys()].sort((a, b) => a - b);
  let shift = 0;
  let from = 0;
  for (const need of touched) {
    for (; from <= need; from++) dependentsStart[from] = startOf(graph, from) + shift;
    copyTo(need < graph.size ? graph.dependentsStart[need + 1]! : graph.dependents.length);
    for (const dependent of added.get(need)!) dependents[at++] = dependent;
    shift += added.get(need)!.length;
  }
  copyTo(graph.dependents.length);
  for (; from <= size; from++) dependentsStart[from] = startOf(graph, from) + shift;
  return { dependents, dependentsStart };
}

function startOf(graph: Graph, n: number): number {
  return n <= graph.size ? graph.dependentsStart[n]! : graph.dependents.length;
}

/** The same graph in which some numbers need something else. */
export function withNeeds(graph: Graph, changed: ReadonlyMap<number, ArrayLike<number>>): Graph {
  let count = 0;
  for (let n = 0; n < graph.size; n++) count += (changed.get(n) ?? needsOf(graph, n)).length;
  const from = new Int32Array(count);
  const to = new Int32Array(count);
  let at = 0;
  for (let n = 0; n < graph.size; n++) {
    const needs = changed.get(n) ?? needsOf(graph, n);
    from.set(needs, at);
    to.fill(n, at, at + needs.length);
    at += needs.length;
  }
  return buildGraph(graph.size, { from, to, count });
}

function grown(values: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(length);
  longer.set(values);
  return longer;
}
