/**
 * Items that may be claimed by somebody outside, and those who wait for one.
 *
 * Q1 An item stands here exactly while nobody holds it, the schedule has let it through, and nothing of ours runs it.
 * Q2 Who waits is served in the order of coming; somebody who asks for other kinds of work is passed over, never dropped.
 * Q3 Both lists have a limit: items by the size of the run, those who wait by `claimWaitersMax`.
 * Q4 An order is kept for all items, and for each kind of work that was once asked for and is there; the best of many is found
 *    without looking at them all, unless it has to wait for its places.
 */
import { SignalboxError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { withRoom } from "../base/room.ts";
import { ClaimOrder, isBefore, type Place } from "./claim-order.ts";

export interface Ordering {
  readonly priorityOf: (item: number) => number;
  /** What has to happen after it until the end. */
  readonly pathOf: (item: number) => number;
  readonly typeOf: (item: number) => string | undefined;
  /** Whether its places in the pools are free now. */
  readonly fits: (item: number) => boolean;
}

/** Whether whoever asks may have the item, for a reason that the run knows nothing of. */
export type Suits = (item: number) => boolean;

/** Somebody who asked for the next item. */
export interface ClaimWaiter {
  /** Kinds of work that it does; `undefined` is any. */
  readonly types: ReadonlySet<string> | undefined;
  /** `undefined`: any item may be had. */
  readonly suits?: Suits | undefined;
  readonly serve: (item: number) => void;
  /** The run takes no more claims: answers that there is nothing. */
  readonly close: () => void;
}

export class Claimable {
  readonly #ordering: Ordering;
  /** 1 for each that is here, by number. Not a set of thousands: each claim looks a few times, and all over its memory. */
  #isHere = new Uint8Array(0);
  #size = 0;
  /** How many items there are of each kind of work. */
  readonly #kinds = new Map<string, number>();
  readonly #orderOfAll: ClaimOrder;
  readonly #orders = new Map<string, ClaimOrder>();
  readonly #waiters = new Set<ClaimWaiter>();

  constructor(ordering: Ordering) {
    this.#ordering = ordering;
    this.#orderOfAll = this.#makeOrder([]);
  }

  get size(): number {
    return this.#size;
  }

  get hasWaiters(): boolean {
    return this.#waiters.size > 0;
  }

  add(item: number): void {
    if (this.has(item)) return;
    if (item >= this.#isHere.length) this.#isHere = withRoom(this.#isHere, item + 1);
    this.#isHere[item] = 1;
    this.#size++;
    const kind = this.#kindOf(item);
    const count = (this.#kinds.get(kind) ?? 0) + 1;
    this.#kinds.set(kind, count);
    this.#put(item, kind, count);
  }

  remove(item: number): void {
    if (!this.has(item)) return;
    this.#isHere[item] = 0;
    this.#size--;
    const kind = this.#kindOf(item);
    const left = this.#kinds.get(kind)! - 1;
    if (left > 0) this.#kinds.set(kind, left);
    else {
      this.#kinds.delete(kind);
      this.#orders.delete(kind);
    }
  }

  /** Its priority or path has changed. */
  reorder(item: number): void {
    if (!this.has(item)) return;
    const kind = this.#kindOf(item);
    this.#put(item, kind, this.#kinds.get(kind)!);
  }

  has(item: number): boolean {
    // What lies beyond is read as `undefined`.
    return this.#isHere[item] === 1;
  }

  /** Whether it may be claimed now. */
  offers(item: number): boolean {
    return this.has(item) && this.#ordering.fits(item);
  }

  /** The one that should go first: priority, then the longest remaining path, then age; -1 when none of these types fits. */
  best(types: ReadonlySet<string> | undefined, suits?: Suits): number {
    const best = types === undefined ? this.#orderOfAll.best() : this.#bestOf(types);
    return best < 0 || this.#mayHave(best, suits) ? best : this.#bestThatFits(types, suits);
  }

  #mayHave(item: number, suits: Suits | undefined): boolean {
    return this.#ordering.fits(item) && suits?.(item) !== false;
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
    let inVain = new Map<Suits | undefined, Set<string>>();
    for (const waiter of this.#waiters) {
      if (this.#size === 0 || !hasRoom()) return;
      const { types, suits } = waiter;
      const kinds = types === undefined ? "" : [...types].sort().join("\n");
      if (inVain.get(suits)?.has(kinds) === true) continue;
      const item = this.best(types, suits);
      if (item < 0) {
        // Nor is there any for the next one who asks for the same: that may have taken a look at every item.
        let known = inVain.get(suits);
        if (known === undefined) inVain.set(suits, (known = new Set()));
        known.add(kinds);
        continue;
      }
      this.#waiters.delete(waiter);
      waiter.serve(item);
      inVain = new Map();
    }
  }

  /** Nothing more will come. */
  close(): void {
    for (const waiter of this.#waiters) waiter.close();
  }

  #bestOf(types: ReadonlySet<string>): number {
    let best: Place | undefined;
    for (const kind of types) {
      if (!this.#kinds.has(kind)) continue;
      let order = this.#orders.get(kind);
      if (order === undefined) {
        order = this.#makeOrder(this.#all().filter((item) => this.#kindOf(item) === kind));
        this.#orders.set(kind, order);
      }
      const item = order.best();
      if (item < 0) continue;
      const place = this.#placeOf(item);
      if (best === undefined || isBefore(place, best)) best = place;
    }
    return best?.item ?? -1;
  }

  /** Looks at all: what goes first waits for its places. */
  #bestThatFits(types: ReadonlySet<string> | undefined, suits: Suits | undefined): number {
    let best: Place | undefined;
    for (const item of this.#all()) {
      if (types?.has(this.#kindOf(item)) === false) continue;
      const place = this.#placeOf(item);
      if ((best === undefined || isBefore(place, best)) && this.#mayHave(item, suits)) best = place;
    }
    return best?.item ?? -1;
  }

  #makeOrder(items: Iterable<number>): ClaimOrder {
    const placeOf = (item: number): Place => this.#placeOf(item);
    return new ClaimOrder({ placeOf, isThere: (item) => this.has(item) }, items);
  }

  #put(item: number, kind: string, ofKind: number): void {
    this.#orderOfAll.put(item);
    this.#orderOfAll.tidy(this.#size);
    const order = this.#orders.get(kind);
    order?.put(item);
    order?.tidy(ofKind);
  }

  #all(): readonly number[] {
    const items: number[] = [];
    for (let item = this.#isHere.indexOf(1); item >= 0; item = this.#isHere.indexOf(1, item + 1)) items.push(item);
    return items;
  }

  #kindOf(item: number): string {
    return this.#ordering.typeOf(item) ?? "";
  }

  #placeOf(item: number): Place {
    const { priorityOf, pathOf } = this.#ordering;
    return { item, first: priorityOf(item), second: item - pathOf(item) * ITEMS };
  }
}

/** More than there are items: of equal paths the older item goes first. */
const ITEMS = 2 ** 31;
