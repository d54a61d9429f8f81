import type { AnyStateMachine, EventFromLogic, InputFrom, SnapshotFrom } from "xstate";
import { adjacencyMapToArray, getAdjacencyMap } from "xstate/graph";

export interface Edge<TMachine extends AnyStateMachine> {
  readonly from: SnapshotFrom<TMachine>;
  readonly event: EventFromLogic<TMachine>;
  readonly to: SnapshotFrom<TMachine>;
}

export interface Exploration<TMachine extends AnyStateMachine> {
  readonly states: readonly SnapshotFrom<TMachine>[];
  /** Every state with every event, also where nothing happens. */
  readonly edges: readonly Edge<TMachine>[];
}

/** Sends every event to every state that can be reached by them. */
export function explore<TMachine extends AnyStateMachine>(
  machine: TMachine,
  input: InputFrom<TMachine>,
  events: readonly EventFromLogic<TMachine>[],
): Exploration<TMachine> {
  const map = getAdjacencyMap(machine, { input, events: [...events], limit: 2_000_000 } as never);
  const edges = adjacencyMapToArray(map as never).map(({ state, event, nextState }) => ({
    from: state,
    event,
    to: nextState,
  }));
  // xstate/graph forgets the machine's own types on the way.
  return { states: Object.values(map).map(({ state }) => state), edges } as unknown as Exploration<TMachine>;
}

/** Whether anything at all happened, context included. */
export const isStill = ({ from, to }: { readonly from: unknown; readonly to: unknown }): boolean => from === to;

/** Each state from which no path leads to one that satisfies `isGoal`, using the edges that `allowed` lets through. */
export function statesWithoutWayOut<TMachine extends AnyStateMachine>(
  { states, edges }: Exploration<TMachine>,
  isGoal: (state: SnapshotFrom<TMachine>) => boolean,
  allowed: (edge: Edge<TMachine>) => boolean = () => true,
): readonly SnapshotFrom<TMachine>[] {
  const keyOf = ({ value, context }: { value: unknown; context: unknown }): string => JSON.stringify([value, context]);
  const into = new Map<string, string[]>();
  for (const edge of edges.filter(allowed)) {
    const from = into.get(keyOf(edge.to)) ?? [];
    from.push(keyOf(edge.from));
    into.set(keyOf(edge.to), from);
  }
  const saved = new Set<string>();
  const open = states.filter(isGoal).map((state) => keyOf(state as never));
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    if (saved.has(key)) continue;
    saved.add(key);
    open.push(...(into.get(key) ?? []));
  }
  return states.filter((state) => !saved.has(keyOf(state as never)));
}
