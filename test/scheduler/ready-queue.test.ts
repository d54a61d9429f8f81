/**
 * Goal: whoever may start does so in the promised order: priority, longest remaining path, age.
 * Method: random pushes, pops and removals against a list that is sorted anew each time; a million items once.
 */
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { InternalError } from "../../src/base/errors.ts";
import { createReadyQueue } from "../../src/scheduler/ready-queue.ts";

const SIZE = 40;
const items = fc.array(fc.record({ priority: fc.nat(3), path: fc.nat(3) }), { minLength: SIZE, maxLength: SIZE });
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("push" as const), item: fc.nat(SIZE - 1) }) },
    { weight: 2, arbitrary: fc.constant({ kind: "pop" as const, item: -1 }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), item: fc.nat(SIZE - 1) }) },
  ),
  { maxLength: 200 },
);

test.prop([items, steps])(
  "Q1: it pops by priority, then by the longest remaining path, then by age",
  (rows, script) => {
    const queue = createReadyQueue({
      capacity: 0,
      priorityOf: (item) => rows[item]!.priority,
      remainingPath: Float64Array.from(rows, ({ path }) => path),
    });
    let line: number[] = [];
    const before = (a: number, b: number): number =>
      rows[a]!.priority - rows[b]!.priority || rows[b]!.path - rows[a]!.path;
    for (const { kind, item } of script) {
      if (kind === "push" && !line.includes(item)) {
        queue.push(item);
        // The sort is stable, so age needs no key of its own.
        line = [...line, item].sort(before);
      } else if (kind === "pop") expect(queue.pop()).toBe(line.shift() ?? -1);
      else if (kind === "remove") {
        expect(queue.remove(item)).toBe(line.includes(item));
        line = line.filter((other) => other !== item);
      }
      expect([queue.size, queue.peek()]).toEqual([line.length, line[0] ?? -1]);
    }
    for (let item = 0; item < SIZE; item++) {
      expect([queue.has(item), queue.ahead(item)]).toEqual([line.includes(item), line.indexOf(item)]);
    }
  },
);

describe("ready queue", () => {
  const plain = { capacity: 4, priorityOf: () => 5, remainingPath: () => 1 };

  test("Q1: an item that is in the queue is not taken again", () => {
    const queue = createReadyQueue(plain);
    queue.push(2);
    expect(() => queue.push(2)).toThrow(InternalError);
    expect(queue.size).toBe(1);
  });

  test("an item without a known path comes after those that others wait for", () => {
    const queue = createReadyQueue({ ...plain, remainingPath: new Float64Array([2]) });
    queue.push(7);
    queue.push(0);
    expect([queue.pop(), queue.pop()]).toEqual([0, 7]);
  });

  test("Q2: a priority or path that changes moves an item only when it is read again; of equals it is then the last", () => {
    const [priorities, paths] = [
      [5, 5, 5],
      [1, 1, 1],
    ];
    const queue = createReadyQueue({
      capacity: 4,
      priorityOf: (item) => priorities[item]!,
      remainingPath: (item) => paths[item]!,
    });
    [0, 1, 2].forEach((item) => queue.push(item));
    priorities[2] = 0;
    expect(queue.ahead(2)).toBe(2);
    queue.reorder(2);
    queue.reorder(0);
    paths[1] = 0;
    queue.reorder(1);
    queue.reorder(3);
    expect([queue.size, queue.has(3), queue.pop(), queue.pop(), queue.pop()]).toEqual([3, false, 2, 0, 1]);
  });

  test("a path that is NaN is a bug and is said, not sorted", () => {
    const queue = createReadyQueue({ ...plain, remainingPath: () => NaN });
    expect(() => queue.push(0)).toThrow(InternalError);
    expect([queue.size, queue.pop()]).toEqual([0, -1]);
  });

  test("a million items leave in order", () => {
    const size = 1_000_000;
    const queue = createReadyQueue({
      capacity: size,
      priorityOf: (item) => item % 10,
      remainingPath: (item) => (item * 7919) % 1000,
    });
    for (let item = 0; item < size; item++) queue.push(item);
    let wrong = 0;
    let last = queue.pop();
    for (let item = queue.pop(); item >= 0; item = queue.pop()) {
      const order = (last % 10) - (item % 10) || ((item * 7919) % 1000) - ((last * 7919) % 1000) || last - item;
      if (order >= 0) wrong++;
      last = item;
    }
    expect([wrong, queue.size]).toEqual([0, 0]);
  });
});
