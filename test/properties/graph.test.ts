/**
 * Goal: the fast graph algorithms agree with the obvious slow ones on every small graph.
 * Method: random acyclic graphs and random digraphs against oracles written straight from the definitions.
 */
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { cyclePaths } from "../../src/graph/cycle.ts";
import { dependentsOf, needsOf } from "../../src/graph/graph.ts";
import { layersOf } from "../../src/graph/layers.ts";
import { topologicalOrder } from "../../src/graph/order.ts";
import { criticalPath, remainingPath } from "../../src/graph/paths.ts";
import { acyclicNeeds, anyNeeds, graphFromNeeds } from "../support/graphs.ts";

test.prop([anyNeeds()])("needs and dependents are the same edges seen from both ends", (needs) => {
  const graph = graphFromNeeds(needs);
  needs.forEach((list, n) => {
    expect([...needsOf(graph, n)]).toEqual([...new Set(list)].toSorted((a, b) => a - b));
    const dependents = needs.flatMap((other, m) => (other.includes(n) ? [m] : []));
    expect([...dependentsOf(graph, n)]).toEqual(dependents);
  });
});

test.prop([anyNeeds()])(
  "S1-03: the order is the smallest topological one, and missing exactly when there is a cycle",
  (needs) => {
    const order = topologicalOrder(graphFromNeeds(needs));
    expect(order === undefined ? undefined : [...order]).toEqual(slowOrder(needs));
  },
);

test.prop([acyclicNeeds()])(
  "S1-01, S1-04: a layer is the longest distance from a root, so it depends on earlier layers only",
  (needs) => {
    const { layerOf, count } = layersOf(graphFromNeeds(needs));
    const depth = (n: number): number => Math.max(0, ...needs[n]!.map((need) => depth(need) + 1));
    expect([...layerOf]).toEqual(needs.map((_, n) => depth(n)));
    expect(count).toBe(needs.length === 0 ? 0 : Math.max(...layerOf) + 1);
    needs.forEach((list, n) => list.forEach((need) => expect(layerOf[need]!).toBeLessThan(layerOf[n]!)));
  },
);

test.prop([anyNeeds(8)])(
  "S1-02: every knot of cycles gives one shortest cycle, each member needing the next",
  (needs) => {
    const paths = cyclePaths(graphFromNeeds(needs));
    const knots = slowKnots(needs);
    expect(paths).toHaveLength(knots.length);
    paths.forEach((path, i) => {
      expect(path[0]).toBe(path.at(-1));
      expect(new Set(path).size).toBe(path.length - 1);
      for (let at = 1; at < path.length; at++) expect(needs[path[at - 1]!]).toContain(path[at]);
      expect(knots[i]).toEqual(expect.arrayContaining(path));
      expect(path.length - 1).toBe(Math.min(...knots[i]!.map((n) => slowGirth(needs, n))));
    });
  },
);

test.prop([acyclicNeeds(), fc.infiniteStream(fc.nat(9))])(
  "the critical path is a heaviest chain from a root to an end",
  (needs, stream) => {
    const weights = needs.map(() => stream.next().value!);
    const graph = graphFromNeeds(needs);
    const remaining = (n: number): number =>
      weights[n]! + Math.max(0, ...needs.flatMap((list, m) => (list.includes(n) ? [remaining(m)] : [])));
    expect([...remainingPath(graph, (n) => weights[n]!)]).toEqual(needs.map((_, n) => remaining(n)));
    const path = criticalPath(graph, weights);
    expect(path.reduce((sum, n) => sum + weights[n]!, 0)).toBe(Math.max(0, ...needs.map((_, n) => remaining(n))));
    for (let at = 1; at < path.length; at++) expect(needs[path[at]!]).toContain(path[at - 1]);
  },
);

function slowOrder(needs: readonly (readonly number[])[]): number[] | undefined {
  const order: number[] = [];
  while (order.length < needs.length) {
    const next = needs.findIndex((list, n) => !order.includes(n) && list.every((need) => order.includes(need)));
    if (next === -1) return undefined;
    order.push(next);
  }
  return order;
}

/** Numbers of needs to follow from `n` to reach each number; at least one step. */
function distances(needs: readonly (readonly number[])[], n: number): Map<number, number> {
  const found = new Map<number, number>();
  let edge = [n];
  for (let steps = 1; edge.length > 0; steps++) {
    edge = [...new Set(edge.flatMap((m) => needs[m]!))].filter((m) => !found.has(m));
    for (const m of edge) found.set(m, steps);
  }
  return found;
}

function slowGirth(needs: readonly (readonly number[])[], n: number): number {
  return distances(needs, n).get(n) ?? Infinity;
}

function slowKnots(needs: readonly (readonly number[])[]): number[][] {
  const knots = new Map<string, number[]>();
  needs.forEach((_, n) => {
    const from = distances(needs, n);
    if (!from.has(n)) return;
    const members = [...from.keys()].filter((m) => distances(needs, m).has(n)).toSorted((a, b) => a - b);
    knots.set(members.join(), members);
  });
  return [...knots.values()].toSorted((a, b) => a[0]! - b[0]!);
}
