import type { Graph } from "./graph.ts";

/**
 * The strongly connected components that hold a cycle: more than one member, or one that needs itself. Members are
 * ascending; components stand by their smallest member. Tarjan's algorithm with its own stack, so depth is no limit.
 */
export function cyclicComponents(graph: Graph): Int32Array[] {
  const found: Int32Array[] = [];
  const search = startSearch(graph);
  for (let n = 0; n < graph.size; n++) {
    if (search.index[n] === UNSEEN) searchFrom(search, n, found);
  }
  return found.toSorted((a, b) => a[0]! - b[0]!);
}

const UNSEEN = 0;

interface Search {
  readonly graph: Graph;
  /** When a number was met first, from 1; UNSEEN before. */
  readonly index: Int32Array;
  /** The earliest number still open that is reachable from here. */
  readonly low: Int32Array;
  /** 1 while a number's component is still open. */
  readonly open: Uint8Array;
  /** Next edge to follow, by number. */
  readonly edge: Int32Array;
  /** The way from the start to here. */
  readonly path: Int32Array;
  /** Numbers whose component is still open, in the order in which they were met. */
  readonly pending: Int32Array;
  pathLength: number;
  pendingLength: number;
  counter: number;
}

function startSearch(graph: Graph): Search {
  const array = (): Int32Array => new Int32Array(graph.size);
  return {
    graph,
    index: array(),
    low: array(),
    open: new Uint8Array(graph.size),
    edge: graph.needsStart.slice(0, graph.size),
    path: array(),
    pending: array(),
    pathLength: 0,
    pendingLength: 0,
    counter: UNSEEN,
  };
}

function searchFrom(search: Search, start: number, found: Int32Array[]): void {
  const { graph, index, low, open, edge, path } = search;
  enter(search, start);
  while (search.pathLength > 0) {
    const n = path[search.pathLength - 1]!;
    if (edge[n]! < graph.needsStart[n + 1]!) {
      const next = graph.needs[edge[n]!++]!;
      if (index[next] === UNSEEN) enter(search, next);
      else if (open[next] === 1) low[n] = Math.min(low[n]!, index[next]!);
      continue;
    }
    search.pathLength--;
    if (search.pathLength > 0) {
      const parent = path[search.pathLength - 1]!;
      low[parent] = Math.min(low[parent]!, low[n]!);
    }
    if (low[n] === index[n]) close(search, n, found);
  }
}

function enter(search: Search, n: number): void {
  search.index[n] = search.low[n] = ++search.counter;
  search.open[n] = 1;
  search.path[search.pathLength++] = n;
  search.pending[search.pendingLength++] = n;
}

/** Takes the members of the component whose first member is `n` off the pending ones. */
function close(search: Search, n: number, found: Int32Array[]): void {
  const end = search.pendingLength;
  let member: number;
  do {
    member = search.pending[--search.pendingLength]!;
    search.open[member] = 0;
  } while (member !== n);
  const members = search.pending.slice(search.pendingLength, end).sort();
  if (members.length > 1 || needsItself(search.graph, n)) found.push(members);
}

function needsItself(graph: Graph, n: number): boolean {
  for (let i = graph.needsStart[n]!; i < graph.needsStart[n + 1]!; i++) if (graph.needs[i] === n) return true;
  return false;
}
