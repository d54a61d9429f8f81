import { InternalError } from "../base/errors.ts";
import { cyclicComponents } from "./components.ts";
import type { Graph } from "./graph.ts";

/** Edges looked at, in all, to find a shorter cycle than the first. Enough to be exact for what a person can overlook. */
const EDGES_MAX = 2_000_000;

/**
 * One cycle as a path that ends where it starts, each number needing the next: `[a, b, c, a]`; `[a, a]` when `a` needs itself.
 * `undefined` when there is none.
 */
export function cyclePath(graph: Graph): number[] | undefined {
  return cyclePaths(graph)[0];
}

/**
 * One cycle for each separate knot of cycles (strongly connected component), by smallest member. Each is the shortest of its
 * knot when the knot is small; in a huge one it is the shortest through the members that were tried.
 */
export function cyclePaths(graph: Graph): number[][] {
  const components = cyclicComponents(graph);
  if (components.length === 0) return [];
  const walk: Walk = {
    graph,
    component: new Int32Array(graph.size),
    cameFrom: new Int32Array(graph.size),
    seen: new Int32Array(graph.size),
    round: 0,
    edgesLeft: EDGES_MAX,
  };
  return components.map((members, i) => {
    for (const member of members) walk.component[member] = i + 1;
    return shortestCycle(walk, members);
  });
}

interface Walk {
  readonly graph: Graph;
  /** Number of the knot a number belongs to, from 1; 0 for none. */
  readonly component: Int32Array;
  readonly cameFrom: Int32Array;
  /** The round in which a number was seen last. */
  readonly seen: Int32Array;
  round: number;
  edgesLeft: number;
}

function shortestCycle(walk: Walk, members: Int32Array): number[] {
  let best = cycleThrough(walk, members[0]!);
  for (let i = 1; i < members.length && best.length > 2 && walk.edgesLeft > 0; i++) {
    const cycle = cycleThrough(walk, members[i]!);
    if (cycle.length < best.length) best = cycle;
  }
  return best;
}

/** The shortest cycle through `start`, which lies on one: breadth first within its knot until an edge leads back. */
function cycleThrough(walk: Walk, start: number): number[] {
  const { graph, component, cameFrom, seen } = walk;
  const round = ++walk.round;
  const queue = [start];
  seen[start] = round;
  for (let head = 0; head < queue.length; head++) {
    const n = queue[head]!;
    for (let i = graph.needsStart[n]!; i < graph.needsStart[n + 1]!; i++) {
      const next = graph.needs[i]!;
      walk.edgesLeft--;
      if (next === start) return pathBack(cameFrom, start, n);
      if (seen[next] === round || component[next] !== component[start]) continue;
      seen[next] = round;
      cameFrom[next] = n;
      queue.push(next);
    }
  }
  throw new InternalError(`${start} lies on no cycle of its component`);
}

function pathBack(cameFrom: Int32Array, start: number, last: number): number[] {
  const path = [start];
  for (let n = last; n !== start; n = cameFrom[n]!) path.push(n);
  path.push(start);
  return path.reverse();
}
