/** Part of the journal suite: appends are kept whole, in order, whatever is in them. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { foldAudit } from "../../src/journal/fold.ts";
import type { Journal, JournalEntry, RunRecord } from "../../src/journal/journal.ts";
import { histories, HistoryWriter, RUN_ID, runRecord } from "../support/journal-history.ts";
import { ALL, openWith, type OpenJournal } from "./journal-under-test.ts";

export function appendingConformance(openJournal: OpenJournal): void {
  const open = (record?: RunRecord): Promise<Journal> => openWith(openJournal, record);

  test("I9: the rows are the fold of the audit log, at every seq, for any history", async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (appends) => {
        const { journal } = await openJournal();
        try {
          await journal.createRun(runRecord());
          for (const entries of appends) {
            await journal.append(RUN_ID, entries);
            const [audit, run, [summary]] = [
              await journal.audit(RUN_ID, ALL),
              await journal.read(RUN_ID),
              await journal.runs(),
            ];
            const folded = foldAudit(audit);
            expect(run.items).toEqual(folded.items);
            const { status, seq, startedAt, finishedAt } = folded;
            expect(summary).toMatchObject({ status, seq, ...(startedAt === undefined ? {} : { startedAt }) });
            expect(summary!.finishedAt).toBe(finishedAt);
            expect(audit.map((entry) => entry.seq)).toEqual(audit.map((_, index) => index + 1));
          }
          expect(await journal.audit(RUN_ID, ALL)).toEqual(appends.flat());
          // The check of a recovery agrees with what was written, whatever that was.
          await expect(journal.recover(RUN_ID)).resolves.toMatchObject({ epoch: 2 });
        } finally {
          await journal.close();
        }
      }),
      { numRuns: 25 },
    );
  });

  test("answers to requests come back apart from what is about the run, the latest of them, in order", async () => {
    const journal = await open(runRecord({ size: 1 }));
    const writer = new HistoryWriter();
    const answer = (key: string): JournalEntry => ({
      ...writer.runNote("running", "running"),
      event: "answer",
      data: { key, fingerprint: "f", answer: { of: key } },
    });
    const entries = [writer.run("running"), answer("a"), writer.item(0, "claimed"), answer("b")];
    await journal.append(RUN_ID, entries);
    const run = await journal.recover(RUN_ID);
    expect(run.answers).toEqual([entries[1], entries[3]]);
    expect(run.aboutRun).toEqual([entries[0]]);
    await expect(journal.read(RUN_ID)).resolves.toMatchObject({ answers: [entries[1], entries[3]] });
  });

  test("I9b: items that were added count, and a reading gives what changed the plan, in order", async () => {
    const journal = await open(runRecord({ size: 1 }));
    const writer = new HistoryWriter();
    const started = writer.run("running");
    const growth = [
      writer.added(1, { data: { key: "one" } }),
      writer.added(2, { data: { key: "two" } }),
      { ...writer.item(1, "todo", { data: { key: "ONE" } }), event: "edit" },
      { ...writer.item(0, "todo", { data: { key: "ZERO" } }), event: "edit" },
    ];
    await journal.append(RUN_ID, [started, ...growth, writer.item(2, "claimed")]);
    const run = await journal.recover(RUN_ID);
    expect(run.growth).toEqual(growth);
    expect(run.record.size).toBe(1);
    expect(run.aboutRun).toEqual([started]);
    expect(run.items).toMatchObject([
      { item: 0, status: "todo", attempt: 0, seq: 5 },
      { item: 1, status: "todo", attempt: 0, seq: 4 },
      { item: 2, status: "claimed", seq: 6 },
    ]);
    const [summary] = await journal.runs();
    expect(summary).toMatchObject({ size: 3, counts: { todo: 2, claimed: 1 } });
    // Another life goes on with them.
    writer.epoch = 2;
    await journal.append(RUN_ID, [writer.added(3), writer.item(3, "claimed"), writer.item(0, "claimed")]);
    expect((await journal.runs())[0]).toMatchObject({ size: 4, counts: { todo: 1, claimed: 3 } });
  });

  test("appends that nobody waited for are kept in the order of the calls, and are acknowledged in it", async () => {
    const journal = await open(runRecord({ size: 500 }));
    const writer = new HistoryWriter();
    const order: number[] = [];
    const promises = Array.from({ length: 500 }, (_, item) => {
      const appended = journal.append(RUN_ID, [writer.item(item, "claimed"), writer.item(item, "done")]);
      return Promise.resolve(appended?.then(() => order.push(item)));
    });
    await Promise.all(promises);
    if (journal.durable) expect(order).toEqual(order.map((_, index) => index));
    expect((await journal.audit(RUN_ID, ALL)).map(({ item }) => item)).toEqual(
      Array.from({ length: 1_000 }, (_, at) => at >> 1),
    );
  });

  test("a long append is kept whole", async () => {
    const size = 50_000;
    const journal = await open(runRecord({ size }));
    const writer = new HistoryWriter();
    await journal.append(
      RUN_ID,
      Array.from({ length: size }, (_, item) => writer.item(item, "cancelled", { reason: { code: "gone" } })),
    );
    const { items, seq } = await journal.read(RUN_ID);
    expect([items.length, seq]).toEqual([size, size]);
    expect(items.at(-1)).toMatchObject({ item: size - 1, status: "cancelled", reason: { code: "gone" } });
  });

  test("an append of nothing is fine", async () => {
    const journal = await open();
    await journal.append(RUN_ID, []);
    expect((await journal.read(RUN_ID)).seq).toBe(0);
  });

  test("text of every kind comes back as it was", async () => {
    const texts = [
      "'; DROP TABLE runs; --",
      "a\nb\r\t\u0000\u001b[31m",
      "🚦 \u202e ﷽",
      "\ud800 alone",
      "|",
      "x".repeat(1_000_000),
      "__proto__",
      "",
    ];
    const journal = await open(runRecord({ name: "'\" 🚦 \\ %s", options: { texts } }));
    const writer = new HistoryWriter();
    const data = JSON.parse(`{"__proto__": {"polluted": true}, "texts": ${JSON.stringify(texts)}}`) as {
      texts: string[];
    };
    const entries = [
      writer.item(0, "claimed", { actor: "'; DROP TABLE transitions; -- 🚦|", event: "claim|\u202e" }),
      ...texts.map((message) => writer.item(0, "claimed", { reason: { code: message, message, data: texts } })),
      writer.item(0, "done", { data }),
    ];
    await journal.append(RUN_ID, entries);
    expect(await journal.audit(RUN_ID, ALL)).toEqual(entries);
    const [{ output }] = (await journal.read(RUN_ID)).items as unknown as [{ output: unknown }];
    expect(JSON.stringify(output)).toBe(JSON.stringify(data));
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect((await journal.recover(RUN_ID)).record.options).toEqual({ texts });
  });
}
