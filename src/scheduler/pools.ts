/**
 * Pools: named limits beside the cap. Goes around a schedule, which still says what may start and when; from what it lets
 * through, this answers only items whose places are free. The engine tells when the slot of an item is free again.
 *
 * Items that use the same places of the same pools wait in one **lane**, in the order of the ready queue: when its first one
 * does not fit, none of them does. So one answer costs the number of lanes, however many items wait.
 *
 * P1 An item takes all its places, in the moment in which `next` answers it, or none; it has them until its slot is free.
 * P2 A pool never gives more places than it has.
 * P3 An item that waits for a place holds back no item that fits, so `next` answers -1 only when nothing fits into what is
 *    free and not kept.
 * P4 An item that would have been next, and later ones took places of its pools `overtakesMax` times, becomes a **keeper**: from
 *    then on what gets free in its pools is kept for it. Nobody waits for ever.
 * P5 Keepers have an order, and a pool is kept for the first of them that uses it. So the first keeper waits for live items only,
 *    and no two items ever wait for each other.
 */
import { assert } from "../base/assert.ts";
import type { Graph } from "../graph/graph.ts";
import { LIMITS } from "../base/limits.ts";
import { createReadyQueue, type ReadyQueue, type ReadyQueueOptions } from "./ready-queue.ts";
import type { Schedule } from "./schedule.ts";

export interface PoolOptions {
  /** Places of each pool. */
  readonly pools: Readonly<Record<string, number>>;
  /** Places that an item takes; no more than the pool has. `undefined`: none. */
  readonly usesOf: (item: number) => Readonly<Record<string, number>> | undefined;
  readonly priorityOf: ReadyQueueOptions["priorityOf"];
  readonly remainingPath: ReadyQueueOptions["remainingPath"];
  /** Default `LIMITS.poolOvertakesMax`. */
  readonly overtakesMax?: number;
}

/** A pool that lets an item wait: too few places are free, or they are kept. */
export interface ShortPool {
  readonly pool: string;
  readonly wanted: number;
  readonly taken: number;
  readonly places: number;
  /** Items that have places of it, ascending. */
  readonly holders: readonly number[];
  /** The item for which it is kept, when that is why. */
  readonly keptFor: number | undefined;
}

/** A schedule whose items take something beside a slot, from the moment in which `next` answers them. */
export interface PlacedSchedule extends Schedule {
  /** The slot of the item is free, so is what it took. One that took nothing is fine. */
  freed(item: number): void;
  /** Gives an item that left, and that was freed since, what it takes again. @throws InternalError when places of a pool are not free */
  retake(item: number): void;
  /** Whether all that it takes is free, and kept for nobody else. */
  fits(item: number): boolean;
}

export interface PoolSchedule extends PlacedSchedule {
  /** The item may use other places than before; it has none now. */
  usesChanged(item: number): void;
  /** The pools that keep an item from starting, in the order of their names; none for one that fits. */
  shortOf(item: number): ShortPool[];
}

/** Places of one pool, by its number. */
interface Share {
  readonly pool: number;
  readonly places: number;
}

interface Lane {
  readonly shares: readonly Share[];
  readonly queue: ReadyQueue;
}

export function withPools(base: Schedule, options: PoolOptions): PoolSchedule {
  return new Pools(base, options);
}

class Pools implements PoolSchedule {
  readonly #base: Schedule;
  readonly #options: PoolOptions;
  readonly #pathOf: (item: number) => number;
  readonly #names: readonly string[];
  readonly #places: readonly number[];
  readonly #free: number[];
  readonly #lanes: Lane[] = [];
  readonly #laneOfUses = new Map<string, Lane>();
  /** By item; `undefined` until the item comes through for the first time. */
  readonly #laneOf: (Lane | undefined)[] = [];
  /** By item: when it came in last. */
  readonly #age: number[] = [];
  /** By item: waits here, in its lane or as a keeper. */
  readonly #waits: boolean[] = [];
  /** By item: has its places. */
  readonly #hasPlaces: boolean[] = [];
  #arrivals = 0;
  #waiting = 0;
  /** How often items that wait were overtaken; only those that were. */
  readonly #overtaken = new Map<number, number>();
  /** In the order in which they became so; they stand in no lane any more. */
  readonly #keepers: number[] = [];

