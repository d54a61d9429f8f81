/** How far the part of a run is that a scope names, kept up with the run's events. */
import type { RunEvent } from "../engine/run.ts";
import type { ItemStatus } from "../items/status.ts";
import type { Plan } from "../plan/plan.ts";
import { itemsInScope } from "../plan/scope.ts";
import type { Counts } from "../items/snapshot.ts";
import { formatList } from "./view/format.ts";

export class ScopeProgress {
  /** The scope as people read it. */
  readonly words: string;
  readonly #chosen: Uint8Array;
  readonly #counts: Record<ItemStatus, number> = { todo: 0, claimed: 0, done: 0, failed: 0, cancelled: 0 };

  /**
   * @param statusOf where each item is now; by default nothing has begun
   * @throws PlanScopeError (`invalid_usage`)
   */
  constructor(plan: Plan, scope: readonly string[], statusOf: (item: number) => ItemStatus = () => "todo") {
    this.words = formatList(scope);
    this.#chosen = itemsInScope(plan, scope);
    this.#chosen.forEach((flag, item) => {
      if (flag === 1) this.#counts[statusOf(item)]++;
    });
  }

  get counts(): Counts {
    return this.#counts;
  }

  has(item: number): boolean {
    return this.#chosen[item] === 1;
  }

  /** Takes one published transition. */
  apply({ item, key, from, to }: RunEvent): void {
    if (key === undefined || !this.has(item)) return;
    // Both are states of an item: the event is about one.
    this.#counts[from as ItemStatus]--;
    this.#counts[to as ItemStatus]++;
  }
}
