/**
 * Moments at which something is due: timeouts, backoffs, leases. One heap for all of them and no timer inside: its owner arms
 * one timer for `nextAt` and asks for what is due.
 *
 * D1 A key has at most one moment; setting it again moves it.
 * D2 What `due` answers is gone from the heap: each moment is answered once.
 * D3 Order is by moment, then by the order of setting.
 */
import { assert } from "../base/assert.ts";
import { KeyedHeap } from "../base/keyed-heap.ts";

export interface Deadlines {
  readonly size: number;
  /**
   * `key` is the caller's: a whole number below 2³¹. The index takes four bytes for each key up to the greatest ever set.
   * @throws InternalError when the moment is not a finite number
   */
  set(key: number, atMs: number): void;
  /** Forgets the key; one that is not set is fine. */
  clear(key: number): void;
  has(key: number): boolean;
  /** When the key is due; `undefined` when it is not set. */
  at(key: number): number | undefined;
  /** The nearest moment; `undefined` when there is none. */
  nextAt(): number | undefined;
  /** Takes out all keys whose moment is `now` or before, the earliest first. */
  due(now: number): number[];
}

export function createDeadlines(): Deadlines {
  const heap = new KeyedHeap();
  return {
    get size() {
      return heap.size;
    },
    set(key, atMs) {
      assert(Number.isFinite(atMs), `the moment of deadline ${key} is a finite number, got ${atMs}`);
      heap.put(key, atMs);
    },
    clear(key) {
      heap.remove(key);
    },
    has: (key) => heap.has(key),
    at: (key) => heap.firstOf(key),
    nextAt: () => heap.peekFirst(),
    due(now) {
      const keys: number[] = [];
      for (let at = heap.peekFirst(); at !== undefined && at <= now; at = heap.peekFirst()) keys.push(heap.pop());
      return keys;
    },
  };
}
