/**
 * Goal: the drawings show every item, need, condition and group, and no word of a plan breaks out of its place. Method: one plan of
 * plain needs and one of combinators, each drawing written out; and the lines of a plan of evil words against a small grammar.
 */
import { describe, expect, test } from "vitest";
import { checkPlan } from "../../src/plan/check-plan.ts";
import { drawDot } from "../../src/plan/draw-dot.ts";
import { drawJson } from "../../src/plan/draw-json.ts";
import { drawLayers } from "../../src/plan/draw-layers.ts";
import { drawMermaid } from "../../src/plan/draw-mermaid.ts";
import { fallback, matrix, parallel, sequence, task, when } from "../../src/plan/combine/combinators.ts";
import { executionLayers, executionOrder } from "../../src/plan/execution.ts";
import { scopePlan } from "../../src/plan/scope.ts";

const definition = {
  name: 'a "name"',
  tasks: {
    a: { title: 'say "hi" \\ ]; click' },
    b: { needs: ["a"], matrix: { n: [1, 2] } },
    d: { needs: { b: "settled" } as const },
  },
};
const plan = checkPlan(definition);

const combined = checkPlan(
  sequence(
    task("build"),
    parallel(
      matrix({ node: [22, 26] }, () => task("test")),
      fallback(task("mirror"), parallel(task("origin"), task("cache"))),
      { name: "checks" },
    ),
    when(task("changed"), task("publish")),
    task("report", { allowFailure: true }),
    task("end"),
  ),
);

test("S1-05: a diamond has the layers [[a],[b,c],[d]]", () => {
  const diamond = { tasks: { a: {}, b: { needs: ["a"] }, c: { needs: ["a"] }, d: { needs: ["b", "c"] } } };
  expect(executionLayers(diamond)).toEqual([["a"], ["b", "c"], ["d"]]);
  expect(executionOrder(checkPlan(diamond))).toEqual(["a", "b", "c", "d"]);
});

test("layers", () => {
  expect(drawLayers(plan)).toBe(
    "1  a\n2  b[n=1]  b[n=2]\n3  d\n\nconditions:\n  d needs b[n=1] settled; b[n=2] settled\n",
  );
  expect(drawLayers(checkPlan({ tasks: { a: {}, b: { needs: ["a"] } } }))).toBe("1  a\n2  b\n");
});

test("Mermaid", () => {
  expect(drawMermaid(plan)).toMatchInlineSnapshot(`
    "flowchart LR
      n0["a: say #34;hi#34; #92; #93;#59; click"]
      subgraph g0["b"]
        n1["b#91;n=1#93;"]
        n2["b#91;n=2#93;"]
      end
      n3["d"]
      n0 --> n1
      n0 --> n2
      n1 -.->|"settled"| n3
      n2 -.->|"settled"| n3
    "
  `);
});

