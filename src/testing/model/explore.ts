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

/** @throws SignalboxError (`model_too_large`) that says which part of the context has no end */
export function exploreModel(model: Model, options: ExploreOptions = {}): StateGraph {
  const { limit = LIMITS.modelStatesDefault, stopWhen } = options;
  const numbers = new Map<string, number>();
  const nodes: (GraphNode & { readonly edges: GraphEdge[] })[] = [];
  let chars = 0;
  const numberOf = (state: ModelState, cameBy: GraphEdge | undefined): number => {
    const key = model.key(state);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    chars += key.length;
    if (nodes.length === limit) throw tooLarge(model, nodes, `at most ${limit} states, and there are more`);
    // A list that grows would fill the memory long before its states are too many.
    if (chars > limit * LIMITS.modelStateCharsMax)
      throw tooLarge(model, nodes, `states that stay small, and ${nodes.length} of them take ${chars} characters`);
    const number = nodes.length;
    numbers.set(key, number);
    nodes.push({ number, state, edges: [], cameBy: cameBy && { ...cameBy, to: number } });
    return number;
  };
  numberOf(model.initial.state, undefined);
  // Goes on to the nodes that are found meanwhile.
  for (const { number: from, state, edges } of nodes) {
    if (stopWhen?.(state.snapshot as never) === true) continue;
    for (const step of model.steps(state)) {
      const taken: Taken | undefined = model.take(state, step);
      if (taken === undefined) continue;
      const edge = { from, step: taken.step, to: -1, microsteps: taken.microsteps, reacted: hasReacted(taken) };
      edges.push({ ...edge, to: numberOf(taken.state, edge) });
    }
  }
  return { model, nodes };
}

function tooLarge({ machine }: Model, nodes: readonly GraphNode[], what: string): SignalboxError {
  const parts = growingParts(nodes.map(({ state }) => state.snapshot));
  const why = parts.length === 0 ? "" : ` (${parts.join(", ")})`;
  const name = /^context\.(\w+)/.exec(parts[0] ?? "")?.[1] ?? "count";
  return new SignalboxError(
    "model_too_large",
    `expected machine ${machine.id} to have ${what}${why}; ` +
      `say which of them count as one, such as \`abstract: (s) => [s.value, Math.min(s.context.${name}, 3)]\`, send fewer payloads, or raise \`limit\``,
  );
}

/** The steps of the shortest way to this state. */
export function wayTo({ nodes }: StateGraph, number: number): readonly GraphEdge[] {
  const way: GraphEdge[] = [];
  for (let edge = nodes[number]!.cameBy; edge !== undefined; edge = nodes[edge.from]!.cameBy) way.unshift(edge);
  return way;
}
