// Goal: a log is gone through whole, each entry once, whatever the size of a page; and how much of it is old is told to the entry.
import { expect, test } from "vitest";
import { auditPages, lastBefore } from "../../src/journal/audit-pages.ts";
import type { AuditOptions, JournalEntry } from "../../src/journal/journal.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { HistoryWriter, RUN_ID, runRecord } from "../support/journal-history.ts";

async function journalOf(count: number) {
  const journal = memoryJournal();
  await journal.createRun(runRecord());
  const writer = new HistoryWriter();
  const entries: JournalEntry[] = [];
  for (let n = 0; n < count; n++) {
    entries.push({ ...writer.item(n % 2, n % 4 < 2 ? "claimed" : "todo"), at: 1_000 + 10 * n });
    void journal.append(RUN_ID, [entries[n]!]);
  }
  return { journal, entries };
}

test.each([1, 3, 4, 12, 13])(
  "pages of %i: every entry of twelve once and in order, and no page is empty",
  async (limit) => {
    const { journal, entries } = await journalOf(12);
    const gather = async (options: AuditOptions): Promise<number[][]> => {
      const pages: number[][] = [];
      for await (const page of auditPages(journal, RUN_ID, { limit, ...options }))
        pages.push(page.map(({ seq }) => seq));
      return pages;
    };
    const all = await gather({});
    expect(all.flat()).toEqual(entries.map(({ seq }) => seq));
    expect(all.map(({ length }) => length)).not.toContain(0);
    expect(all[0]).toHaveLength(Math.min(limit, 12));
    expect((await gather({ after: 5, item: 1 })).flat()).toEqual([6, 8, 10, 12]);
    expect(await gather({ after: 12 })).toEqual([]);
  },
);

test("of large entries a page has few, and still every entry comes once", async () => {
  const journal = memoryJournal();
  await journal.createRun(runRecord());
  const writer = new HistoryWriter();
  const data = "x".repeat(1024 * 1024);
  for (let n = 0; n < 20; n++)
    void journal.append(RUN_ID, [writer.item(0, n % 2 === 0 ? "claimed" : "todo", { data })]);
  const lengths: number[] = [];
  for await (const page of auditPages(journal, RUN_ID, {})) lengths.push(page.length);
  expect(lengths).toEqual([8, 8, 4]);
});

test("the last entry before a moment is told, at most one that may go, and none behind what is younger", async () => {
  const { journal, entries } = await journalOf(12);
  const last = (more: object): Promise<number> =>
    lastBefore(journal, RUN_ID, { after: 0, upTo: 12, keptFrom: Infinity, ...more });
  const { at } = entries[4]!;
  expect(await last({})).toBe(12);
  expect([await last({ keptFrom: at }), await last({ keptFrom: at + 1 })]).toEqual([4, 5]);
  expect([await last({ upTo: 7 }), await last({ upTo: 0 })]).toEqual([7, 0]);
  expect(await last({ after: 6, keptFrom: at })).toBe(6);
});
