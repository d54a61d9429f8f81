/**
 * Goal: graph algorithms give known answers on known shapes, and stay fast and stack-safe on the largest ones.
 * Method: small graphs written as `needs` lists; one chain and one random graph of 100,000.
 */
import { describe, expect, test } from "vitest";
import { cyclePath, cyclePaths } from "../../src/graph/cycle.ts";
import { dependentsOf, needsOf } from "../../src/graph/graph.ts";
import { layerMembers, layersOf } from "../../src/graph/layers.ts";
import { topologicalOrder } from "../../src/graph/order.ts";
import { criticalPath, remainingPath } from "../../src/graph/paths.ts";
import { graphFromNeeds } from "../support/graphs.ts";

const DIAMOND = [[], [0], [0], [1, 2]];

describe("graph", () => {
  test("rows are ascending and an edge given twice counts once", () => {
    const graph = graphFromNeeds([[], [], [1, 0, 1, 0]]);
    expect([...needsOf(graph, 2)]).toEqual([0, 1]);
    expect([...dependentsOf(graph, 0)]).toEqual([2]);
    expect(graph.needs.length).toBe(2);
  });

  test("an edge outside the graph is an internal error, not a silent write", () => {
    expect(() => graphFromNeeds([[7]])).toThrow(/outside a graph of 1/);
  });

  test("an empty graph has an empty order, no layers, no cycle, no critical path", () => {
    const graph = graphFromNeeds([]);
    expect(topologicalOrder(graph)).toHaveLength(0);
    expect(layersOf(graph).count).toBe(0);
    expect(cyclePath(graph)).toBeUndefined();
    expect(criticalPath(graph, [])).toEqual([]);
  });
});

describe("order", () => {
  test("S1-03: keeps the given order where needs allow and takes the smallest available otherwise", () => {
    expect([...topologicalOrder(graphFromNeeds(DIAMOND))!]).toEqual([0, 1, 2, 3]);
    expect([...topologicalOrder(graphFromNeeds([[3], [], [1], []]))!]).toEqual([1, 2, 3, 0]);
  });

  test("there is no order for a cycle", () => {
    expect(topologicalOrder(graphFromNeeds([[1], [0], []]))).toBeUndefined();
    expect(topologicalOrder(graphFromNeeds([[0]]))).toBeUndefined();
  });
});

describe("layers", () => {
  test("S1-05: a diamond has three layers", () => {
    expect(layerMembers(layersOf(graphFromNeeds(DIAMOND)))).toEqual([[0], [1, 2], [3]]);
  });

  test("S1-01: a layer is the longest distance from a root, not the shortest", () => {
    expect(layerMembers(layersOf(graphFromNeeds([[], [0], [0, 1], [0, 2]])))).toEqual([[0], [1], [2], [3]]);
  });
});

describe("cycle", () => {
  test("S1-02: the path ends where it starts, each member needing the next", () => {
    expect(cyclePath(graphFromNeeds([[1], [2], [0]]))).toEqual([0, 1, 2, 0]);
  });

  test("S1-02: a self loop is its own path", () => {
    expect(cyclePath(graphFromNeeds([[], [1, 0]]))).toEqual([1, 1]);
  });

  test("S1-02: two disjoint cycles give two paths, by smallest member", () => {
    expect(cyclePaths(graphFromNeeds([[2], [3], [0], [4], [1], [0, 1]]))).toEqual([
      [0, 2, 0],
      [1, 3, 4, 1],
    ]);
  });

  test("the shortest cycle of a knot is reported", () => {
    // 0 -> 1 -> 2 -> 3 -> 0 and 2 -> 1.
    expect(cyclePath(graphFromNeeds([[1], [2], [1, 3], [0]]))).toEqual([1, 2, 1]);
  });
});

describe("paths", () => {
  test("the remaining path counts the own weight and the heaviest chain behind", () => {
    const graph = graphFromNeeds([[], [0], [0], [1, 2]]);
    expect([...remainingPath(graph)]).toEqual([3, 2, 2, 1]);
    expect(criticalPath(graph, [1, 1, 5, 1])).toEqual([0, 2, 3]);
  });
});

describe("size", () => {
  const size = 100_000;

  test("a chain of 100,000 needs no recursion, whichever way it is written", () => {
    const chain = graphFromNeeds(Array.from({ length: size }, (_, n) => (n + 1 < size ? [n + 1] : [])));
    expect(layersOf(chain).count).toBe(size);
    expect(topologicalOrder(chain)![0]).toBe(size - 1);
    expect(criticalPath(chain, new Float64Array(size).fill(1))).toHaveLength(size);
  });

  test("a cycle of 100,000 is found and printed whole", () => {
    const ring = graphFromNeeds(Array.from({ length: size }, (_, n) => [(n + 1) % size]));
    const path = cyclePath(ring)!;
    expect(path).toHaveLength(size + 1);
    expect(path[0]).toBe(path[size]);
  });
});
