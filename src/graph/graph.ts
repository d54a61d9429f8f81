import { InternalError } from "../base/errors.ts";

/**
 * A directed graph over the numbers 0 … size-1, in compressed rows both ways: the needs of `n` are
 * `needs[needsStart[n]]` up to (without) `needs[needsStart[n + 1]]`, ascending and without duplicates; dependents alike.
 * It may hold cycles: `topologicalOrder` says whether it does.
 */
export interface Graph {
  readonly size: number;
  readonly needsStart: Int32Array;
  readonly needs: Int32Array;
  readonly dependentsStart: Int32Array;
  readonly dependents: Int32Array;
}

/** Edges by position: `to[i]` needs `from[i]`, for i below `count`. */
export interface Edges {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly count: number;
}

interface Rows {
  readonly start: Int32Array;
  readonly values: Int32Array;
}

/** Builds a graph; an edge given twice counts once. */
export function buildGraph(size: number, edges: Edges): Graph {
  const { from, to, count } = edges;
  for (let i = 0; i < count; i++) {
    const inside = from[i]! >= 0 && from[i]! < size && to[i]! >= 0 && to[i]! < size;
    if (!inside) throw new InternalError(`edge ${i} (${to[i]} needs ${from[i]}) is outside a graph of ${size}`);
  }
  // Transposing sorts: rows filled by walking the sources upwards hold ascending values.
  const byFrom = rowsOf(size, from, to, count);
  const needs = transpose(size, byFrom);
  const dependents = transpose(size, needs);
  return {
    size,
    needsStart: needs.start,
    needs: needs.values,
    dependentsStart: dependents.start,
    dependents: dependents.values,
  };
}

/** Whether `n` needs anything: asked where most need nothing, since a view costs more than all else that is done with it. */
export function hasNeeds({ needsStart }: Graph, n: number): boolean {
  return needsStart[n] !== needsStart[n + 1];
}

/** What `n` needs: a view into the graph, ascending. */
export function needsOf(graph: Graph, n: number): Int32Array {
  return graph.needs.subarray(graph.needsStart[n], graph.needsStart[n + 1]);
}

/** What needs `n`: a view into the graph, ascending. */
export function dependentsOf(graph: Graph, n: number): Int32Array {
  return graph.dependents.subarray(graph.dependentsStart[n], graph.dependentsStart[n + 1]);
}

/** Groups `values` by `keys` with a counting sort. */
function rowsOf(size: number, keys: Int32Array, values: Int32Array, count: number): Rows {
  const start = new Int32Array(size + 1);
  for (let i = 0; i < count; i++) start[keys[i]! + 1]!++;
  for (let n = 0; n < size; n++) start[n + 1]! += start[n]!;
  const at = start.slice(0, size);
  const out = new Int32Array(count);
  for (let i = 0; i < count; i++) out[at[keys[i]!]!++] = values[i]!;
  return { start, values: out };
}

/** Turns rows round and drops duplicates. */
function transpose(size: number, rows: Rows): Rows {
  const start = new Int32Array(size + 1);
  const last = new Int32Array(size).fill(-1);
  for (let n = 0; n < size; n++) {
    for (let i = rows.start[n]!; i < rows.start[n + 1]!; i++) {
      const value = rows.values[i]!;
      if (last[value] === n) continue;
      last[value] = n;
      start[value + 1]!++;
    }
  }
  for (let n = 0; n < size; n++) start[n + 1]! += start[n]!;
  const at = start.slice(0, size);
  const out = new Int32Array(start[size]!);
  last.fill(-1);
  for (let n = 0; n < size; n++) {
    for (let i = rows.start[n]!; i < rows.start[n + 1]!; i++) {
      const value = rows.values[i]!;
      if (last[value] === n) continue;
      last[value] = n;
      out[at[value]!++] = n;
    }
  }
  return { start, values: out };
}
