/** A graph in layers from left to right: what an item needs stands left of it. */
import type { Item } from "./wire.ts";

export interface PlacedNode {
  readonly item: Item;
  readonly layer: number;
  /** Place within the layer, from the top. */
  readonly row: number;
}

export interface Layered {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly { readonly from: PlacedNode; readonly to: PlacedNode }[];
  readonly layers: number;
  /** Nodes of the largest layer. */
  readonly rows: number;
}

const SWEEPS = 4;

/** Layers by longest way, then each layer ordered by where its neighbours stand, forth and back. */
export function layeredOf(items: readonly Item[]): Layered {
  const layerOf = layersOf(items);
  const layers: Item[][] = [];
  for (const item of items) (layers[layerOf.get(item.id)!] ??= []).push(item);
  const rows = orderedRows(layers, neighboursOf(items, layerOf));
  const placed = new Map<string, PlacedNode>();
  for (const item of items) placed.set(item.id, { item, layer: layerOf.get(item.id)!, row: rows.get(item.id)! });
  const edges = items.flatMap((item) =>
    item.dependencies.flatMap((need) => {
      const from = placed.get(need);
      return from === undefined ? [] : [{ from, to: placed.get(item.id)! }];
    }),
  );
  return {
    nodes: [...placed.values()],
    edges,
    layers: layers.length,
    rows: Math.max(0, ...layers.map(({ length }) => length)),
  };
}

/** The longest chain of needs within these items that leads to each. Needs never form a circle: the server refuses that. */
export function layersOf(items: readonly Item[]): ReadonlyMap<string, number> {
  const byId = new Map(items.map((item) => [item.id, item]));
  const layers = new Map<string, number>();
  for (const start of items) {
    // Without recursion: a chain can be as long as there are items.
    const way = [start];
    for (let item = way.at(-1); item !== undefined; item = way.at(-1)) {
      const open = item.dependencies.find((need) => byId.has(need) && !layers.has(need));
      if (open !== undefined && !layers.has(item.id)) {
        way.push(byId.get(open)!);
        continue;
      }
      layers.set(item.id, 1 + Math.max(-1, ...item.dependencies.map((need) => layers.get(need) ?? -1)));
      way.pop();
    }
  }
  return layers;
}

function neighboursOf(
  items: readonly Item[],
  layerOf: ReadonlyMap<string, number>,
): ReadonlyMap<string, readonly string[]> {
  const neighbours = new Map<string, string[]>(items.map(({ id }) => [id, []]));
  for (const { id, dependencies } of items) {
    for (const need of dependencies) {
      if (!layerOf.has(need)) continue;
      neighbours.get(id)!.push(need);
      neighbours.get(need)!.push(id);
    }
  }
  return neighbours;
}

function orderedRows(
  layers: readonly (readonly Item[])[],
  neighbours: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, number> {
  const rows = new Map<string, number>();
  const number = (layer: readonly Item[]): void => layer.forEach(({ id }, row) => rows.set(id, row));
  layers.forEach(number);
  const middleOf = ({ id }: Item): number => {
    const near = neighbours.get(id)!;
    return near.length === 0 ? rows.get(id)! : near.reduce((sum, each) => sum + rows.get(each)!, 0) / near.length;
  };
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const layer of sweep % 2 === 0 ? layers : layers.toReversed()) {
      const middles = new Map(layer.map((item) => [item.id, middleOf(item)]));
      number(layer.toSorted((a, b) => middles.get(a.id)! - middles.get(b.id)!));
    }
  }
  return rows;
}

/** The items within so many steps of one, along needs and back. */
export function aroundOf(
  id: string,
  hops: number,
  item: (id: string) => Item | undefined,
  dependents: (id: string) => readonly string[],
  most: number,
): Item[] {
  const found = new Map<string, Item>();
  let edge = [id];
  for (let hop = 0; hop <= hops && found.size < most; hop++) {
    const next: string[] = [];
    for (const each of edge) {
      const known = item(each);
      if (known === undefined || found.has(each) || found.size >= most) continue;
      found.set(each, known);
      next.push(...known.dependencies, ...dependents(each));
    }
    edge = next;
  }
  return [...found.values()];
}

/** The same as text that Mermaid draws. Titles are quoted; what could end a quote is written by its number. */
export function mermaidOf({ nodes, edges }: Layered): string {
  const name = new Map(nodes.map(({ item }, n) => [item.id, `n${n}`]));
  const quoted = (text: string): string =>
    `"${text.replaceAll(/[^\p{L}\p{N} .,:_/-]/gu, (sign) => `#${sign.codePointAt(0)};`)}"`;
  return [
    "flowchart LR",
    ...nodes.map(({ item }) => `  ${name.get(item.id)}[${quoted(item.title)}]`),
    ...edges.map(({ from, to }) => `  ${name.get(from.item.id)} --> ${name.get(to.item.id)}`),
  ].join("\n");
}
