// Goal: what the memory journal promises beyond the conformance suite: it stays small, and says what it drops.
import { join } from "node:path";
import { expect, test } from "vitest";
import { readExportedLog } from "../../src/journal/exported-log.ts";
import { foldAudit } from "../../src/journal/fold.ts";
import type { JournalEntry } from "../../src/journal/journal.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { HistoryWriter, RUN_ID, runRecord } from "../support/journal-history.ts";
import { stateFolder } from "../support/state-folder.ts";

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

/** A journal with a run of so many notes. */
async function noted(count: number, auditEntriesMax = 1_000_000) {
  const journal = memoryJournal({ auditEntriesMax });
  await journal.createRun(runRecord());
  const writer = new HistoryWriter();
  const entries: JournalEntry[] = [];
  for (let at = 0; at < count; at++) entries.push(writer.item(0, at % 2 === 0 ? "claimed" : "todo"));
  void journal.append(RUN_ID, entries);
  return { journal, writer, entries };
}

test("as many entries as it may keep are all kept; with one more the oldest page is let go of", async () => {
  const { journal, writer, entries } = await noted(500, 500);
  expect(await journal.audit(RUN_ID, { after: 0 })).toEqual(entries);
  void journal.append(RUN_ID, [writer.item(1, "claimed")]);
  expect(await journal.read(RUN_ID)).toMatchObject({ baseSeq: 256, seq: 501 });
});

test("a log of several pages is exported whole, and a compaction that comes late takes back nothing of one that went on", async () => {
  const { journal, entries } = await noted(2_500);
  const exportTo = join(stateFolder(), "exported");
  const [late, further] = await Promise.all([
    journal.compact(RUN_ID, { upTo: 2_100, exportTo }),
    journal.compact(RUN_ID, { upTo: 2_400, exportTo: false }),
  ]);
  expect([late, further]).toMatchObject([{ baseSeq: 2_400, removed: 0 }, { baseSeq: 2_400 }]);
  const exported: JournalEntry[] = [];
  expect(await readExportedLog(late.file!, (entry) => exported.push(entry))).toMatchObject({ entries: 2_100 });
  expect(exported).toEqual(entries.slice(0, 2_100));
  expect(await journal.audit(RUN_ID)).toEqual(entries.slice(2_400));
  expect((await journal.read(RUN_ID)).items).toEqual(foldAudit(entries).items);
});

test.each<readonly [string, Partial<JournalEntry>]>([
  ["an actor", { actor: "a\0" }],
  ["an event", { event: "\ud800" }],
  ["the state that the run leaves", { item: -1, from: "\0" }],
  ["the state that the run comes to", { item: -1, to: "\0" }],
  ["a reason", { reason: { code: "x", data: Number.NaN } }],
  ["data", { data: [Infinity] }],
])("%s that could not be stored is refused here as well, and why is told from then on", async (_, change) => {
  const { journal, writer, entries } = await noted(3);
  expect(() => journal.append(RUN_ID, [{ ...writer.runNote("a", "b"), ...change }])).toThrow(
    /well-formed text|Expected JSON/,
  );
  expect(await journal.audit(RUN_ID)).toEqual(entries);
  await journal.close();
  await expect(journal.recover(RUN_ID)).rejects.toThrow("takes nothing more: an append was refused before");
});
