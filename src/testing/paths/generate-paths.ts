/** Ways through an explored machine. A way that is the beginning of another one is left out: the longer one walks it too. */
import { SignalboxError, UsageError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { declaredBy } from "../coverage/declared.ts";
import { wayTo, type GraphEdge, type StateGraph, type Way } from "../model/explore.ts";
import { pairWays } from "./pair-ways.ts";

/**
 * `shortest`: the shortest way to each state. `simple`: every way that comes to no state twice. `edges`: ways that take every step
 * of every state. `transitions`: as few ways as take every transition that the machine declares and that can happen. `pairs`: ways
 * that take each such transition after each one that it can follow.
 */
export type PathStrategy = "shortest" | "simple" | "edges" | "transitions" | "pairs";

/** How many paths there may be, and how long they are. */
export interface PathLimits {
  /** Most paths. Default `LIMITS.modelPathsDefault`. */
  readonly pathsMax?: number | undefined;
  /** With `edges` and `pairs`: a path is ended so many steps after it began to show something new, and what is left gets another. Default 20. */
  readonly stepsMax?: number | undefined;
}

/** @throws SignalboxError (`model_too_large`) */
export function waysThrough(graph: StateGraph, strategy: PathStrategy, limits: PathLimits = {}): readonly Way[] {
  const { pathsMax = LIMITS.modelPathsDefault, stepsMax = 20 } = limits;
  if (!Object.hasOwn(GENERATORS, strategy))
    throw new UsageError(`expected \`paths\` to be ${Object.keys(GENERATORS).join(", ")}, got ${strategy}`);
  const ways: Way[] = [];
  for (const way of GENERATORS[strategy](graph, stepsMax)) {
    if (ways.length === pathsMax) throw tooMany(graph, strategy, pathsMax);
    ways.push(way);
  }
  const whole = withoutBeginnings(ways);
  // A machine that takes no step is still in a state that can be looked at.
  return whole.length === 0 ? [[]] : whole;
}

const GENERATORS: Readonly<Record<PathStrategy, (graph: StateGraph, stepsMax: number) => Iterable<Way>>> = {
  shortest: (graph) => graph.nodes.map(({ number }) => wayTo(graph, number)),
  simple: simpleWays,
  edges: edgeWays,
  transitions: transitionWays,
  pairs: pairWays,
};

function* simpleWays({ nodes }: StateGraph): Generator<Way> {
  const open: Way[] = [[]];
  for (let way = open.pop(); way !== undefined; way = open.pop()) {
    const at = way.at(-1)?.to ?? 0;
    const visited = new Set([0, ...way.map(({ to }) => to)]);
    const further = nodes[at]!.edges.filter(({ to }) => !visited.has(to));
    if (further.length === 0) yield way;
    for (const edge of further.toReversed()) open.push([...way, edge]);
  }
}

function* edgeWays(graph: StateGraph, stepsMax: number): Generator<Way> {
  const left = graph.nodes.map(({ edges }) => edges.toReversed());
  const hasLeft = (number: number): boolean => left[number]!.length > 0;
  for (let start = nearest(graph, 0, hasLeft); start !== undefined; start = nearest(graph, 0, hasLeft)) {
    const way: GraphEdge[] = [...start];
    // One step at least is new, however far it is.
    do {
      const at = way.at(-1)?.to ?? 0;
      const next = left[at]!.pop();
      const further = next === undefined ? nearest(graph, at, hasLeft) : [next];
      if (further === undefined) break;
      way.push(...further);
    } while (way.length < start.length + stepsMax);
    takeAll(way, left);
    yield way;
  }
}

function takeAll(way: Way, left: GraphEdge[][]): void {
  for (const edge of way) {
    const of = left[edge.from]!;
    const at = of.indexOf(edge);
    if (at >= 0) of.splice(at, 1);
  }
}

/** The shortest way from a node to one that fits. */
function nearest({ nodes }: StateGraph, from: number, fits: (number: number) => boolean): Way | undefined {
  const cameBy = new Map<number, GraphEdge | undefined>([[from, undefined]]);
  for (const number of cameBy.keys()) {
    if (fits(number)) {
      const way: GraphEdge[] = [];
      for (let edge = cameBy.get(number); edge !== undefined; edge = cameBy.get(edge.from)) way.push(edge);
      return way.reverse();
    }
    for (const edge of nodes[number]!.edges) if (!cameBy.has(edge.to)) cameBy.set(edge.to, edge);
  }
  return undefined;
}

/** Takes the ways in the order of their length, and keeps those that show something new; a longer one that has it all comes first. */
function* transitionWays(graph: StateGraph): Generator<Way> {
  const { transitions } = declaredBy(graph.model.machine);
  const newIn = (edge: GraphEdge): string[] =>
    edge.microsteps.flatMap((step) => step.transitions.flatMap((each) => transitions.get(each)?.name ?? []));
  const shortest = new Map<string, Way>();
  for (const { number, edges } of graph.nodes) {
    for (const edge of edges) {
      for (const name of newIn(edge)) if (!shortest.has(name)) shortest.set(name, [...wayTo(graph, number), edge]);
    }
  }
  const left = new Set(shortest.keys());
  for (const [name, way] of [...shortest].sort(([, a], [, b]) => b.length - a.length)) {
    if (!left.has(name)) continue;
    for (const edge of way) for (const covered of newIn(edge)) left.delete(covered);
    yield way;
  }
}

/** The ways as a tree: what branches off nowhere and goes on is a beginning. */
function withoutBeginnings(ways: readonly Way[]): readonly Way[] {
  const root: Branch = new Map();
  const ends = new Map<Branch, Way>();
  for (const way of ways) {
    let branch = root;
    for (const edge of way) {
      const next: Branch = branch.get(edge) ?? new Map();
      branch.set(edge, next);
      branch = next;
    }
    if (!ends.has(branch)) ends.set(branch, way);
  }
  return [...ends].flatMap(([branch, way]) => (branch.size === 0 && way.length > 0 ? [way] : []));
}

interface Branch extends Map<GraphEdge, Branch> {}

function tooMany({ model }: StateGraph, strategy: PathStrategy, pathsMax: number): SignalboxError {
  const other = strategy === "transitions" ? "fewer payloads" : '`paths: "transitions"`, which needs the fewest';
  return new SignalboxError(
    "model_too_large",
    `expected machine ${model.machine.id} to have at most ${pathsMax} paths (${strategy}), and there are more; take ${other}, abstract more of its states, or raise \`pathsMax\``,
  );
}
