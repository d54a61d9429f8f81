/** A DAG as every contender gets it: the needs of each item, by number; a need always has a smaller number. */
export interface Dag {
  readonly size: number;
  readonly needs: readonly (readonly number[])[];
}

/** The same numbers for the same seed on every machine (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * Layers of `width` items; each item needs one to three of the layer before it. The shape does not change with the
 * size, so the cost per item can be compared between sizes.
 */
export function layeredDag(size: number, width = Math.min(1_000, Math.ceil(size / 10)), seed = 42): Dag {
  const random = seeded(seed);
  const needs: number[][] = [];
  for (let item = 0; item < size; item += 1) {
    const layerStart = item - (item % width);
    needs.push(layerStart === 0 ? [] : someOfLayer(layerStart - width, width, random));
  }
  return { size, needs };
}

function someOfLayer(start: number, width: number, random: () => number): number[] {
  const picked = new Set<number>();
  const count = 1 + Math.floor(random() * 3);
  for (let i = 0; i < count; i += 1) picked.add(start + Math.floor(random() * width));
  return [...picked];
}

/** A tree in which each inner item needs `fan` children, leaves first: the one DAG shape that BullMQ's flows can express. */
export function treeDag(depth: number, fan: number): Dag {
  const needs: number[][] = Array.from({ length: fan ** depth }, () => []);
  let start = 0;
  for (let level = depth - 1; level >= 0; level -= 1) {
    const children = start;
    start = needs.length;
    for (let i = 0; i < fan ** level; i += 1)
      needs.push(Array.from({ length: fan }, (_, child) => children + i * fan + child));
  }
  return { size: needs.length, needs };
}

/** One long chain beside items that need nothing: the shape on which a wrong start order costs most. */
export function chainBesideLeaves(chain: number, leaves: number): Dag {
  const needs: number[][] = Array.from({ length: leaves }, () => []);
  for (let i = 0; i < chain; i += 1) needs.push(i === 0 ? [] : [leaves + i - 1]);
  return { size: chain + leaves, needs };
}

export function idOf(item: number): string {
  return `t${item}`;
}

/** Items that need this one, for contenders that keep their own books. */
export function dependentsOf(dag: Dag): number[][] {
  const dependents: number[][] = Array.from({ length: dag.size }, () => []);
  for (const [item, needs] of dag.needs.entries()) for (const need of needs) dependents[need]!.push(item);
  return dependents;
}