test("Graphviz", () => {
  expect(drawDot(plan)).toMatchInlineSnapshot(`
    "digraph "a \\"name\\"" {
      rankdir=LR;
      node [shape=box];
      "a" [tooltip="say \\"hi\\" \\\\ ]; click"];
      subgraph cluster_0 {
        label="b";
        style=dotted;
        "b[n=1]";
        "b[n=2]";
      }
      "d";
      "a" -> "b[n=1]";
      "a" -> "b[n=2]";
      "b[n=1]" -> "d" [label="settled", style=dashed];
      "b[n=2]" -> "d" [label="settled", style=dashed];
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

test("S1-17: layers of combinators have the groups as a tree, and the needs that ask for more than done", () => {
  expect(drawLayers(combined)).toMatchInlineSnapshot(`
    "1  build
    2  test[node=22]  test[node=26]  mirror
    3  origin  cache
    4  parallel-2 (all)
    5  fallback-1 (any)
    6  changed
    7  publish
    8  report
    9  end

    groups:
      checks: onError failFast
        test[node=22]  test[node=26]
        fallback-1: onError settleAll, race fallback-1
          mirror
          parallel-2: onError failFast
            origin
            cache
          parallel-2 (all)
        fallback-1 (any)

    conditions:
      origin needs mirror missed
      cache needs mirror missed
      publish needs changed when true
      report needs publish passed
      end needs publish passed; report settled
    "
  `);
});

test("S1-17: Mermaid draws groups inside each other, joins, conditions and values", () => {
  expect(drawMermaid(combined)).toMatchInlineSnapshot(`
    "flowchart LR
      n0["build"]
      subgraph g0["checks: onError failFast"]
        subgraph g1["test"]
          n1["test#91;node=22#93;"]
          n2["test#91;node=26#93;"]
        end
        subgraph g2["fallback-1: onError settleAll, race fallback-1"]
          n3["mirror"]
          subgraph g3["parallel-2: onError failFast"]
            n4["origin"]
            n5["cache"]
          end
          n6(["all parallel-2"])
        end
        n7(["any fallback-1"])
      end
      n8["changed"]
      n9["publish"]
      n10["report"]
      n11["end"]
      n0 --> n1
      n0 --> n2
      n0 --> n3
      n0 --> n4
      n3 -.->|"missed"| n4
      n0 --> n5
      n3 -.->|"missed"| n5
      n4 --> n6
      n5 --> n6
      n3 --> n7
      n6 --> n7
      n1 --> n8
      n2 --> n8
      n7 --> n8
      n8 -->|"when true"| n9
      n8 --> n10
      n9 -.->|"passed"| n10
      n8 --> n11
      n9 -.->|"passed"| n11
      n10 -.->|"settled"| n11
    "
  `);
});

test("S1-17: Graphviz draws groups inside each other, joins, conditions and values", () => {
  expect(drawDot(combined)).toMatchInlineSnapshot(`
    "digraph "plan" {
      rankdir=LR;
      node [shape=box];
      "build";
      subgraph cluster_0 {
        label="checks: onError failFast";
        style=solid;
        subgraph cluster_1 {
          label="test";
          style=dotted;
          "test[node=22]";
          "test[node=26]";
        }
        subgraph cluster_2 {
          label="fallback-1: onError settleAll, race fallback-1";
          style=solid;
          "mirror";
          subgraph cluster_3 {
            label="parallel-2: onError failFast";
            style=solid;
            "origin";
            "cache";
          }
          "parallel-2" [shape=circle, width=0.3, margin=0, label="all", xlabel="parallel-2"];
        }
        "fallback-1" [shape=circle, width=0.3, margin=0, label="any", xlabel="fallback-1"];
      }
      "changed";
      "publish";
      "report";
      "end";
      "build" -> "test[node=22]";
      "build" -> "test[node=26]";
      "build" -> "mirror";
      "build" -> "origin";
      "mirror" -> "origin" [label="missed", style=dashed];
      "build" -> "cache";
      "mirror" -> "cache" [label="missed", style=dashed];
      "origin" -> "parallel-2";
      "cache" -> "parallel-2";
      "mirror" -> "fallback-1";
      "parallel-2" -> "fallback-1";
      "test[node=22]" -> "changed";
      "test[node=26]" -> "changed";
      "fallback-1" -> "changed";
      "changed" -> "publish" [label="when true"];
      "changed" -> "report";
      "publish" -> "report" [label="passed", style=dashed];
      "changed" -> "end";
      "publish" -> "end" [label="passed", style=dashed];
      "report" -> "end" [label="settled", style=dashed];
    }
    "
  `);
});

test("S1-17: JSON has groups with their members, joins, conditions and values", () => {
  const { tasks, groups } = JSON.parse(drawJson(combined)) as { tasks: { key: string }[]; groups: unknown };
  const ofKey = (key: string): unknown => tasks.find((task) => task.key === key);
  expect(groups).toEqual([
    { name: "checks", on_error: "failFast", items: ["test[node=22]", "test[node=26]", "fallback-1"] },
    {
      name: "fallback-1",
      on_error: "settleAll",
      race: "fallback-1",
      group: "checks",
      items: ["mirror", "parallel-2"],
    },
    { name: "parallel-2", on_error: "failFast", group: "fallback-1", items: ["origin", "cache"] },
  ]);
  expect(ofKey("test[node=22]")).toMatchObject({ group: "checks", matrix: { node: 22 } });
  expect(ofKey("parallel-2")).toMatchObject({ join: "all", group: "fallback-1" });
  expect(ofKey("origin")).toMatchObject({ conditions: { mirror: "missed" } });
  expect(ofKey("publish")).toMatchObject({ when: { changed: [true] } });
  expect(ofKey("report")).toMatchObject({ allow_failure: true });
});

test("a group that the scope left without members is not drawn, nor is a race whose end is outside", () => {
  const part = scopePlan(combined, ["origin", "cache"], { withNeeds: true });
  expect(drawLayers(part)).toBe(
    "1  build\n2  mirror\n3  origin  cache\n\ngroups:\n  checks: onError failFast\n    fallback-1: onError settleAll\n      mirror\n" +
      "      parallel-2: onError failFast\n        origin\n        cache\n\nconditions:\n  origin needs mirror missed\n  cache needs mirror missed\n",
  );
});

test("long values are cut short", () => {
  const long = checkPlan({ tasks: { a: {}, b: { needs: ["a"], when: { a: "x".repeat(100) } } } });
  expect(drawLayers(long)).toContain(`  b needs a when "${"x".repeat(38)}…\n`);
});

