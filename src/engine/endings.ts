/**
 * Attempts and prepares that were told to stop and still run, and what must not start before they have ended: a fallback's next alternative,
 * what stands behind a race, a clean-up after something that ran out of time.
 *
 * Z1 Nothing starts while an attempt of something that it needs is ending, be it directly or through items that came to nothing
 *    themselves: joins, items that were never tried, cancelled ones. Whatever else was tried started by the same rule, so nothing
 *    before it matters.
 * Z2 Waiting for an ending is bounded: whoever stops attempts gives up on them after a while, and says so.
 * Z3 An item that was put aside is offered again when an attempt has ended; in hand of the schedule it stays meanwhile.
 *
 * Of a plan of plain needs nothing can be behind an ending: what is needed is done.
 */
import { needsOf } from "../graph/graph.ts";
import type { Plan } from "../plan/plan.ts";
import type { Conditions } from "./conditions.ts";
import type { ItemTable } from "./item-table.ts";
import type { LiveSlots } from "./live-slots.ts";
import type { Preparing } from "./preparing.ts";

/** Nothing before it is ending. */
const CLEAR = -1;
const NOTHING: readonly number[] = Object.freeze([]);

/** Read anew each time: a plan may grow. */
export interface EndingsParts {
  readonly plan: Plan;
  readonly conditions: Conditions | undefined;
  readonly table: ItemTable;
}

/** Prepares count like attempts. */
export type EndingPrepares = Pick<Preparing, "ending" | "stopped" | "isEnding">;

export class Endings {
  readonly #parts: EndingsParts;
  readonly #slots: LiveSlots;
  readonly #prepares: () => EndingPrepares | undefined;
  readonly #aside = new Set<number>();
  /** By item: one before it that is ending, or `CLEAR`. What is clear stays so until something else begins to end. */
  readonly #known = new Map<number, number>();
  #knownAt = -1;

  constructor(parts: EndingsParts, slots: LiveSlots, prepares: () => EndingPrepares | undefined = () => undefined) {
    this.#parts = parts;
    this.#slots = slots;
    this.#prepares = prepares;
  }

  /** Puts the item aside when it has to wait for an ending. */
  holds(item: number): boolean {
    if (this.#isIdle) return false;
    const stopped = this.#slots.stopped + (this.#prepares()?.stopped ?? 0);
    if (this.#knownAt !== stopped) {
      this.#known.clear();
      this.#knownAt = stopped;
    }
    if (this.#search(item) === CLEAR) return false;
    this.#aside.add(item);
    return true;
  }

  /** The items that were put aside, to be offered again. */
  takeAside(): readonly number[] {
    if (this.#aside.size === 0) return NOTHING;
    const items = [...this.#aside];
    this.#aside.clear();
    return items;
  }

  /** An item has come to nothing that had been tried, so something before it may matter now. */
  forget(): void {
    this.#knownAt = -1;
  }

  /** Everything that is ending and that the item has to wait for, ascending. */
  before(item: number): number[] {
    const found: number[] = [];
    if (this.#isIdle) return found;
    const seen = new Set([item]);
    const open = [item];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const need of needsOf(this.#parts.plan.graph, at)) {
        if (seen.has(need)) continue;
        seen.add(need);
        if (this.#isEnding(need)) found.push(need);
        else if (this.#cameToNothing(need)) open.push(need);
      }
    }
    return found.sort((a, b) => a - b);
  }

  /** Nothing is ending that anything could be behind. */
  get #isIdle(): boolean {
    if (this.#parts.conditions === undefined) return true;
    return this.#slots.ending.size === 0 && (this.#prepares()?.ending ?? 0) === 0;
  }

  /** Depth first and without recursion. Everything on the way to something that is ending is behind it, and remembered. */
  #search(item: number): number {
    const { needs, needsStart } = this.#parts.plan.graph;
    const way = [item];
    const next = [needsStart[item]!];
    while (way.length > 0) {
      const at = way.at(-1)!;
      const i = next[next.length - 1]!++;
      if (i === needsStart[at + 1]!) {
        this.#known.set(at, CLEAR);
        way.pop();
        next.pop();
        continue;
      }
      const need = needs[i]!;
      const known = this.#isEnding(need) ? need : this.#known.get(need);
      if (known !== undefined && known !== CLEAR && this.#isEnding(known)) {
        for (const behind of way) this.#known.set(behind, known);
        return known;
      }
      if (known === CLEAR || !this.#cameToNothing(need)) continue;
      way.push(need);
      next.push(needsStart[need]!);
    }
    return CLEAR;
  }

  #isEnding(item: number): boolean {
    const slot = this.#slots.of(item);
    if (slot !== undefined && this.#slots.ending.has(slot)) return true;
    return this.#prepares()?.isEnding(item) === true;
  }

  #cameToNothing(item: number): boolean {
    const { plan, table } = this.#parts;
    return plan.taskOf(item)!.join !== undefined || !table.isTried(item) || table.statusOf(item) === "cancelled";
  }
}
