/**
 * Goal: the heap under the ready queue and the deadlines keeps its order whatever is done to it in whatever order.
 * Method: random operations against a sorted list; the edges of its typed arrays by hand.
 * A bug would look like: an item that starts out of turn, or a timeout that is never noticed.
 */
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { InternalError } from "../../src/base/errors.ts";
import { KeyedHeap } from "../../src/base/keyed-heap.ts";

interface Entry {
  readonly key: number;
  readonly first: number;
  readonly second: number;
  readonly age: number;
}

const byOrder = (a: Entry, b: Entry): number => a.first - b.first || a.second - b.second || a.age - b.age;

const operation = fc.oneof(
  // Few keys and few values: collisions and ties are what breaks heaps.
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("put" as const),
      key: fc.nat(90),
      first: fc.integer({ min: -3, max: 3 }),
      second: fc.nat(2),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pop" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("remove" as const), key: fc.nat(90) }) },
);

test.prop([fc.array(operation, { maxLength: 300 })])(
  "H1, H2, H3: it answers as a sorted list does, after any operations",
  (operations) => {
    const heap = new KeyedHeap();
    let list: Entry[] = [];
    operations.forEach((step, age) => {
      if (step.do === "put") {
        list = list.filter(({ key }) => key !== step.key);
        list.push({ key: step.key, first: step.first, second: step.second, age });
        heap.put(step.key, step.first, step.second);
      } else if (step.do === "pop") {
        list.sort(byOrder);
        expect(heap.pop()).toBe(list.shift()?.key ?? -1);
      } else {
        expect(heap.remove(step.key)).toBe(list.some(({ key }) => key === step.key));
        list = list.filter(({ key }) => key !== step.key);
      }
      list.sort(byOrder);
      expect([heap.size, heap.peek(), heap.peekFirst()]).toEqual([list.length, list[0]?.key ?? -1, list[0]?.first]);
    });
    list.forEach(({ key }, place) => expect(heap.ahead(key)).toBe(place));
    expect(Array.from({ length: heap.size }, () => heap.pop())).toEqual(list.map(({ key }) => key));
  },
);

describe("keyed heap", () => {
  test("keys far beyond its first size are found again", () => {
    const heap = new KeyedHeap();
    for (const key of [5, 1_000_000, 0, 64]) heap.put(key, -key);
    expect([heap.has(1_000_000), heap.has(999_999), heap.has(2_000_000)]).toEqual([true, false, false]);
    expect([heap.pop(), heap.pop(), heap.pop(), heap.pop(), heap.pop()]).toEqual([1_000_000, 64, 5, 0, -1]);
  });

  test("infinite values are values, NaN is refused before anything changes", () => {
    const heap = new KeyedHeap();
    heap.put(1, Infinity);
    heap.put(2, -Infinity);
    expect(() => heap.put(2, NaN)).toThrow(InternalError);
    expect(() => heap.put(3, 0, NaN)).toThrow(InternalError);
    expect([heap.pop(), heap.pop(), heap.size]).toEqual([2, 1, 0]);
  });

  test.each([-1, 0.5, NaN, 2 ** 31])("%s is no key", (key) => {
    const heap = new KeyedHeap();
    expect(() => heap.put(key, 0)).toThrow(InternalError);
    expect([heap.has(key), heap.remove(key), heap.ahead(key)]).toEqual([false, false, -1]);
  });
});
