/**
 * Items that may be claimed by somebody outside, and those who wait for one.
 *
 * Q1 An item stands here exactly while nobody holds it, the schedule has let it through, and nothing of ours runs it.
 * Q2 Who waits is served in the order of coming; somebody who asks for other kinds of work is passed over, never dropped.
 * Q3 Both lists have a limit: items by the size of the run, those who wait by `claimWaitersMax`.
 */
import { SignalboxError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";

export interface Ordering {
  readonly priorityOf: (item: number) => number;
  /** What has to happen after it until the end. */
  readonly pathOf: (item: number) => number;
  readonly typeOf: (item: number) => string | undefined;
  /** Whether its places in the pools are free now. */
  readonly fits: (item: number) => boolean;
}

/** Somebody who asked for the next item. */
export interface ClaimWaiter {
  /** Kinds of work that it does; `undefined` is any. */
  readonly types: ReadonlySet<string> | undefined;
  readonly serve: (item: number) => void;
  /** The run takes no more claims: answers that there is nothing. */
  readonly close: () => void;
}

export class Claimable {
  readonly #ordering: Ordering;
  readonly #items = new Set<number>();
  readonly #waiters = new Set<ClaimWaiter>();

  constructor(ordering: Ordering) {
    this.#ordering = ordering;
  }

  get size(): number {
    return this.#items.size;
  }

  get hasWaiters(): boolean {
    return this.#waiters.size > 0;
  }

  add(item: number): void {
    this.#items.add(item);
  }

  remove(item: number): void {
    this.#items.delete(item);
  }

  has(item: number): boolean {
    return this.#items.has(item);
  }

  /** Whether it may be claimed now. */
  offers(item: number): boolean {
    return this.#items.has(item) && this.#ordering.fits(item);
  }

  /** The one that should go first: priority, then the longest remaining path, then age; -1 when none of these types fits. */
  best(types: ReadonlySet<string> | undefined): number {
    let best = -1;
    for (const item of this.#items) {
      if (types !== undefined && !types.has(this.#ordering.typeOf(item) ?? "")) continue;
      if ((best < 0 || this.#goesBefore(item, best)) && this.#ordering.fits(item)) best = item;
    }
    return best;
  }

  /** @throws SignalboxError `cap_reached` when too many wait already */
  wait(waiter: ClaimWaiter): void {
    if (this.#waiters.size >= LIMITS.claimWaitersMax) {
      throw new SignalboxError(
        "cap_reached",
        `expected at most ${LIMITS.claimWaitersMax} to wait for an item, got one more; ask again later`,
      );
    }
    this.#waiters.add(waiter);
  }

  leave(waiter: ClaimWaiter): void {
    this.#waiters.delete(waiter);
  }

  /** Gives items to those who wait, while `hasRoom`. */
  serveWaiters(hasRoom: () => boolean): void {
    for (const waiter of this.#waiters) {
      if (this.#items.size === 0 || !hasRoom()) return;
      const item = this.best(waiter.types);
      if (item < 0) continue;
      this.#waiters.delete(waiter);
      waiter.serve(item);
    }
  }

  /** Nothing more will come. */
  close(): void {
    for (const waiter of this.#waiters) waiter.close();
  }

  #goesBefore(a: number, b: number): boolean {
    const { priorityOf, pathOf } = this.#ordering;
    const byPriority = priorityOf(a) - priorityOf(b);
    if (byPriority !== 0) return byPriority < 0;
    const byPath = pathOf(b) - pathOf(a);
    return byPath !== 0 ? byPath < 0 : a < b;
  }
}
