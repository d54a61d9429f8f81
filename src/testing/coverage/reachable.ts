/** What of a machine can happen at all, as far as it was explored. */
import type { AnyTransitionDefinition, AnyStateMachine } from "xstate";
import type { GraphEdge, StateGraph } from "../model/explore.ts";
import { CoverageRecord } from "./record.ts";

const explored = new WeakMap<AnyStateMachine, CoverageRecord[]>();

/** Notes what this exploration found; several, with other inputs or payloads, add up. */
export function noteReachable(graph: StateGraph): CoverageRecord {
  const record = reachableIn(graph);
  const { machine } = graph.model;
  explored.set(machine, [...(explored.get(machine) ?? []), record]);
  return record;
}

export function reachableIn({ model, nodes }: StateGraph): CoverageRecord {
  const record = new CoverageRecord(model.machine);
  const { state, microsteps } = model.initial;
  record.begin(state.snapshot, microsteps);
  const intoFirst = [lastOf(microsteps)];
  const into = nodes.map((): Set<readonly AnyTransitionDefinition[]> => new Set());
  for (const last of intoFirst) into[0]!.add(last);
  const edges = nodes.flatMap((node) => node.edges);
  for (const edge of edges) {
    record.step(edge.microsteps);
    if (edge.microsteps.length > 0) into[edge.to]!.add(lastOf(edge.microsteps));
  }
  for (const edge of edges) for (const first of into[edge.from]!) record.follow(first, firstOf(edge));
  return record;
}

function lastOf(microsteps: GraphEdge["microsteps"]): readonly AnyTransitionDefinition[] {
  return microsteps.at(-1)?.transitions ?? [];
}

function firstOf({ microsteps }: GraphEdge): readonly AnyTransitionDefinition[] {
  return microsteps[0]?.transitions ?? [];
}

/** All that was explored of the machine; `undefined` when nothing was. */
export function reachableOf(machine: AnyStateMachine): readonly CoverageRecord[] | undefined {
  return explored.get(machine);
}
