// Goal: J1, J2: pages of entries know which of them are left, wherever the oldest were dropped, and give back what they were given.
import { expect, test } from "vitest";
import type { JournalEntry } from "../../src/journal/journal.ts";
import { AuditPages } from "../../src/journal/memory-pages.ts";
import { HistoryWriter } from "../support/journal-history.ts";

test.each([0, 1, 4, 99, 100, 1_000, 2_999, 3_000])("of 3,000 entries the first %i are dropped", (dropped) => {
  const pages = new AuditPages();
  const writer = new HistoryWriter();
  for (let seq = 1; seq <= 3_000; seq++) pages.push(writer.item(0, seq % 2 === 1 ? "claimed" : "todo"));
  pages.dropUpTo(dropped);
  expect(pages.firstSeq).toBe(dropped + 1);
  expect(pages).toHaveLength(3_000 - dropped);
  expect(Array.from(pages.entries(), ({ seq }) => seq)).toEqual(
    Array.from({ length: 3_000 - dropped }, (_, i) => dropped + 1 + i),
  );
});

/** Notes about the run, as many as asked for. */
function* notes(count: number): Generator<JournalEntry> {
  const writer = new HistoryWriter();
  for (let at = 0; at < count; at++) yield writer.runNote("open", "closed");
}

test("a short log takes a small page, a long one few: each is four times the one before, up to 16,384 entries", () => {
  const pages = new AuditPages();
  expect([pages.length, pages.firstSeq, pages.oldestPageEnd]).toEqual([0, 1, undefined]);
  for (const entry of notes(256)) pages.push(entry);
  expect(pages.oldestPageEnd, "while there is one page nothing can be let go of").toBeUndefined();
  const long = new AuditPages();
  for (const entry of notes(60_000)) long.push(entry);
  const ends: number[] = [];
  for (let end = long.oldestPageEnd; end !== undefined; end = long.oldestPageEnd) {
    ends.push(end);
    long.dropUpTo(end);
    expect(long).toHaveLength(60_000 - end);
  }
  expect(ends).toEqual([256, 1_280, 5_376, 21_760, 38_144, 54_528]);
});

test("J1: entries behind any other can be asked for, over the ends of pages and where some are dropped", () => {
  const pages = new AuditPages();
  for (const entry of notes(1_500)) pages.push(entry);
  const seqsAfter = (after?: number): number[] => Array.from(pages.entries(after), ({ seq }) => seq);
  const upwards = (from: number): number[] => Array.from({ length: 1_501 - from }, (_, at) => from + at);
  for (const after of [0, 1, 255, 256, 257, 1_279, 1_280, 1_281, 1_499, 1_500])
    expect(seqsAfter(after)).toEqual(upwards(after + 1));
  expect(seqsAfter()).toEqual(upwards(1));
  pages.dropUpTo(300);
  pages.dropUpTo(200);
  for (const after of [0, 256, 299, 300, 301]) expect(seqsAfter(after)).toEqual(upwards(Math.max(301, after + 1)));
  pages.dropUpTo(1_500);
  expect([seqsAfter(), pages.length, pages.oldestPageEnd]).toEqual([[], 0, undefined]);
});

test("J2: an entry reads back as it was, with a reason and data only where it has some", () => {
  const pages = new AuditPages();
  const writer = new HistoryWriter();
  const entries = [
    writer.item(0, "claimed", { actor: "w", at: -5, mono: 0.1 }),
    writer.item(0, "todo", { refund: true, reason: { code: "why" } }),
    writer.item(0, "claimed"),
    writer.item(0, "done", { data: null }),
    writer.run("running"),
  ];
  for (const entry of entries) pages.push(entry);
  expect([...pages.entries()]).toStrictEqual(entries);
});

test("a run has up to 65,536 different actors; the next one is refused", () => {
  const pages = new AuditPages();
  let last: JournalEntry | undefined;
  for (const entry of notes(65_536)) pages.push((last = { ...entry, actor: `worker-${entry.seq}` }));
  expect([...pages.entries(65_535)]).toEqual([last]);
  expect(() => pages.push({ ...last!, seq: 65_537, actor: "one more" })).toThrow("more than 65,536 different words");
});
