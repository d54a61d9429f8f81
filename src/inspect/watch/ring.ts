/** The latest things in order, by position: who reads slower than they come finds the oldest gone, and knows how many. */
export class Ring<T> {
  readonly #slots: (T | undefined)[];
  #end = 0;

  readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#slots = Array<T | undefined>(capacity).fill(undefined);
  }

  /** Position of the next one. */
  get end(): number {
    return this.#end;
  }

  /** Position of the oldest one that is still there. */
  get start(): number {
    return Math.max(0, this.#end - this.capacity);
  }

  push(value: T): void {
    this.#slots[this.#end % this.capacity] = value;
    this.#end++;
  }

  /** @returns `undefined` for what is gone, or not there yet */
  at(position: number): T | undefined {
    return position < this.start || position >= this.#end ? undefined : this.#slots[position % this.capacity];
  }
}
