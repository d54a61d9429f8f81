// Goal: a graph that has grown is the graph that is built whole. Method: random graphs in two parts, and edges that are changed.
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { withNeeds, withNumbers } from "../../src/graph/grow.ts";
import { topologicalOrder, topologicalRank } from "../../src/graph/order.ts";
import { acyclicNeeds, anyNeeds, graphFromNeeds } from "../support/graphs.ts";

/** Needs that lead to smaller numbers only. */
const ascending = anyNeeds(14).map((rows) =>
  rows.map((row, n) => [...new Set(row.filter((need) => need < n))].sort((a, b) => a - b)),
);

test.prop([ascending, fc.nat(14)], { numRuns: 1_000 })("a graph and numbers behind it are one graph", (needs, cut) => {
  expect(withNumbers(graphFromNeeds(needs.slice(0, cut)), needs.slice(cut))).toEqual(graphFromNeeds(needs));
});

test.prop([acyclicNeeds(8), anyNeeds(3), fc.nat(7)], { numRuns: 1_000 })(
  "one number after the other, also behind needs that were changed",
  (needs, added, n) => {
    const size = needs.length;
    const rows = added.map((row, i) =>
      [...new Set(row.filter((need) => need < i).map((need) => size + need))].sort((a, b) => a - b),
    );
    let graph = graphFromNeeds(needs);
    for (const row of rows) graph = withNumbers(graph, [row]);
    expect(graph).toEqual(graphFromNeeds([...needs, ...rows]));
    if (n >= size) return;
    const other = [...needs, ...rows].with(n, []);
    expect(withNeeds(graph, new Map([[n, []]]))).toEqual(graphFromNeeds(other));
  },
);

test.prop([ascending, fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 12 })], { numRuns: 500 })(
  "graphs that were made from one and the same leave each other and it alone",
  (needs, steps) => {
    const made = [{ needs, graph: graphFromNeeds(needs) }];
    for (const [choice, isEmpty] of steps) {
      const from = made[choice % made.length]!;
      const row = isEmpty || from.graph.size === 0 ? [] : [choice % from.graph.size];
      made.push({ needs: [...from.needs, row], graph: withNumbers(from.graph, [row]) });
    }
    for (const each of made) expect(each.graph).toEqual(graphFromNeeds(each.needs));
  },
);

test.prop([acyclicNeeds()])(
  "the rank of a number is its place in the order, and missing where that is the number",
  (needs) => {
    const graph = graphFromNeeds(needs);
    const order = topologicalOrder(graph)!;
    const rank = topologicalRank(graph);
    expect(order.map((n) => rank?.[n] ?? n)).toEqual(order.map((_, place) => place));
    expect(rank === undefined).toBe(needs.every((row, n) => row.every((need) => need < n)));
  },
);
