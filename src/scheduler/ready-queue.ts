/**
 * Items that may start, in the order in which they should: priority (0 first), then the longest remaining path, because what
 * the end of the run waits for must not wait itself, then age.
 *
 * Q1 An item stands in the queue at most once.
 * Q2 Priority and path are read when an item comes in; a later change of them moves it only with `reorder`.
 */
import { InternalError } from "../base/errors.ts";
import { KeyedHeap } from "../base/keyed-heap.ts";

export interface ReadyQueueOptions {
  /** Number of items; greater numbers make the queue grow. */
  readonly capacity: number;
  readonly priorityOf: (item: number) => number;
  /** What has to happen after this item starts until the end, one thing after the other; any unit. */
  readonly remainingPath: Float64Array | ((item: number) => number);
}

export interface ReadyQueue {
  readonly size: number;
  /** @throws InternalError when the item stands here already, or when its priority or path is NaN */
  push(item: number): void;
  /** Takes the item that should start next; -1 when there is none. */
  pop(): number;
  /** The item that `pop` would take; -1 when there is none. */
  peek(): number;
  /** Answers whether the item was here. */
  remove(item: number): boolean;
  has(item: number): boolean;
  /** Reads priority and path of an item again, when it is here; of equals it is then the last. */
  reorder(item: number): void;
  /** How many would be popped before it; -1 when it is not here. Takes time in proportion to the queue. */
  ahead(item: number): number;
}

export function createReadyQueue(options: ReadyQueueOptions): ReadyQueue {
  const { capacity, priorityOf, remainingPath } = options;
  const pathOf = typeof remainingPath === "function" ? remainingPath : (item: number) => remainingPath[item] ?? 0;
  const heap = new KeyedHeap(capacity);
  return {
    get size() {
      return heap.size;
    },
    push(item) {
      if (heap.has(item)) throw new InternalError(`item ${item} is in the ready queue already`);
      heap.put(item, priorityOf(item), -pathOf(item));
    },
    pop: () => heap.pop(),
    peek: () => heap.peek(),
    remove: (item) => heap.remove(item),
    has: (item) => heap.has(item),
    reorder(item) {
      if (heap.has(item)) heap.put(item, priorityOf(item), -pathOf(item));
    },
    ahead: (item) => heap.ahead(item),
  };
}
