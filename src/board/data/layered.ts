/** A graph in layers from left to right: what an item needs stands left of it. */
import { layersOfGraph, numberedOf, placementOf, type Placement } from "./placement.ts";
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

/** Items and where they stand; both by number. */
export interface Placed {
  readonly items: readonly Item[];
  readonly placement: Placement;
}

/** Layers by longest way, each ordered by where its neighbours stand. */
export function layeredOf(items: readonly Item[]): Layered {
  return layeredAt({ items, placement: placementOf(numberedOf(items)) });
}

/** The same where it is known already where the items stand; `itemOf` has them as they are by now. */
export function layeredAt(
  { items, placement }: Placed,
  itemOf: (id: string) => Item | undefined = () => undefined,
): Layered {
  const placed = new Map<string, PlacedNode>();
  items.forEach((item, number) => {
    const node = { item: itemOf(item.id) ?? item, layer: placement.layer[number]!, row: placement.row[number]! };
    placed.set(item.id, node);
  });
  const edges = items.flatMap(({ id, dependencies }) =>
    dependencies.flatMap((need) => {
      const from = placed.get(need);
      return from === undefined ? [] : [{ from, to: placed.get(id)! }];
    }),
  );
  return { nodes: [...placed.values()], edges, layers: placement.layers, rows: placement.rows };
}

/** The longest chain of needs within these items that leads to each, by id. */
export function layersOf(items: readonly Item[]): ReadonlyMap<string, number> {
  const layer = layersOfGraph(numberedOf(items));
  return new Map(items.map(({ id }, number) => [id, layer[number]!]));
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
