/**
 * Goal: the id of an item says its number to whoever knows the run, and no other text does.
 * Method: ids of random runs and numbers there and back, and each of them with one character changed.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { itemIdOf, itemIndexOf } from "../../src/base/item-ids.ts";

const runId = fc.uuid();
const index = fc.nat({ max: 2 ** 31 - 1 });

test("the id of an item tells its number, whatever ids were made before", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(runId, index), { minLength: 1 }), (items) => {
      for (const [run, number] of items) expect(itemIndexOf(run, itemIdOf(run, number))).toBe(number);
    }),
  );
});

test("the same run and number have the same id, another of either has another", () => {
  const [one, other] = ["019a0000-0000-7000-8000-000000000000", "019a0000-0000-7000-8001-000000000000"];
  const ids = [itemIdOf(one, 0), itemIdOf(other, 0), itemIdOf(one, 0), itemIdOf(one, 1), itemIdOf(one, 0)];
  expect(ids[0]).toBe("019a0000-0000-7000-8000-000000000001");
  expect([ids[2], ids[4]]).toEqual([ids[0], ids[0]]);
  expect(new Set(ids).size).toBe(3);
});

test("a text with another character in it is no id of that item", () => {
  fc.assert(
    fc.property(
      runId,
      index,
      fc.nat({ max: 35 }),
      fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
      (...of) => {
        const [run, number, at, character] = of;
        const id = itemIdOf(run, number);
        const changed = id.slice(0, at) + character + id.slice(at + 1);
        if (changed !== id) expect(itemIndexOf(run, changed)).not.toBe(number);
      },
    ),
  );
});

test.each(["", "1", "019a0000-0000-7000-8000-00000000000A", "019a0000-0000-7000-8000-0000+0000001"])(
  "%o is no id, though a lenient reader would find a number in it",
  (text) => {
    expect(itemIndexOf("019a0000-0000-7000-8000-000000000000", text)).toBe(-1);
  },
);
