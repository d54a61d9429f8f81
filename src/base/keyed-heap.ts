import { assert } from "./assert.ts";

const ARITY = 4;
const CAPACITY_MIN = 64;

/**
 * A heap of whole numbers, each at most once, ordered by two values and then by age (the order in which they came in).
 * Everything is in typed arrays: no operation allocates, except now and then to double them.
 *
 * H1 Each key stands in at most one slot, and `#slotOf[key]` is that slot plus one; 0 says that the key is absent.
 * H2 No slot comes before its parent; so slot 0 comes before all others.
 * H3 The order is total: ages never repeat. Which key is next depends on the calls alone.
 */
export class KeyedHeap {
  #keys: Int32Array;
  #first: Float64Array;
  #second: Float64Array;
  #age: Float64Array;
  #slotOf: Int32Array;
  #size = 0;
  #nextAge = 0;

  /** `keysMax` sizes the index for keys below it; greater keys make it grow. */
  constructor(keysMax = 0) {
    this.#keys = new Int32Array(CAPACITY_MIN);
    this.#first = new Float64Array(CAPACITY_MIN);
    this.#second = new Float64Array(CAPACITY_MIN);
    this.#age = new Float64Array(CAPACITY_MIN);
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
    return this.has(key) ? this.#first[this.#slotOf[key]! - 1] : undefined;
  }

  /** Puts a key in; one that is there already takes the new values and counts as just come. */
  put(key: number, first: number, second = 0): void {
    assert(Number.isInteger(key) && key >= 0 && key < 0x7fff_ffff, `a heap key is a whole number from 0, got ${key}`);
    // NaN compares with nothing and would break H2 without a sound.
    assert(
      !Number.isNaN(first) && !Number.isNaN(second),
      `heap values of key ${key} are numbers, got ${first} and ${second}`,
    );
    this.remove(key);
    if (key >= this.#slotOf.length)
      this.#slotOf = grown(this.#slotOf, new Int32Array(Math.max(key + 1, this.#slotOf.length * 2)));
    if (this.#size === this.#keys.length) this.#growSlots();
    this.#siftUp(this.#size++, key, first, second, this.#nextAge++);
  }

  /** The key that comes first; -1 when empty. */
  peek(): number {
    return this.#size === 0 ? -1 : this.#keys[0]!;
  }

  /** The first value of the key that comes first; `undefined` when empty. */
  peekFirst(): number | undefined {
    return this.#size === 0 ? undefined : this.#first[0];
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
    for (let other = 0; other < this.#size; other++) {
      if (other !== slot && this.#isBefore(other, this.#first[slot]!, this.#second[slot]!, this.#age[slot]!)) count++;
    }
    return count;
  }

  #removeSlot(slot: number): void {
    this.#slotOf[this.#keys[slot]!] = 0;
    const last = --this.#size;
    if (slot === last) return;
    const first = this.#first[last]!;
    const second = this.#second[last]!;
    const age = this.#age[last]!;
    const key = this.#keys[last]!;
    // The last one fills the gap; it belongs above the gap or below it.
    const parent = (slot - 1) >> 2;
    if (slot > 0 && !this.#isBefore(parent, first, second, age)) this.#siftUp(slot, key, first, second, age);
    else this.#siftDown(slot, key, first, second, age);
  }

  #siftUp(from: number, key: number, first: number, second: number, age: number): void {
    let slot = from;
    while (slot > 0) {
      const parent = (slot - 1) >> 2;
      if (this.#isBefore(parent, first, second, age)) break;
      this.#move(parent, slot);
      slot = parent;
    }
    this.#write(slot, key, first, second, age);
  }

  #siftDown(from: number, key: number, first: number, second: number, age: number): void {
    let slot = from;
    for (;;) {
      const best = this.#firstChild(slot);
      if (best === -1 || !this.#isBefore(best, first, second, age)) break;
      this.#move(best, slot);
      slot = best;
    }
    this.#write(slot, key, first, second, age);
  }

  #firstChild(slot: number): number {
    const from = slot * ARITY + 1;
    if (from >= this.#size) return -1;
    const to = Math.min(from + ARITY, this.#size);
    let best = from;
    for (let child = from + 1; child < to; child++) {
      if (this.#isBefore(child, this.#first[best]!, this.#second[best]!, this.#age[best]!)) best = child;
    }
    return best;
  }

  #isBefore(slot: number, first: number, second: number, age: number): boolean {
    const own = this.#first[slot]!;
    if (own !== first) return own < first;
    const ownSecond = this.#second[slot]!;
    if (ownSecond !== second) return ownSecond < second;
    return this.#age[slot]! < age;
  }

  #move(from: number, to: number): void {
    this.#write(to, this.#keys[from]!, this.#first[from]!, this.#second[from]!, this.#age[from]!);
  }

  #write(slot: number, key: number, first: number, second: number, age: number): void {
    this.#keys[slot] = key;
    this.#first[slot] = first;
    this.#second[slot] = second;
    this.#age[slot] = age;
    this.#slotOf[key] = slot + 1;
  }

  #growSlots(): void {
    const length = this.#keys.length * 2;
    this.#keys = grown(this.#keys, new Int32Array(length));
    this.#first = grown(this.#first, new Float64Array(length));
    this.#second = grown(this.#second, new Float64Array(length));
    this.#age = grown(this.#age, new Float64Array(length));
  }
}

function grown<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
