import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { sortableIds } from "../../src/base/sortable-ids.ts";

const V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{4}0{8}$/;

test.prop([
  fc.array(fc.integer({ min: -5_000, max: 5_000 }), { minLength: 1, maxLength: 50 }),
  fc.infiniteStream(fc.integer({ min: 0, max: 255 })),
])("S3-16: ids are of UUID version 7, each greater than the one before, however the clock jumps", (jumps, chance) => {
  let now = 1_700_000_000_000;
  const next = sortableIds(
    () => now,
    () => Uint8Array.from({ length: 10 }, () => chance.next().value as number),
  );
  const ids = jumps.map((jump) => {
    now += jump;
    return next();
  });
  for (const id of ids) expect(id).toMatch(V7);
  expect(ids).toEqual(ids.toSorted());
  expect(new Set(ids).size).toBe(ids.length);
});

test("S3-16: more ids than a millisecond has numbers are still different, and in order", () => {
  const next = sortableIds(
    () => 1_700_000_000_000,
    () => new Uint8Array(10).fill(255),
  );
  const ids = Array.from({ length: 10_000 }, next);
  expect(ids).toEqual(ids.toSorted());
  expect(new Set(ids).size).toBe(10_000);
});

test("S3-16: two processes that start in the same millisecond make different ids", () => {
  const made = [1, 2].map((byte) =>
    sortableIds(
      () => 1_700_000_000_000,
      () => new Uint8Array(10).fill(byte),
    )(),
  );
  expect(made[0]).not.toBe(made[1]);
});
