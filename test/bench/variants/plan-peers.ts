/** What reading a plan cannot be cheaper than: the parser alone, and the parser with the smallest possible graph work. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { numberParam, textParam, type Prepared, type VariantParams } from "../harness/variant.ts";
import { loadPeer } from "../peers/load.ts";

interface PlanShape {
  readonly tasks: Readonly<Record<string, { readonly needs: readonly string[] }>>;
}

const readJson = (params: VariantParams): PlanShape =>
  // Written by plan.ts.
  JSON.parse(readFileSync(textParam(params, "file"), "utf8")) as PlanShape;

export function jsonParse(params: VariantParams): Prepared {
  return { run: () => check(Object.keys(readJson(params).tasks).length, params) };
}

export function jsonParseAndKahn(params: VariantParams): Prepared {
  return { run: () => check(kahn(readJson(params)), params) };
}

/** `uniqueKeys: false`, because with it `yaml` compares every key with every other. */
export function yamlParse(params: VariantParams): Prepared {
  return {
    run: () => {
      const plan = parse(readFileSync(textParam(params, "file"), "utf8"), {
        uniqueKeys: false,
        maxAliasCount: 100,
      }) as PlanShape;
      check(Object.keys(plan.tasks).length, params);
    },
  };
}

/** Numbers the tasks and takes them in layers; the count tells whether there was a cycle. */
function kahn(plan: PlanShape): number {
  const ids = Object.keys(plan.tasks);
  const numbers = new Map(ids.map((id, number) => [id, number]));
  const missing = new Int32Array(ids.length);
  const dependents: number[][] = ids.map(() => []);
  for (const [number, id] of ids.entries()) {
    for (const need of plan.tasks[id]!.needs) dependents[numbers.get(need)!]!.push(number);
    missing[number] = plan.tasks[id]!.needs.length;
  }
  const order: number[] = [];
  for (let number = 0; number < ids.length; number += 1) if (missing[number] === 0) order.push(number);
  for (let at = 0; at < order.length; at += 1)
    for (const next of dependents[order[at]!]!) if (--missing[next]! === 0) order.push(next);
  return order.length;
}

export async function graphology(params: VariantParams): Promise<Prepared> {
  interface DirectedGraph {
    addNode(id: string): void;
    addDirectedEdge(from: string, to: string): void;
  }
  const { default: graphs } = await loadPeer<{ readonly default: { readonly DirectedGraph: new () => DirectedGraph } }>(
    "graphology",
  );
  const { default: dags } = await loadPeer<{
    readonly default: { readonly topologicalGenerations: (graph: DirectedGraph) => readonly (readonly string[])[] };
  }>("graphology-dag");
  return {
    run: () => {
      const { tasks } = readJson(params);
      const graph = new graphs.DirectedGraph();
      for (const id of Object.keys(tasks)) graph.addNode(id);
      for (const [id, task] of Object.entries(tasks)) for (const need of task.needs) graph.addDirectedEdge(need, id);
      check(dags.topologicalGenerations(graph).flat().length, params);
    },
  };
}

export function check(got: number, params: VariantParams): void {
  const size = numberParam(params, "size");
  if (got !== size) throw new Error(`expected ${size} tasks, got ${got}`);
}
