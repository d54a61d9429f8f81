// Goal: what the memory journal promises beyond the conformance suite: it stays small, and says what it drops.
import { expect, test } from "vitest";
import { foldAudit } from "../../src/journal/fold.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { HistoryWriter, RUN_ID, runRecord } from "../support/journal-history.ts";

test("takes an append at once, without a promise, and refuses one at once", async () => {
  const journal = memoryJournal();
  await journal.createRun(runRecord());
  const entry = new HistoryWriter().item(0, "claimed");
  expect(journal.durable).toBe(false);
  expect(journal.append(RUN_ID, [entry])).toBeUndefined();
  expect(() => journal.append(RUN_ID, [entry])).toThrow("expected seq 2, got seq 1");
});

test("beyond its limit the oldest entries are dropped, the state never: it is the fold of all entries", async () => {
  const size = 1_000;
  const journal = memoryJournal({ auditEntriesMax: 5_000 });
  await journal.createRun(runRecord({ size }));
  const writer = new HistoryWriter();
  const all = [];
  for (let round = 0; round < 40_000; round++) {
    const item = (round * 7) % size;
    const entry = writer.item(item, writer.statusOf(item) === "todo" ? "claimed" : "todo", {
      refund: round % 3 === 0,
      reason: { code: `r${round}` },
    });
    all.push(entry);
    void journal.append(RUN_ID, [entry]);
  }
  const kept = await journal.audit(RUN_ID, { limit: 1_000_000 });
  expect(kept.length).toBeLessThanOrEqual(5_000 + 16_384);
  expect(kept).toEqual(all.slice(-kept.length));
  expect(kept.length).toBeLessThan(all.length);
  expect((await journal.read(RUN_ID)).items).toEqual(foldAudit(all).items);
  await expect(journal.audit(RUN_ID, { after: 10, limit: 1 })).rejects.toMatchObject({ code: "history_removed" });
  expect(await journal.read(RUN_ID)).toMatchObject({ baseSeq: all.length - kept.length });
});

test("a run takes items beyond its first ones, as many as come", async () => {
  const journal = memoryJournal();
  await journal.createRun(runRecord({ size: 0 }));
  const writer = new HistoryWriter();
  const items = Array.from({ length: 300 }, (_, item) => item);
  for (const item of items) void journal.append(RUN_ID, [writer.added(item)]);
  for (const item of items) void journal.append(RUN_ID, [writer.item(item, "claimed")]);
  const { items: rows } = await journal.read(RUN_ID);
  expect(rows.map(({ status }) => status)).toEqual(items.map(() => "claimed"));
});

test("an entry takes at most 64 bytes outside the heap", async () => {
  const size = 100_000;
  const before = process.memoryUsage().arrayBuffers;
  const journal = memoryJournal();
  await journal.createRun(runRecord({ size }));
  const writer = new HistoryWriter();
  for (let item = 0; item < size; item++)
    void journal.append(RUN_ID, [writer.item(item, "claimed"), writer.item(item, "done")]);
  const bytes = (process.memoryUsage().arrayBuffers - before) / (2 * size);
  expect(bytes).toBeLessThan(64);
  expect((await journal.read(RUN_ID)).items).toHaveLength(size);
});

test.each([0, -1, 1.5, Number.NaN])("a limit of %d entries is refused", (auditEntriesMax) => {
  expect(() => memoryJournal({ auditEntriesMax })).toThrow("Expected auditEntriesMax to be a whole number above 0");
});

test.each([
  [{ at: 1.5 }, "`at` in whole milliseconds"],
  [{ mono: Number.NaN }, "`mono` in milliseconds"],
  [{ item: 0.5 }, "the number of an item, or -1"],
  [{ attempt: -1 }, "`attempt` to be a count"],
  [{ refunded: 0.5 }, "`refunded` to be a count"],
  [{ token: -1 }, "`token` to be a whole number"],
])("an entry with %o is refused, and nothing of it is stored", async (wrong, words) => {
  const journal = memoryJournal();
  await journal.createRun(runRecord());
  const entry = new HistoryWriter().item(0, "claimed");
  expect(() => journal.append(RUN_ID, [{ ...entry, ...wrong }])).toThrow(words);
  expect(await journal.audit(RUN_ID)).toEqual([]);
});
