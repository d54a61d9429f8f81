/** What of a machine can happen at all, as far as it was explored. */
import type { AnyStateMachine } from "xstate";
import type { StateGraph } from "../model/explore.ts";
import { CoverageRecord, takenIn } from "./record.ts";

const explored = new WeakMap<AnyStateMachine, CoverageRecord[]>();

/** Notes what this exploration found; several, with other inputs or payloads, add up. */
export function noteReachable(graph: StateGraph): CoverageRecord {
  const record = reachableIn(graph);
  const { machine } = graph.model;
  explored.set(machine, [...(explored.get(machine) ?? []), record]);
  return record;
}

export function reachableIn({ model, nodes }: StateGraph): CoverageRecord {
  const { machine, initial } = model;
  const record = new CoverageRecord(machine);
  const into = nodes.map((): Set<string> => new Set());
  const open: (readonly [number, readonly string[]])[] = [];
  const came = (to: number, last: readonly string[]): void => {
    const key = last.join("\n");
    if (into[to]!.has(key)) return;
    into[to]!.add(key);
    open.push([to, last]);
  };
  came(0, record.begin(initial.state.snapshot, initial.microsteps));
  const edges = nodes.map((node) =>
    node.edges.map(({ to, microsteps }) => {
      record.step(microsteps, []);
      return { to, ...takenIn(machine, microsteps) };
    }),
  );
  // Goes on to what is added meanwhile. A step that takes no transition, such as a wait, leaves what came last as it was.
  for (const [at, last] of open) {
    for (const { to, first, end } of edges[at]!) {
      record.follow(last, first);
      came(to, end ?? last);
    }
  }
  return record;
}

/** All that was explored of the machine; `undefined` when nothing was. */
export function reachableOf(machine: AnyStateMachine): readonly CoverageRecord[] | undefined {
  return explored.get(machine);
}
