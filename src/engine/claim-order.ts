/**
 * Items in the order in which they should be claimed, for somebody who takes the best and leaves it to others to say which are
 * gone: taking out of the middle costs nothing until it comes to the top.
 *
 * Most come in their order. Those stand in a line, and whatever comes out of order in a heap beside it: the best is the first of
 * one of them. A heap of all would be gone through from top to bottom for each claim.
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
  /** In order; those before `#first` are gone. */
  #line: (Place | undefined)[] = [];
  #first = 0;
  #heap: Place[] = [];

  constructor(options: ClaimOrderOptions, items: Iterable<number>) {
    this.#options = options;
    for (const item of items) this.put(item);
  }

  put(item: number): void {
    const place = this.#options.placeOf(item);
    const last = this.#line.at(-1);
    if (last === undefined || isBefore(last, place)) this.#line.push(place);
    else this.#up(this.#heap.length, place);
  }

  /** The item that goes first; -1 when there is none. */
  best(): number {
    for (;;) {
      const first = this.#line[this.#first];
      const top = this.#heap[0];
      const isInLine = first !== undefined && (top === undefined || isBefore(first, top));
      const best = isInLine ? first : top;
      if (best === undefined) return -1;
      if (this.#counts(best)) return best.item;
      if (isInLine) this.#dropFirst();
      else this.#dropTop();
    }
  }

  /** Called now and then with how many items are there: forgets the rest when it is the greater part. */
  tidy(size: number): void {
    if (this.#heap.length + this.#line.length - this.#first < LEAST_TO_TIDY + 2 * size) return;
    const left = [...this.#line.slice(this.#first), ...this.#heap].map((place) => place!.item);
    this.#heap = [];
    this.#line = [];
    this.#first = 0;
    for (const item of new Set(left)) if (this.#options.isThere(item)) this.put(item);
  }

  #dropFirst(): void {
    this.#line[this.#first++] = undefined;
    // Cut off when they are half of it, so that it costs each of them next to nothing.
    if (2 * this.#first < this.#line.length) return;
    this.#line = this.#line.slice(this.#first);
    this.#first = 0;
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
