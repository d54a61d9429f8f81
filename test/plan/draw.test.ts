/** Goal: the drawings show every item and every need, and no title breaks out of its place. Method: one plan, each drawing written out. */
import { expect, test } from "vitest";
import { checkPlan } from "../../src/plan/check-plan.ts";
import { drawDot } from "../../src/plan/draw-dot.ts";
import { drawJson } from "../../src/plan/draw-json.ts";
import { drawLayers } from "../../src/plan/draw-layers.ts";
import { drawMermaid } from "../../src/plan/draw-mermaid.ts";
import { executionLayers, executionOrder } from "../../src/plan/execution.ts";

const definition = {
  name: 'a "name"',
  tasks: {
    a: { title: 'say "hi" \\ ]; click' },
    b: { needs: ["a"], matrix: { n: [1, 2] } },
    d: { needs: { b: "settled" } as const },
  },
};
const plan = checkPlan(definition);

test("S1-05: a diamond has the layers [[a],[b,c],[d]]", () => {
  const diamond = { tasks: { a: {}, b: { needs: ["a"] }, c: { needs: ["a"] }, d: { needs: ["b", "c"] } } };
  expect(executionLayers(diamond)).toEqual([["a"], ["b", "c"], ["d"]]);
  expect(executionOrder(checkPlan(diamond))).toEqual(["a", "b", "c", "d"]);
});

test("layers", () => {
  expect(drawLayers(plan)).toBe("1  a\n2  b[n=1]  b[n=2]\n3  d\n");
});

test("Mermaid", () => {
  expect(drawMermaid(plan)).toMatchInlineSnapshot(`
    "flowchart LR
      n0["a: say #34;hi#34; #92; #93;#59; click"]
      n1["b#91;n=1#93;"]
      n2["b#91;n=2#93;"]
      n3["d"]
      n0 --> n1
      n0 --> n2
      n1 -->|settled| n3
      n2 -->|settled| n3
    "
  `);
});

test("Graphviz", () => {
  expect(drawDot(plan)).toMatchInlineSnapshot(`
    "digraph "a \\"name\\"" {
      rankdir=LR;
      node [shape=box];
      "a" [tooltip="say \\"hi\\" \\\\ ]; click"];
      "b[n=1]";
      "b[n=2]";
      "d";
      "a" -> "b[n=1]";
      "a" -> "b[n=2]";
      "b[n=1]" -> "d" [label=settled];
      "b[n=2]" -> "d" [label=settled];
    }
    "
  `);
});

test("JSON", () => {
  expect(JSON.parse(drawJson(plan))).toMatchObject({
    name: 'a "name"',
    tasks: [
      { key: "a", layer: 0, needs: [] },
      { key: "b[n=1]", id: "b", layer: 1, needs: ["a"] },
      {},
      { needs: ["b[n=1]", "b[n=2]"] },
    ],
    layers: [["a"], ["b[n=1]", "b[n=2]"], ["d"]],
    longest_chain: ["a", "b[n=1]", "d"],
  });
});
