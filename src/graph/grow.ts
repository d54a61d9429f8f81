import { withRoom } from "../base/room.ts";
import { buildGraph, needsOf, type Graph } from "./graph.ts";

/** Columns of a graph with room behind their end. A graph that was made from another one may go on in its columns: it writes behind its end. */
interface Room {
  readonly needsStart: Int32Array;
  readonly needs: Int32Array;
  readonly dependentsStart: Int32Array;
}

/** Of graphs that nothing was made from yet: two that go on in the same columns would write to one place. */
const rooms = new WeakMap<Graph, Room>();

/**
 * The same graph with further numbers behind the last one, each with its needs: old numbers or new ones. Numbers that need nothing cost the
 * same however large the graph is, spread over many of them; what others need is copied in pieces.
 *
 * @param needs for each new number what it needs, ascending and without duplicates
 */
export function withNumbers(graph: Graph, needs: readonly (readonly number[])[]): Graph {
  const before = rooms.get(graph) ?? graph;
  rooms.delete(graph);
  const size = graph.size + needs.length;
  const count = needs.reduce((sum, row) => sum + row.length, graph.needs.length);
  const needsStart = withRoom(before.needsStart, size + 1);
  const allNeeds = withRoom(before.needs, count);
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
  const { dependents, dependentsStart } =
    dependentsOfNeed.size === 0
      ? { dependents: graph.dependents, dependentsStart: withNobody(graph, before.dependentsStart, size) }
      : withDependents(graph, size, count, dependentsOfNeed);
  const grownGraph = {
    size,
    needsStart: needsStart.subarray(0, size + 1),
    needs: allNeeds.subarray(0, count),
    dependentsStart: dependentsStart.subarray(0, size + 1),
    dependents,
  };
  rooms.set(grownGraph, { needsStart, needs: allNeeds, dependentsStart });
  return grownGraph;
}

/** Nothing needs the new numbers, and they need nothing. */
function withNobody({ size: first, dependents }: Graph, before: Int32Array, size: number): Int32Array {
  const dependentsStart = withRoom(before, size + 1);
  return dependentsStart.fill(dependents.length, first + 1, size + 1);
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
  // Before the first of them nothing moves.
  let from = Math.min(touched[0]!, graph.size) + 1;
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
