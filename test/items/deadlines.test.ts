/**
 * Goal: every moment that was set is answered exactly once, when it has come and not before, the earliest first.
 * Method: random settings, clearings and looks at the clock against a plain list.
 * A bug would look like: a timeout that never fires, or fires for an attempt that is over.
 */
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { InternalError } from "../../src/base/errors.ts";
import { createDeadlines } from "../../src/items/deadlines.ts";

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("set" as const), key: fc.nat(20), at: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("clear" as const), key: fc.nat(20), at: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("due" as const), key: fc.constant(0), at: fc.nat(50) }) },
);

test.prop([fc.array(step, { maxLength: 150 })])(
  "D1, D2, D3: it answers as a list sorted by moment and order of setting",
  (script) => {
    const deadlines = createDeadlines();
    let list: { key: number; at: number }[] = [];
    for (const { kind, key, at } of script) {
      if (kind === "due") {
        list.sort((a, b) => a.at - b.at);
        expect(deadlines.due(at)).toEqual(list.filter((entry) => entry.at <= at).map((entry) => entry.key));
        list = list.filter((entry) => entry.at > at);
      } else {
        list = list.filter((entry) => entry.key !== key);
        if (kind === "clear") deadlines.clear(key);
        else {
          deadlines.set(key, at);
          list.push({ key, at });
        }
      }
      expect(deadlines.size).toBe(list.length);
      expect(deadlines.nextAt()).toBe(list.length === 0 ? undefined : Math.min(...list.map((entry) => entry.at)));
      expect(deadlines.has(key)).toBe(list.some((entry) => entry.key === key));
      expect(deadlines.at(key)).toBe(list.find((entry) => entry.key === key)?.at);
    }
  },
);

describe("deadlines", () => {
  test("a moment is due at its own time, not a millisecond before", () => {
    const deadlines = createDeadlines();
    deadlines.set(1, 100);
    expect([deadlines.due(99), deadlines.due(100), deadlines.due(100)]).toEqual([[], [1], []]);
  });

  test.each([NaN, Infinity, -Infinity])("%s is no moment", (at) => {
    const deadlines = createDeadlines();
    expect(() => deadlines.set(1, at)).toThrow(InternalError);
    expect(deadlines.size).toBe(0);
  });

  test("a timeout that is set and cleared for each of many attempts leaves nothing behind", () => {
    const deadlines = createDeadlines();
    for (let attempt = 0; attempt < 100_000; attempt++) {
      deadlines.set(attempt % 64, attempt);
      deadlines.clear(attempt % 64);
    }
    expect([deadlines.size, deadlines.nextAt()]).toEqual([0, undefined]);
  });
});
