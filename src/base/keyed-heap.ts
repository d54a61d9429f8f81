import { InternalError } from "./errors.ts";

const ARITY = 4;
const CAPACITY_MIN = 64;
/** A slot is four numbers that stand together: the two values, the age and the key. */
const ROW = 4;
const SECOND = 1;
const AGE = 2;
const KEY = 3;

/**
 * A heap of whole numbers, each at most once, ordered by two values and then by age (the order in which they came in).
 * Everything is in typed arrays: no operation allocates, except now and then to double them.
 *
 * H1 Each key stands in at most one slot, and `#slotOf[key]` is that slot plus one; 0 says that the key is absent.
 * H2 No slot comes before its parent; so slot 0 comes before all others.
 * H3 The order is total: ages never repeat. Which key is next depends on the calls alone.
 */
export class KeyedHeap {
  #rows = new Float64Array(CAPACITY_MIN * ROW);
  #slotOf: Int32Array;
  #size = 0;
  #nextAge = 0;

  /** `keysMax` sizes the index for keys below it; greater keys make it grow. */
  constructor(keysMax = 0) {
    this.#slotOf = new Int32Array(Math.max(keysMax, CAPACITY_MIN));
  }

  get size(): number {
    return this.#size;
  }

  has(key: number): boolean {
    // Anything that is not an index of the array is read as `undefined`.
    return (this.#slotOf[key] ?? 0) !== 0;
  }

  /** The first value of a key; `undefined` when it is absent. */
  firstOf(key: number): number | undefined {
    return this.has(key) ? this.#rows[(this.#slotOf[key]! - 1) * ROW] : undefined;
  }

  /** Puts a key in; one that is there already takes the new values and counts as just come. */
  put(key: number, first: number, second = 0): void {
    // Words are made only for what is wrong: they would cost more than the heap's own work.
    if (!Number.isInteger(key) || key < 0 || key >= 0x7fff_ffff)
      throw new InternalError(`a heap key is a whole number from 0, got ${key}`);
    // NaN compares with nothing and would break H2 without a sound.
    if (Number.isNaN(first) || Number.isNaN(second))
      throw new InternalError(`heap values of key ${key} are numbers, got ${first} and ${second}`);
    this.remove(key);
    if (key >= this.#slotOf.length)
      this.#slotOf = grown(this.#slotOf, new Int32Array(Math.max(key + 1, this.#slotOf.length * 2)));
    if (this.#size * ROW === this.#rows.length) this.#rows = grown(this.#rows, new Float64Array(this.#rows.length * 2));
    this.#siftUp(this.#size++, key, first, second, this.#nextAge++);
  }

  /** The key that comes first; -1 when empty. */
  peek(): number {
    return this.#size === 0 ? -1 : this.#rows[KEY]!;
  }

  /** The first value of the key that comes first; `undefined` when empty. */
  peekFirst(): number | undefined {
    return this.#size === 0 ? undefined : this.#rows[0];
  }

  /** Takes out the key that comes first; -1 when empty. */
  pop(): number {
    const key = this.peek();
    if (key >= 0) this.#removeSlot(0);
    return key;
  }

  /** Answers whether the key was there. */
  remove(key: number): boolean {
    if (!this.has(key)) return false;
    this.#removeSlot(this.#slotOf[key]! - 1);
    return true;
  }

  /** How many keys would be popped before this one; -1 when it is not there. Looks at every slot. */
  ahead(key: number): number {
    if (!this.has(key)) return -1;
    const slot = this.#slotOf[key]! - 1;
    let count = 0;
    for (let other = 0; other < this.#size; other++) if (isBefore(this.#rows, other, slot)) count++;
    return count;
  }

  /** The last one fills the gap, which first sinks to the end: the last one came from there, so it seldom belongs higher. */
  #removeSlot(slot: number): void {
    const rows = this.#rows;
    this.#slotOf[rows[slot * ROW + KEY]!] = 0;
    const last = --this.#size;
    if (slot === last) return;
    const at = last * ROW;
    this.#siftUp(this.#sink(slot), rows[at + KEY]!, rows[at]!, rows[at + SECOND]!, rows[at + AGE]!);
  }

  /** Moves the first of the children up into the gap, again and again; answers where the gap is then. */
  #sink(from: number): number {
    const rows = this.#rows;
    const size = this.#size;
    let gap = from;
    for (;;) {
      let best = gap * ARITY + 1;
      if (best >= size) return gap;
      const childrenEnd = Math.min(best + ARITY, size);
      for (let child = best + 1; child < childrenEnd; child++) if (isBefore(rows, child, best)) best = child;
      this.#move(best, gap);
      gap = best;
    }
  }

  /** Puts a key into a gap, or above it. */
  #siftUp(from: number, key: number, first: number, second: number, age: number): void {
    const rows = this.#rows;
    let gap = from;
    while (gap > 0) {
      const parent = (gap - 1) >> 2;
      if (comesBefore(rows, parent, first, second, age)) break;
      this.#move(parent, gap);
      gap = parent;
    }
    const at = gap * ROW;
    rows[at] = first;
    rows[at + SECOND] = second;
    rows[at + AGE] = age;
    rows[at + KEY] = key;
    this.#slotOf[key] = gap + 1;
  }

  #move(from: number, to: number): void {
    const rows = this.#rows;
    const at = to * ROW;
    const old = from * ROW;
    const key = rows[old + KEY]!;
    rows[at] = rows[old]!;
    rows[at + SECOND] = rows[old + SECOND]!;
    rows[at + AGE] = rows[old + AGE]!;
    rows[at + KEY] = key;
    this.#slotOf[key] = to + 1;
  }
}

function isBefore(rows: Float64Array, one: number, other: number): boolean {
  const at = other * ROW;
  return comesBefore(rows, one, rows[at]!, rows[at + SECOND]!, rows[at + AGE]!);
}

function comesBefore(rows: Float64Array, slot: number, first: number, second: number, age: number): boolean {
  const at = slot * ROW;
  const own = rows[at]!;
  if (own !== first) return own < first;
  const ownSecond = rows[at + SECOND]!;
  if (ownSecond !== second) return ownSecond < second;
  return rows[at + AGE]! < age;
}

function grown<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
