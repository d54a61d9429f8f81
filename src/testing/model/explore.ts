/** Every state that a machine can reach, with every step between them: breadth first, and never more than was allowed. */
import { SignalboxError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { hasReacted, type Model, type ModelState, type Taken } from "./model.ts";
import type { Microstep } from "./pure-machine.ts";
import { growingParts } from "./state-key.ts";
import type { Step } from "./step.ts";

export interface GraphEdge {
  readonly from: number;
  readonly step: Step;
  readonly to: number;
  readonly microsteps: readonly Microstep[];
  /** `false`: the machine ignored it. */
  readonly reacted: boolean;
}

export interface GraphNode {
  readonly number: number;
  readonly state: ModelState;
  readonly edges: readonly GraphEdge[];
  /** On the shortest way from the first state; `undefined` for that one. */
  readonly cameBy: GraphEdge | undefined;
}

/** Steps that follow each other. */
export type Way = readonly GraphEdge[];

/** Node 0 is the first state. */
export interface StateGraph {
  readonly model: Model;
  readonly nodes: readonly GraphNode[];
}

export interface ExploreOptions {
  /** Most states. Default `LIMITS.modelStatesDefault`. */
  readonly limit?: number | undefined;
  /** Nothing is sent to a state that this is true of. */
  readonly stopWhen?: ((snapshot: never) => boolean) | undefined;
}

type GrowingNode = { -readonly [TKey in keyof GraphNode]: GraphNode[TKey] } & { readonly edges: GraphEdge[] };

/** @throws SignalboxError (`model_too_large`) that says which part of the context has no end */
export function exploreModel(model: Model, options: ExploreOptions = {}): StateGraph {
  const { limit = LIMITS.modelStatesDefault, stopWhen } = options;
  const known = new Map<string, GrowingNode>();
  const nodes: GrowingNode[] = [];
  let chars = 0;
  const nodeOf = (state: ModelState): GrowingNode => {
    const key = model.key(state);
    const before = known.get(key);
    if (before !== undefined) return before;
    chars += key.length;
    if (nodes.length === limit) throw tooLarge(model, nodes, `at most ${limit} states, and there are more`);
    // A list that grows would fill the memory long before its states are too many.
    if (chars > limit * LIMITS.modelStateCharsMax)
      throw tooLarge(model, nodes, `states that stay small, and ${nodes.length} of them take ${chars} characters`);
    const node: GrowingNode = { number: nodes.length, state, edges: [], cameBy: undefined };
    known.set(key, node);
    nodes.push(node);
    return node;
  };
  nodeOf(model.initial.state);
  // Goes on to the nodes that are found meanwhile.
  for (const { number: from, state, edges } of nodes) {
    if (stopWhen?.(state.snapshot as never) === true) continue;
    for (const step of model.steps(state)) {
      const taken: Taken | undefined = model.take(state, step);
      if (taken === undefined) continue;
      const isNew = nodes.length;
      const node = nodeOf(taken.state);
      const { microsteps } = taken;
      const edge = { from, step: taken.step, to: node.number, microsteps, reacted: hasReacted(taken) };
      edges.push(edge);
      if (node.number === isNew) node.cameBy = edge;
    }
  }
  return { model, nodes };
}

function tooLarge({ machine }: Model, nodes: readonly GraphNode[], what: string): SignalboxError {
  const parts = growingParts(nodes.map(({ state }) => state.snapshot));
  const why = parts.length === 0 ? "" : ` (${parts.join(", ")})`;
  const name = /^context\.(\w+)/.exec(parts[0] ?? "")?.[1] ?? "count";
  const last = nodes.at(-1)?.state.snapshot.context as Readonly<Record<string, unknown>> | undefined;
  const measure = typeof last?.[name] === "number" || last?.[name] === undefined ? name : `${name}.length`;
  return new SignalboxError(
    "model_too_large",
    `expected machine ${machine.id} to have ${what}${why}; ` +
      `say which of them count as one, such as \`abstract: (s) => [s.value, Math.min(s.context.${measure}, 3)]\`, send fewer payloads, or raise \`limit\``,
  );
}

/** The steps of the shortest way to this state. */
export function wayTo({ nodes }: StateGraph, number: number): readonly GraphEdge[] {
  const way: GraphEdge[] = [];
  for (let edge = nodes[number]!.cameBy; edge !== undefined; edge = nodes[edge.from]!.cameBy) way.push(edge);
  return way.reverse();
}
