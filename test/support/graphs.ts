import * as fc from "fast-check";
import { buildGraph, type Graph } from "../../src/graph/graph.ts";

/** A graph from the needs of each number. */
export function graphFromNeeds(needs: readonly (readonly number[])[]): Graph {
  const pairs = needs.flatMap((list, to) => list.map((from) => ({ from, to })));
  return buildGraph(needs.length, {
    from: Int32Array.from(pairs, (pair) => pair.from),
    to: Int32Array.from(pairs, (pair) => pair.to),
    count: pairs.length,
  });
}

/** Any directed graph, written as needs: cycles, self loops and duplicates included. */
export function anyNeeds(sizeMax = 12): fc.Arbitrary<number[][]> {
  return fc
    .nat(sizeMax)
    .chain((size) =>
      fc.array(fc.array(fc.nat(Math.max(0, size - 1)), { maxLength: 3 }), { minLength: size, maxLength: size }),
    );
}

/** Needs without a cycle, in a shuffled numbering. */
export function acyclicNeeds(sizeMax = 12): fc.Arbitrary<number[][]> {
  return fc.tuple(anyNeeds(sizeMax), fc.infiniteStream(fc.nat())).map(([needs, shuffle]) => {
    const number = shuffled(needs.length, shuffle);
    const out: number[][] = needs.map(() => []);
    needs.forEach((list, to) => {
      for (const from of list) if (from < to) out[number[to]!]!.push(number[from]!);
    });
    return out;
  });
}

function shuffled(size: number, stream: Iterator<number>): number[] {
  const numbers = Array.from({ length: size }, (_, n) => n);
  for (let n = size - 1; n > 0; n--) {
    const other = stream.next().value! % (n + 1);
    [numbers[n], numbers[other]] = [numbers[other]!, numbers[n]!];
  }
  return numbers;
}
