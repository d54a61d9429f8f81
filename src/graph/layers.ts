import type { Graph } from "./graph.ts";
import { orderOf } from "./order.ts";

/** `layerOf[n]` is the longest distance of `n` from anything without needs; layers run from 0 to `count - 1`. */
export interface Layers {
  readonly layerOf: Int32Array;
  readonly count: number;
}

/** Layers of an acyclic graph: everything a member needs is in earlier layers, and each stands in the earliest possible, but not before its floor. */
export function layersOf(graph: Graph, floorOf?: (n: number) => number): Layers {
  const order = orderOf(graph);
  const layerOf = new Int32Array(graph.size);
  let count = 0;
  for (const n of order) {
    let layer = floorOf === undefined ? 0 : floorOf(n);
    for (let i = graph.needsStart[n]!; i < graph.needsStart[n + 1]!; i++)
      layer = Math.max(layer, layerOf[graph.needs[i]!]! + 1);
    layerOf[n] = layer;
    count = Math.max(count, layer + 1);
  }
  return { layerOf, count };
}

/** The members of each layer, ascending. */
export function layerMembers(layers: Layers): number[][] {
  const members: number[][] = Array.from({ length: layers.count }, () => []);
  layers.layerOf.forEach((layer, n) => members[layer]!.push(n));
  return members;
}