  constructor(base: Schedule, options: PoolOptions) {
    this.#base = base;
    this.#options = options;
    this.#names = Object.keys(options.pools).sort();
    this.#places = this.#names.map((name) => options.pools[name]!);
    this.#free = [...this.#places];
    const { remainingPath } = options;
    this.#pathOf = typeof remainingPath === "function" ? remainingPath : (item) => remainingPath[item] ?? 0;
  }

  get liveItemsMax(): number {
    return this.#base.liveItemsMax;
  }

  get size(): number {
    return this.#base.size + this.#waiting;
  }

  ready(item: number): void {
    if (this.#waits[item] !== true) this.#base.ready(item);
  }

  next(): number {
    for (let item = this.#base.next(); item >= 0; item = this.#base.next()) this.#enter(item);
    if (this.#waiting === 0) return -1;
    const item = this.#nextKeeper() ?? this.#nextOfLanes();
    if (item === undefined) return -1;
    this.#leave(item);
    this.#take(item);
    this.#countOvertaken(item);
    return item;
  }

  settled(item: number): void {
    if (this.#waits[item] === true) this.#leave(item);
    this.#base.settled(item);
  }

  blocked(item: number): void {
    if (this.#waits[item] === true) this.#leave(item);
    this.#base.blocked(item);
  }

  usesChanged(item: number): void {
    const waits = this.#waits[item] === true;
    assert(this.#hasPlaces[item] !== true, `item ${item} changes the places that it has`);
    if (waits) this.#leave(item);
    this.#laneOf[item] = undefined;
    if (waits) this.#enter(item);
  }

  reorder(item: number): void {
    if (this.#waits[item] === true) this.#laneFor(item).queue.reorder(item);
    else this.#base.reorder(item);
  }

  grew(graph: Graph, changed: readonly number[]): void {
    this.#base.grew(graph, changed);
  }

  get layerFloor(): number | undefined {
    return this.#base.layerFloor;
  }

  freed(item: number): void {
    if (this.#hasPlaces[item] !== true) return;
    this.#hasPlaces[item] = false;
    for (const { pool, places } of this.#laneFor(item).shares) this.#free[pool]! += places;
  }

  retake(item: number): void {
    assert(this.fits(item), `item ${item} takes places again that are not free`);
    this.#take(item);
  }

  has(item: number): boolean {
    return this.#waits[item] === true || this.#base.has(item);
  }

  /** Those that still wait in the schedule below come after all that wait here: it hands over everything when it is asked. */
  ahead(item: number): number {
    const below = this.#base.ahead(item);
    const waits = this.#waits[item] === true;
    if ((!waits && below < 0) || !this.fits(item)) return -1;
    let count = waits ? 0 : below;
    this.#waits.forEach((waiting, other) => {
      if (!waiting || other === item || (waits && !this.#isBefore(other, item))) return;
      if (this.fits(other)) count++;
    });
    return count;
  }

  layerHold(item: number): ReturnType<Schedule["layerHold"]> {
    return this.#base.layerHold(item);
  }

  shortOf(item: number): ShortPool[] {
    const short: ShortPool[] = [];
    for (const { pool, places } of this.#laneFor(item).shares) {
      const free = this.#free[pool]!;
      const keptFor = this.#keeperOf(pool, item);
      if (free >= places && keptFor === undefined) continue;
      short.push({
        pool: this.#names[pool]!,
        wanted: places,
        taken: this.#places[pool]! - free,
        places: this.#places[pool]!,
        holders: this.#holdersOf(pool),
        keptFor,
      });
    }
    return short;
  }

  fits(item: number): boolean {
    return this.#laneFor(item).shares.every(
      ({ pool, places }) => this.#free[pool]! >= places && this.#keeperOf(pool, item) === undefined,
    );
  }

  #enter(item: number): void {
    this.#age[item] = ++this.#arrivals;
    this.#waits[item] = true;
    this.#waiting++;
    this.#laneFor(item).queue.push(item);
  }

  #leave(item: number): void {
    this.#waits[item] = false;
    this.#waiting--;
    this.#overtaken.delete(item);
    if (this.#laneFor(item).queue.remove(item)) return;
    this.#keepers.splice(this.#keepers.indexOf(item), 1);
  }

  #take(item: number): void {
    assert(this.#hasPlaces[item] !== true, `item ${item} has its places in the pools already`);
    this.#hasPlaces[item] = true;
    for (const { pool, places } of this.#laneFor(item).shares) {
      this.#free[pool]! -= places;
      assert(this.#free[pool]! >= 0, `pool ${this.#names[pool]} gives more places than it has`);
    }
  }

  #nextKeeper(): number | undefined {
    return this.#keepers.find((item) => this.fits(item));
  }

  #nextOfLanes(): number | undefined {
    let best: number | undefined;
    for (const { queue } of this.#lanes) {
      const first = queue.peek();
      if (first < 0 || (best !== undefined && !this.#isBefore(first, best))) continue;
      if (this.fits(first)) best = first;
    }
    return best;
  }

  /** The keeper that comes before this item in a pool. */
  #keeperOf(pool: number, item: number): number | undefined {
    for (const keeper of this.#keepers) {
      if (keeper === item) return undefined;
      if (this.#laneFor(keeper).shares.some((share) => share.pool === pool)) return keeper;
    }
    return undefined;
  }

  /** P4: items that come before the one that has just got its places, and wait for places of the same pools. */
  #countOvertaken(item: number): void {
    const { shares } = this.#laneFor(item);
    if (shares.length === 0) return;
    for (const lane of this.#lanes) {
      const first = lane.queue.peek();
      if (first < 0 || !this.#isBefore(first, item) || !shareAPool(lane.shares, shares)) continue;
      const times = (this.#overtaken.get(first) ?? 0) + 1;
      this.#overtaken.set(first, times);
      if (times < (this.#options.overtakesMax ?? LIMITS.poolOvertakesMax)) continue;
      lane.queue.remove(first);
      this.#keepers.push(first);
    }
  }

  /** The order of the ready queue. */
  #isBefore(item: number, other: number): boolean {
    const { priorityOf } = this.#options;
    const byPriority = priorityOf(item) - priorityOf(other);
    if (byPriority !== 0) return byPriority < 0;
    const byPath = this.#pathOf(other) - this.#pathOf(item);
    return byPath === 0 ? this.#age[item]! < this.#age[other]! : byPath < 0;
  }

  #holdersOf(pool: number): number[] {
    const holders: number[] = [];
    this.#hasPlaces.forEach((has, item) => {
      if (has && this.#laneFor(item).shares.some((share) => share.pool === pool)) holders.push(item);
    });
    return holders;
  }

  #laneFor(item: number): Lane {
    return (this.#laneOf[item] ??= this.#laneOfShares(this.#sharesOf(item)));
  }

  #sharesOf(item: number): Share[] {
    const uses = this.#options.usesOf(item);
    if (uses === undefined) return [];
    return this.#names.flatMap((name, pool) => (Object.hasOwn(uses, name) ? [{ pool, places: uses[name]! }] : []));
  }

  #laneOfShares(shares: readonly Share[]): Lane {
    const key = shares.map(({ pool, places }) => `${pool}:${places}`).join(" ");
    let lane = this.#laneOfUses.get(key);
    if (lane === undefined) {
      const { priorityOf, remainingPath } = this.#options;
      lane = { shares, queue: createReadyQueue({ capacity: 0, priorityOf, remainingPath }) };
      this.#laneOfUses.set(key, lane);
      this.#lanes.push(lane);
    }
    return lane;
  }
}

function shareAPool(left: readonly Share[], right: readonly Share[]): boolean {
  return left.some(({ pool }) => right.some((other) => other.pool === pool));
}
