// Goal: as in damage.test.ts. Method: every so many bytes of a real file, one bit is flipped, and the journal opened on it.
import { expect, test } from "vitest";
import { flipDatabase, flipLog } from "../support/flipped-bits.ts";
import { stateFolder } from "../support/state-folder.ts";

test("the database file with any bit flipped gives exactly what was written, or an error that says so", async () => {
  // Every 37th byte, another bit each time: pages of all kinds, heads and contents. `npm run soak -- bit-flips` takes every byte.
  const { tried, noticed, faults } = await flipDatabase(stateFolder(), 37);
  expect(faults).toEqual([]);
  expect(noticed).toBeGreaterThan(100);
  expect(tried).toBeGreaterThan(2 * noticed);
});

test("the write-ahead log with any bit flipped gives what was written, an error, or all but its last transaction", async () => {
  const { tried, noticed, dropped, faults } = await flipLog(stateFolder(), 97);
  expect(faults).toEqual([]);
  expect(noticed).toBeGreaterThan(100);
  expect(dropped).toBeGreaterThan(10);
  expect(tried).toBeGreaterThan(noticed + dropped - 1);
});
