/**
 * Values of some of many numbers. A list with room for all of them: a map of many lies all over memory, so that each look waits for it,
 * and one that is churned leaves garbage that has grown old.
 *
 * C1 A number either has a value or is absent; `size` counts those that have one.
 * C2 Nothing takes room before the first value comes.
 */
export class SparseColumn<T> {
  #values: (T | undefined)[] = [];
  #length: number;
  #size = 0;

  /** For numbers below `length`. */
  constructor(length: number) {
    this.#length = length;
  }

  get size(): number {
    return this.#size;
  }

  /** There are more numbers. */
  grow(length: number): void {
    this.#length = Math.max(this.#length, length);
    if (this.#values.length > 0) this.#makeRoom();
  }

  has(number: number): boolean {
    return this.#values[number] !== undefined;
  }

  get(number: number): T | undefined {
    return this.#values[number];
  }

  set(number: number, value: T): void {
    if (number >= this.#length) this.grow(number + 1);
    if (this.#values.length === 0) this.#makeRoom();
    if (this.#values[number] === undefined) this.#size++;
    this.#values[number] = value;
  }

  /** Answers whether it had a value. */
  delete(number: number): boolean {
    if (this.#values[number] === undefined) return false;
    this.#values[number] = undefined;
    this.#size--;
    return true;
  }

  /** One after the other: V8 makes a map of a list that is written far behind its end. */
  #makeRoom(): void {
    while (this.#values.length < this.#length) this.#values.push(undefined);
  }
}
