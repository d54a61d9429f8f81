/**
 * Which items can never start because something they need has ended badly.
 *
 * I4 An item with a need that failed or was cancelled never becomes ready; it is marked here once, when that need
 *    settles, so the cost of all markings is the number of edges.
 * I4b Only items that have not settled are blocked: `count` is the number of `todo` items that wait for a person.
 */
import { withRoom } from "../base/room.ts";
import { dependentsOf, needsOf, type Graph } from "../graph/graph.ts";
import { topologicalRank } from "../graph/order.ts";

const FREE = 0;
const BLOCKED = 1;
/** It has itself ended badly, and blocks what is behind it. */
const BAD = 2;

export class Blocking {
  #graph: Graph;
  #marks: Uint8Array;
  /** `undefined`: the numbers are topological. */
  #rank: Int32Array | undefined;
  #count = 0;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#rank = topologicalRank(graph);
    this.#marks = new Uint8Array(graph.size);
  }

  /** Takes a graph with further items, which nothing has looked at yet. */
  grow(graph: Graph): void {
    const before = this.#graph.size;
    this.#graph = graph;
    // What was added needs what was there, never the other way round.
    if (this.#rank !== undefined) this.#rank = topologicalRank(graph);
    this.#marks = withRoom(this.#marks, graph.size);
    for (let item = before; item < graph.size; item++) {
      if (!needsOf(graph, item).some((need) => this.#marks[need] !== FREE)) continue;
      this.#marks[item] = BLOCKED;
      this.#count++;
    }
  }

  get count(): number {
    return this.#count;
  }

  isBlocked(item: number): boolean {
    return this.#marks[item] === BLOCKED;
  }

  /** Marks everything behind this item, which has just failed or was cancelled. Answers the items that it blocked. */
  block(root: number): number[] {
    if (this.#marks[root] === BLOCKED) this.#count--;
    this.#marks[root] = BAD;
    const blocked: number[] = [];
    const open = [root];
    for (let item = open.pop(); item !== undefined; item = open.pop()) {
      for (const dependent of dependentsOf(this.#graph, item)) {
        if (this.#marks[dependent] !== FREE) continue;
        this.#marks[dependent] = BLOCKED;
        this.#count++;
        blocked.push(dependent);
        open.push(dependent);
      }
    }
    return blocked;
  }

  /**
   * A person puts an item that had failed back to `todo`. Answers the items that nothing blocks any more. Looks at
   * what is blocked behind it, and at the needs of that.
   */
  unblock(root: number): number[] {
    this.#marks[root] = FREE;
    const behind = this.#blockedBehind(root);
    for (const item of behind) this.#marks[item] = FREE;
    // In topological order, so the needs of each are judged before it.
    const free: number[] = [];
    for (const item of behind) {
      if (needsOf(this.#graph, item).some((need) => this.#marks[need] !== FREE)) this.#marks[item] = BLOCKED;
      else free.push(item);
    }
    this.#count -= free.length;
    return free;
  }

  #blockedBehind(root: number): Int32Array {
    const behind: number[] = [];
    const seen = new Set<number>();
    const open = [root];
    for (let item = open.pop(); item !== undefined; item = open.pop()) {
      for (const dependent of dependentsOf(this.#graph, item)) {
        if (this.#marks[dependent] !== BLOCKED || seen.has(dependent)) continue;
        seen.add(dependent);
        behind.push(dependent);
        open.push(dependent);
      }
    }
    const rank = this.#rank;
    const ascending = Int32Array.from(behind);
    return rank === undefined ? ascending.sort() : ascending.sort((a, b) => rank[a]! - rank[b]!);
  }
}
