/**
 * Where the nodes of a graph stand: in layers by the longest way that leads to each, and in each layer by where their neighbours stand.
 * Of numbers alone, so that a worker can do it away from the page.
 */

/** A graph as numbers: node `n` needs `needs[starts[n]]` to `needs[starts[n + 1] - 1]`. */
export interface NumberedGraph {
  readonly starts: Int32Array<ArrayBuffer>;
  readonly needs: Int32Array<ArrayBuffer>;
}

export interface Placement {
  /** By node: its layer, and its place in that from the top. */
  readonly layer: Int32Array<ArrayBuffer>;
  readonly row: Int32Array<ArrayBuffer>;
  readonly layers: number;
  /** Nodes of the largest layer. */
  readonly rows: number;
}

const SWEEPS = 4;

/** Needs of which none is in `items` are left out. */
export function numberedOf(
  items: readonly { readonly id: string; readonly dependencies: readonly string[] }[],
): NumberedGraph {
  const numbers = new Map(items.map(({ id }, number) => [id, number]));
  const starts = new Int32Array(items.length + 1);
  const needs: number[] = [];
  items.forEach(({ dependencies }, number) => {
    for (const need of dependencies) {
      const known = numbers.get(need);
      if (known !== undefined) needs.push(known);
    }
    starts[number + 1] = needs.length;
  });
  return { starts, needs: Int32Array.from(needs) };
}

export function placementOf(graph: NumberedGraph): Placement {
  const layer = layersOfGraph(graph);
  const order = nodesByLayer(layer);
  const row = new Int32Array(layer.length);
  for (const nodes of order) nodes.forEach((node, place) => (row[node] = place));
  const around = neighboursOf(graph);
  const middle = new Float64Array(layer.length);
  for (let sweep = 0; sweep < SWEEPS; sweep++)
    for (const nodes of sweep % 2 === 0 ? order : order.toReversed()) {
      for (const node of nodes) middle[node] = middleOf(node, around, row);
      nodes.sort((a, b) => middle[a]! - middle[b]!);
      nodes.forEach((node, place) => (row[node] = place));
    }
  return { layer, row, layers: order.length, rows: order.reduce((most, { length }) => Math.max(most, length), 0) };
}

/** The longest chain of needs that leads to each node. Needs never form a circle: the server refuses that. */
export function layersOfGraph({ starts, needs }: NumberedGraph): Int32Array<ArrayBuffer> {
  const size = starts.length - 1;
  const layer = new Int32Array(size).fill(-1);
  // Without recursion: a chain can be as long as there are nodes.
  const way: number[] = [];
  const next = starts.slice(0, size);
  for (let first = 0; first < size; first++) {
    if (layer[first]! >= 0) continue;
    way.push(first);
    for (let node = way.at(-1); node !== undefined; node = way.at(-1)) {
      const at = next[node]!;
      const need = at < starts[node + 1]! ? needs[at]! : undefined;
      if (need === undefined) {
        layer[node] = Math.max(0, layer[node]!);
        way.pop();
      } else if (layer[need]! >= 0 && next[need]! >= starts[need + 1]!) {
        layer[node] = Math.max(layer[node]!, layer[need]! + 1);
        next[node] = at + 1;
      } else way.push(need);
    }
  }
  return layer;
}

function nodesByLayer(layer: Int32Array): number[][] {
  const order: number[][] = [];
  layer.forEach((each, node) => (order[each] ??= []).push(node));
  return order;
}

/** Needs and dependents of each node, in one list as of a numbered graph. */
function neighboursOf({ starts, needs }: NumberedGraph): NumberedGraph {
  const size = starts.length - 1;
  const ends = new Int32Array(size + 1);
  for (let node = 0; node < size; node++)
    for (let at = starts[node]!; at < starts[node + 1]!; at++) {
      ends[node + 1]!++;
      ends[needs[at]! + 1]!++;
    }
  for (let node = 0; node < size; node++) ends[node + 1]! += ends[node]!;
  const around = new Int32Array(2 * needs.length);
  const filled = ends.slice(0, size);
  for (let node = 0; node < size; node++)
    for (let at = starts[node]!; at < starts[node + 1]!; at++) {
      const need = needs[at]!;
      around[filled[node]!++] = need;
      around[filled[need]!++] = node;
    }
  return { starts: ends, needs: around };
}

/** Where its neighbours stand on average; where it stands itself when it has none. */
function middleOf(node: number, { starts, needs }: NumberedGraph, row: Int32Array): number {
  const [from, to] = [starts[node]!, starts[node + 1]!];
  if (from === to) return row[node]!;
  let sum = 0;
  for (let at = from; at < to; at++) sum += row[needs[at]!]!;
  return sum / (to - from);
}
