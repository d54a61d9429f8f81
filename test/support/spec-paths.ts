/** Paths through the specification of a run, generated from its machine: every one there is, or as few as take every step. */
import { getAdjacencyMap } from "xstate/graph";
import { runSpecMachine, type RunSpecSnapshot } from "../../machines/run-spec-machine.ts";
import {
  eventsOf,
  personEvents,
  stepRunSpec,
  type RunSpec,
  type RunSpecEvent,
  type RunSpecState,
} from "../../machines/run-spec.ts";

export interface SpecStep {
  readonly event: RunSpecEvent;
  readonly to: string;
}

/** The states of a run by key, the first one first, each with the steps out of it. */
export type SpecGraph = ReadonlyMap<string, { readonly state: RunSpecState; readonly steps: readonly SpecStep[] }>;

export const specKey = (state: RunSpecState): string => JSON.stringify(state);

/**
 * All that a run may do when an engine carries it out: what the engine decides by itself it decides at once, so where a run can
 * drain, begin an undo, or has taken back everything, nothing else happens, and it is not cancelled before it has begun.
 */
export function specGraph(spec: RunSpec, isLookedAt: (event: RunSpecEvent) => boolean = () => true): SpecGraph {
  const size = spec.needs.length;
  const adjacency = getAdjacencyMap(runSpecMachine, {
    input: spec,
    events: [...eventsOf(spec), ...personEvents(size)].filter(isLookedAt),
    filterEvents: (snapshot, event) => {
      if (snapshot.value === "planned") return event.type === "start";
      const own = engineStep(spec, snapshot.context.state);
      return own === undefined ? snapshot.can(event) : JSON.stringify(own) === JSON.stringify(event);
    },
    serializeState: (snapshot) => specKey(snapshot.context.state),
  });
  return new Map(
    Object.entries(adjacency).map(([key, { state, transitions }]) => {
      const ways: readonly { readonly event: RunSpecEvent; readonly state: RunSpecSnapshot }[] =
        Object.values(transitions);
      const steps = ways.map(({ event, state: next }) => ({ event, to: specKey(next.context.state) }));
      return [key, { state: state.context.state, steps }];
    }),
  );
}

/** What an engine does by itself in this state, at once. */
export function engineStep(spec: RunSpec, state: RunSpecState): RunSpecEvent | undefined {
  const own = new Set<RunSpecEvent["type"]>(["drained", "undoStart", "rolledBack"]);
  return eventsOf(spec).find((event) => own.has(event.type) && stepRunSpec(spec, state, event) !== undefined);
}

/** The state in which an engine rests that has come to this one. */
export function restOf(spec: RunSpec, state: RunSpecState): RunSpecState {
  const step = engineStep(spec, state);
  return step === undefined ? state : restOf(spec, stepRunSpec(spec, state, step)!);
}

export const stepsOf = (graph: SpecGraph): number =>
  [...graph.values()].reduce((sum, { steps }) => sum + steps.length, 0);

/** Every path from the beginning to an end. Only for graphs without ways back. */
export function* everyPath(graph: SpecGraph, from?: string): Generator<readonly SpecStep[]> {
  const { steps } = graph.get(from ?? firstOf(graph))!;
  if (steps.length === 0) yield [];
  for (const step of steps) for (const rest of everyPath(graph, step.to)) yield [step, ...rest];
}

/** Paths from the beginning that take every step of the graph at least once. */
export function* coveringPaths(graph: SpecGraph): Generator<readonly SpecStep[]> {
  const left = new Map([...graph].map(([key, { steps }]) => [key, [...steps]]));
  const first = firstOf(graph);
  for (;;) {
    const path: SpecStep[] = [];
    for (let at = first; ; at = path.at(-1)!.to) {
      const step = left.get(at)!.pop();
      const way = step === undefined ? wayTo(graph, at, (key) => left.get(key)!.length > 0) : [step];
      if (way === undefined) break;
      path.push(...way);
    }
    if (path.length === 0) return;
    yield path;
  }
}

/** The shortest way to a state that fits. */
function wayTo(graph: SpecGraph, from: string, fits: (key: string) => boolean): SpecStep[] | undefined {
  const cameBy = new Map<string, { readonly before: string; readonly step: SpecStep } | undefined>([[from, undefined]]);
  for (const key of cameBy.keys()) {
    if (fits(key)) {
      const way: SpecStep[] = [];
      for (let by = cameBy.get(key); by !== undefined; by = cameBy.get(by.before)) way.unshift(by.step);
      return way;
    }
    for (const step of graph.get(key)!.steps) if (!cameBy.has(step.to)) cameBy.set(step.to, { before: key, step });
  }
  return undefined;
}

function firstOf(graph: SpecGraph): string {
  const [first] = graph.keys();
  return first!;
}
