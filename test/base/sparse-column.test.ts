/** Goal: a column says what a map would. Method: the same calls to both, any numbers in any order, growing in between. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { SparseColumn } from "../../src/base/sparse-column.ts";

const number = fc.nat(50);
const call = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), number, value: fc.constantFrom<string | null>("a", "", null) }),
  fc.record({ kind: fc.constant("delete" as const), number }),
  fc.record({ kind: fc.constant("grow" as const), number: fc.nat(80) }),
);

test("C1: it holds and counts what a map does", () => {
  fc.assert(
    fc.property(fc.nat(10), fc.array(call, { maxLength: 60 }), (length, calls) => {
      const column = new SparseColumn<string | null>(length);
      const map = new Map<number, string | null>();
      for (const each of calls) {
        if (each.kind === "set") {
          column.set(each.number, each.value);
          map.set(each.number, each.value);
        } else if (each.kind === "delete") expect(column.delete(each.number)).toBe(map.delete(each.number));
        else column.grow(each.number);
        expect(column.size).toBe(map.size);
      }
      for (let n = 0; n <= 90; n++) expect([column.has(n), column.get(n)]).toEqual([map.has(n), map.get(n)]);
    }),
  );
});
