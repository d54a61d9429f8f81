/**
 * Items in the order in which they should be claimed, for somebody who takes the best and leaves it to others to say which are
 * gone: taking out of the middle costs nothing until it comes to the top.
 *
 * O1 Every item that is there has an entry with its present place in the order, once it was put in or `put` again since that changed.
 * O2 Entries that count no more are dropped when they come up, or when they are more than the others.
 */

/** Where an item stands: the least `first`, then the least `second`, goes before others. */
export interface Place {
  readonly item: number;
  readonly first: number;
  readonly second: number;
}

export interface ClaimOrderOptions {
  readonly placeOf: (item: number) => Place;
  readonly isThere: (item: number) => boolean;
}

const LEAST_TO_TIDY = 64;

export class ClaimOrder {
  readonly #options: ClaimOrderOptions;
  #heap: Place[] = [];

  constructor(options: ClaimOrderOptions, items: Iterable<number>) {
    this.#options = options;
    for (const item of items) this.put(item);
  }

  put(item: number): void {
    this.#up(this.#heap.length, this.#options.placeOf(item));
  }

  /** The item that goes first; -1 when there is none. */
  best(): number {
    for (;;) {
      const top = this.#heap[0];
      if (top === undefined) return -1;
      if (this.#counts(top)) return top.item;
      this.#dropTop();
    }
  }

  /** Called now and then with how many items are there: forgets the rest when it is the greater part. */
  tidy(size: number): void {
    if (this.#heap.length < LEAST_TO_TIDY + 2 * size) return;
    const items = new Set(this.#heap.map(({ item }) => item));
    this.#heap = [];
    for (const item of items) if (this.#options.isThere(item)) this.put(item);
  }

  #counts(place: Place): boolean {
    const { item, first, second } = place;
    if (!this.#options.isThere(item)) return false;
    const now = this.#options.placeOf(item);
    return now.first === first && now.second === second;
  }

  #dropTop(): void {
    const last = this.#heap.pop()!;
    if (this.#heap.length > 0) this.#down(last);
  }

  #up(from: number, place: Place): void {
    const heap = this.#heap;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(place, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = place;
  }

  #down(place: Place): void {
    const heap = this.#heap;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, place)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = place;
  }
}

export function isBefore(a: Place, b: Place): boolean {
  return a.first === b.first ? a.second < b.second : a.first < b.first;
}
