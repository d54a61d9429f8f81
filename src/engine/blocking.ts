/**
 * Which items can never start because something they need has ended badly.
 *
 * I4 An item with a need that failed or was cancelled never becomes ready; it is marked here once, when that need
 *    settles, so the cost of all markings is the number of edges.
 */
import { dependentsOf, type Graph } from "../graph/graph.ts";

export class Blocking {
  readonly #graph: Graph;
  readonly #blocked: Uint8Array;
  #count = 0;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#blocked = new Uint8Array(graph.size);
  }

  get count(): number {
    return this.#count;
  }

  isBlocked(item: number): boolean {
    return this.#blocked[item] === 1;
  }

  /** Marks everything behind this item, which has just failed or was cancelled. Answers the items that it blocked. */
  block(root: number): number[] {
    const blocked: number[] = [];
    const open = [root];
    for (let item = open.pop(); item !== undefined; item = open.pop()) {
      for (const dependent of dependentsOf(this.#graph, item)) {
        if (this.#blocked[dependent] === 1) continue;
        this.#blocked[dependent] = 1;
        this.#count++;
        blocked.push(dependent);
        open.push(dependent);
      }
    }
    return blocked;
  }
}
