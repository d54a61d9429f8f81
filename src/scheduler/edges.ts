/**
 * The edges of a plan whose needs have conditions: for each item how many of its edges are met, blocked and not needed, kept up
 * while items come to something. Whoever owns it asks which items have to be judged again, and says what it made of them.
 *
 * N1 The counts of an item are those of its edges' verdicts, always.
 * N2 An item waits to be judged from the moment in which a count of it changes until `next` answers it.
 * N3 `next` answers them in topological order, so an item is judged when all it needs is.
 * N1b `isSure` says whether any edge of an item may yet be not needed, or be met after all; it is kept up like the counts (N2).
 * N4 The cost of all changes together is the number of edges, times the few things that an item can come to one after another.
 */
import { KeyedHeap } from "../base/keyed-heap.ts";
import { needsOf, type Graph } from "../graph/graph.ts";
import { orderOf, topologicalRank } from "../graph/order.ts";
import {
  CONDITION,
  EDGE,
  isBlocked,
  isUnsure,
  judge,
  mayLapse,
  verdictOf,
  type EdgeCondition,
  type Judged,
  type Need,
} from "./edge.ts";

/** What a plan says of needs beyond that there are some. */
export interface EdgeRules {
  /** Condition under which `item` needs `need`. */
  readonly conditionOf: (item: number, need: number) => EdgeCondition;
  readonly joinOf: (item: number) => "all" | "any" | undefined;
  /** It has a `when`, which may not hold. Default: none has. */
  readonly hasWhen?: (item: number) => boolean;
}

/**
 * By item: 1 when it may come to be skipped by its edges or its `when`. That the race which it is in may be won does not count:
 * what stands behind it in that race must not wait for the end of the race.
 */
export function skippableItems(graph: Graph, { conditionOf, joinOf, hasWhen }: EdgeRules): Uint8Array {
  const skippable = new Uint8Array(graph.size);
  for (const item of orderOf(graph)) {
    const needs = needsOf(graph, item);
    const lapses = (need: number): boolean => mayLapse(CONDITION[conditionOf(item, need)], skippable[need] === 1);
    // A join that waits for one of several has needs.
    const byEdges = joinOf(item) === "any" ? needs.every(lapses) : needs.some(lapses);
    if (byEdges || hasWhen?.(item) === true) skippable[item] = 1;
  }
  return skippable;
}

export class Edges {
  readonly #graph: Graph;
  /** Beside `graph.dependents`. */
  readonly #conditions: Uint8Array;
  readonly #any: Uint8Array;
  readonly #need: Uint8Array;
  readonly #met: Int32Array;
  readonly #blocked: Int32Array;
  readonly #notNeeded: Int32Array;
  /** Edges that may yet change what is blocked. */
  readonly #unsure: Int32Array;
  readonly #skippable: Uint8Array;
  readonly #toJudge = new KeyedHeap();
  /** `undefined`: the numbers are topological. */
  readonly #rank: Int32Array | undefined;
  #blockedCount = 0;

  constructor(graph: Graph, rules: EdgeRules) {
    this.#graph = graph;
    this.#rank = topologicalRank(graph);
    this.#need = new Uint8Array(graph.size);
    this.#met = new Int32Array(graph.size);
    this.#blocked = new Int32Array(graph.size);
    this.#notNeeded = new Int32Array(graph.size);
    this.#any = Uint8Array.from({ length: graph.size }, (_, item) => (rules.joinOf(item) === "any" ? 1 : 0));
    this.#conditions = conditionsOf(graph, rules);
    this.#skippable = skippableItems(graph, rules);
    this.#unsure = new Int32Array(graph.size);
    for (let need = 0; need < graph.size; need++) {
      for (let i = graph.dependentsStart[need]!; i < graph.dependentsStart[need + 1]!; i++)
        if (this.#isUnsure(i, need, this.#need[need]!)) this.#unsure[graph.dependents[i]!]!++;
    }
  }

  /** Items that are blocked. */
  get blockedCount(): number {
    return this.#blockedCount;
  }

  /** Whether items wait to be judged. */
  get pending(): boolean {
    return this.#toJudge.size > 0;
  }

  /** What the item has come to. */
  needOf(item: number): Need {
    return this.#need[item] as Need;
  }

  /** Takes what an item has come to; items behind it are to be judged when that changes an edge of theirs. */
  set(item: number, to: Need): void {
    const from = this.#need[item] as Need;
    if (from === to) return;
    this.#need[item] = to;
    this.#blockedCount += Number(isBlocked(to)) - Number(isBlocked(from));
    const { dependents, dependentsStart } = this.#graph;
    for (let i = dependentsStart[item]!; i < dependentsStart[item + 1]!; i++) {
      const before = verdictOf(this.#conditions[i]!, from);
      const after = verdictOf(this.#conditions[i]!, to);
      const unsure = Number(this.#isUnsure(i, item, to)) - Number(this.#isUnsure(i, item, from));
      if (before === after && unsure === 0) continue;
      this.#count(dependents[i]!, before, -1);
      this.#count(dependents[i]!, after, 1);
      this.#unsure[dependents[i]!]! += unsure;
      this.recheck(dependents[i]!);
    }
  }

  /** Whether an item that is blocked stays so until a person comes (E3). */
  isSure(item: number): boolean {
    return this.#unsure[item] === 0;
  }

  /** Has an item judged again. */
  recheck(item: number): void {
    if (!this.#toJudge.has(item)) this.#toJudge.put(item, this.#rank?.[item] ?? item);
  }

  /** The next item to judge; -1 when there is none. */
  next(): number {
    return this.#toJudge.pop();
  }

  /** What its edges make of an item now. */
  judge(item: number): Judged {
    const { needsStart } = this.#graph;
    return judge(this.#any[item] === 1, {
      all: needsStart[item + 1]! - needsStart[item]!,
      met: this.#met[item]!,
      blocked: this.#blocked[item]!,
      notNeeded: this.#notNeeded[item]!,
    });
  }

  #isUnsure(edge: number, need: number, came: number): boolean {
    return isUnsure(this.#conditions[edge]!, came, this.#skippable[need] === 1);
  }

  #count(item: number, verdict: number, by: number): void {
    if (verdict === EDGE.met) this.#met[item]! += by;
    else if (verdict === EDGE.blocked) this.#blocked[item]! += by;
    else if (verdict === EDGE.notNeeded) this.#notNeeded[item]! += by;
  }
}

function conditionsOf(graph: Graph, rules: EdgeRules): Uint8Array {
  const conditions = new Uint8Array(graph.dependents.length);
  for (let need = 0; need < graph.size; need++) {
    for (let i = graph.dependentsStart[need]!; i < graph.dependentsStart[need + 1]!; i++) {
      conditions[i] = CONDITION[rules.conditionOf(graph.dependents[i]!, need)];
    }
  }
  return conditions;
}
