// Goal: pages of entries know which of them are left, wherever the oldest were dropped.
import { expect, test } from "vitest";
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
