/**
 * What ready items are ordered by: their priority, and the longest path from them to the end of the run.
 *
 * D1 Both are those of the plan, always; whoever changes the plan hands over which waiting items have to be put in order again.
 */
import { withRoom } from "../base/room.ts";
import { needsOf } from "../graph/graph.ts";
import { remainingPath } from "../graph/paths.ts";
import { demandsOf } from "../plan/demands.ts";
import type { Plan } from "../plan/plan.ts";

export class Ordering {
  #priorities: Uint8Array;
  #remaining: Float64Array;

  constructor(plan: Plan) {
    this.#priorities = prioritiesOf(plan);
    this.#remaining = remainingPath(plan.graph);
  }

  /** Which items go before others of their priority. */
  goesFirst: ((item: number) => boolean) | undefined;

  /** The least goes first. */
  readonly priorityOf = (item: number): number =>
    2 * this.#priorities[item]! - (this.goesFirst?.(item) === true ? 1 : 0);

  /** Items that have to be done one after the other from this one on, itself included. */
  readonly pathOf = (item: number): number => this.#remaining[item]!;

  /** Takes a plan with items from `first` on that are new. Answers the items before them whose path is longer now. */
  grow({ taskOf, graph }: Plan, first: number): number[] {
    this.#priorities = withRoom(this.#priorities, graph.size);
    this.#remaining = withRoom(this.#remaining, graph.size);
    const longer = new Set<number>();
    for (let item = graph.size - 1; item >= first; item--) {
      this.#priorities[item] = taskOf(item)!.priority;
      if (this.#remaining[item] === 0) this.#remaining[item] = 1;
      this.#lengthen(graph, item, longer);
    }
    return [...longer].filter((item) => item < first);
  }

  /** Takes a plan in which something was edited. Answers the items that stand elsewhere now. */
  edit(plan: Plan): number[] {
    const priorities = prioritiesOf(plan);
    const remaining = remainingPath(plan.graph);
    const moved: number[] = [];
    for (let item = 0; item < priorities.length; item++) {
      if (priorities[item] !== this.#priorities[item] || remaining[item] !== this.#remaining[item]) moved.push(item);
    }
    this.#priorities = priorities;
    this.#remaining = remaining;
    return moved;
  }

  /** What an item needs has at least one item more before the end than the item itself. */
  #lengthen(graph: Plan["graph"], from: number, longer: Set<number>): void {
    const open = [from];
    for (let item = open.pop(); item !== undefined; item = open.pop()) {
      const length = this.#remaining[item]! + 1;
      for (const need of needsOf(graph, item)) {
        if (this.#remaining[need]! >= length) continue;
        this.#remaining[need] = length;
        longer.add(need);
        open.push(need);
      }
    }
  }
}

function prioritiesOf({ tasks }: Plan): Uint8Array {
  const priorities = new Uint8Array(tasks.length);
  if (!demandsOf(tasks).priority) return priorities.fill(tasks[0]?.priority ?? 0);
  for (let item = 0; item < tasks.length; item++) priorities[item] = tasks[item]!.priority;
  return priorities;
}
