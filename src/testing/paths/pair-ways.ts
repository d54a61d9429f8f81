/**
 * Ways that take each transition after each one that it can follow: faults that hide behind what was done just before show there.
 *
 * W1 What comes next depends on the state and on the transitions that came last, so places are both together: a way is searched among
 *    places, not among states.
 * W2 A step that takes no transition, such as a wait in which nothing is due, changes the state and not what came last.
 */
import { pairsOf, takenIn } from "../coverage/record.ts";
import type { GraphEdge, StateGraph, Way } from "../model/explore.ts";

interface Place {
  readonly node: number;
  /** Names of the transitions that were taken last. */
  readonly last: readonly string[];
  moves: readonly Move[] | undefined;
}

interface Move {
  readonly edge: GraphEdge;
  readonly to: Place;
  /** Pairs that the step shows here. */
  readonly pairs: readonly string[];
}

export function* pairWays(graph: StateGraph, stepsMax: number): Generator<Way> {
  const places = new Places(graph);
  const left = new Set(places.all().flatMap((place) => places.movesOf(place).flatMap(({ pairs }) => pairs)));
  const isNew = ({ pairs }: Move): boolean => pairs.some((pair) => left.has(pair));
  while (left.size > 0) {
    const way: Move[] = [];
    let end = Infinity;
    for (let place = places.first; way.length < end; place = way.at(-1)!.to) {
      const further = places.nearest(place, isNew);
      if (further === undefined) break;
      if (end === Infinity) end = further.length + stepsMax;
      way.push(...further);
      for (const { pairs } of further) for (const pair of pairs) left.delete(pair);
    }
    // What is left is out of reach from the first state: nothing can be.
    if (way.length === 0) return;
    yield way.map(({ edge }) => edge);
  }
}

class Places {
  readonly first: Place;
  readonly #graph: StateGraph;
  readonly #known = new Map<string, Place>();

  constructor(graph: StateGraph) {
    const { machine, initial } = graph.model;
    this.#graph = graph;
    this.first = this.#place(0, takenIn(machine, initial.microsteps).end ?? []);
  }

  /** Every place that can be come to. */
  all(): readonly Place[] {
    const found = new Set([this.first]);
    // Goes on to those that are found meanwhile.
    for (const place of found) for (const { to } of this.movesOf(place)) found.add(to);
    return [...found];
  }

  movesOf(place: Place): readonly Move[] {
    place.moves ??= this.#graph.nodes[place.node]!.edges.map((edge) => this.#move(place, edge));
    return place.moves;
  }

  /** The shortest way from a place to a step that fits. */
  nearest(from: Place, fits: (move: Move) => boolean): readonly Move[] | undefined {
    const cameBy = new Map<Place, { readonly move: Move; readonly from: Place } | undefined>([[from, undefined]]);
    for (const place of cameBy.keys()) {
      for (const move of this.movesOf(place)) {
        if (fits(move)) {
          const way = [move];
          for (let came = cameBy.get(place); came !== undefined; came = cameBy.get(came.from)) way.push(came.move);
          return way.reverse();
        }
        if (!cameBy.has(move.to)) cameBy.set(move.to, { move, from: place });
      }
    }
    return undefined;
  }

  #move({ last }: Place, edge: GraphEdge): Move {
    const { first, end, inside } = takenIn(this.#graph.model.machine, edge.microsteps);
    return { edge, to: this.#place(edge.to, end ?? last), pairs: [...pairsOf(last, first), ...inside] };
  }

  #place(node: number, last: readonly string[]): Place {
    const key = `${node} ${last.join("\n")}`;
    const place = this.#known.get(key) ?? { node, last, moves: undefined };
    this.#known.set(key, place);
    return place;
  }
}