describe("words that mean something to a drawing", () => {
  const evil = [
    "end",
    "subgraph",
    'a"]; click n0 "javascript:x"',
    "%% comment",
    "<script>",
    "a|b",
    "\\",
    "\\N",
    "é 😀",
  ];
  const drawn = checkPlan({
    name: 'x" { "y',
    groups: { end: {}, subgraph: { group: "end", onError: "settleAll", race: "graph" } },
    tasks: {
      ...Object.fromEntries(evil.map((title, i) => [`t${i}`, { title, group: "end", matrix: { x: [title, 1] } }])),
      first: {},
      default: { needs: ["first"], when: { first: evil }, group: "subgraph" },
      graph: { join: "any", title: evil[2]!, needs: { default: "passed" }, group: "end" },
    },
  });

  test("Mermaid: every line is one of five, subgraphs end, arrows join nodes that are there", () => {
    const text = String.raw`"(?:[\w .,:/=-]|#\d+;)*"`;
    const node = new RegExp(String.raw`^(n\d+)(?:\[${text}\]|\(\[${text}\]\))$`);
    const arrow = new RegExp(String.raw`^(n\d+) (?:-->|-\.->)(?:\|${text}\|)? (n\d+)$`);
    const open = new RegExp(String.raw`^subgraph g\d+\[${text}\]$`);
    const [head, ...lines] = drawMermaid(drawn).trimEnd().split("\n");
    expect(head).toBe("flowchart LR");
    const nodes = new Set<string>();
    let depth = 0;
    for (const line of lines.map((line) => line.trim())) {
      const made = node.exec(line)?.[1];
      const ends = arrow.exec(line)?.slice(1);
      if (made !== undefined) nodes.add(made);
      else if (open.test(line)) depth++;
      else if (line === "end") expect(depth--, "subgraphs open").toBeGreaterThan(0);
      else
        expect(
          ends?.every((end) => nodes.has(end)),
          line,
        ).toBe(true);
    }
    expect(depth).toBe(0);
    expect(nodes.size).toBe(drawn.tasks.length);
  });

  test("Graphviz: outside of quotes there is nothing of a plan", () => {
    const outside = drawDot(drawn).replace(/"(?:[^"\\\n]|\\["\\])*"/g, "Q");
    const words = new Set(outside.match(/[^\s;,=[\]{}]+/g));
    const numbered = [...words].map((word) => word.replace(/\d+$/, "#"));
    expect(new Set(numbered)).toEqual(
      new Set(
        ["digraph", "Q", "rankdir", "LR", "node", "shape", "box", "subgraph", "cluster_#", "label", "style"].concat([
          "solid",
          "dotted",
          "dashed",
          "tooltip",
          "->",
          "circle",
          "width",
          "0.#",
          "margin",
          "#",
          "xlabel",
        ]),
      ),
    );
  });
});
