/**
 * What every journal promises, whatever it is made of. Run for each implementation by `journal.test.ts`; the part about
 * coming back after a close is for those that can (`reopen`).
 */
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { foldAudit } from "../../src/journal/fold.ts";
import type { Journal, JournalEntry } from "../../src/journal/journal.ts";
import { histories, HistoryWriter, RUN_ID, runRecord } from "../support/journal-history.ts";

/** A journal under test. `reopen` opens what the closed journal left; a journal without a disk has none. */
export interface JournalUnderTest {
  readonly journal: Journal;
  readonly reopen?: () => Promise<Journal>;
}

export type OpenJournal = () => Promise<JournalUnderTest>;

const ALL = { limit: 1_000_000 };

/** Takes a refusal whether it is thrown at once or comes as a rejected promise. */
async function refusal(action: () => Promise<unknown> | undefined): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  return undefined;
}

export function journalConformance(name: string, openJournal: OpenJournal): void {
  async function open(record = runRecord()): Promise<Journal & { reopen: (() => Promise<Journal>) | undefined }> {
    const { journal, reopen } = await openJournal();
    onTestFinished(() => journal.close());
    await journal.createRun(record);
    return Object.assign(journal, { reopen });
  }

  describe(`${name}: reading back`, () => {
    test("a run that was created is there, with everything that was said about it", async () => {
      const record = runRecord({ planFile: "plans/a plan.yaml" });
      const journal = await open(record);
      const run = await journal.read(RUN_ID);
      expect(run).toEqual({ record, status: "planned", seq: 0, epoch: 2, items: [] });
      const { planText: _, ...rest } = record;
      const counts = { todo: 8, claimed: 0, done: 0, failed: 0, cancelled: 0 };
      expect(await journal.runs()).toEqual([{ ...rest, status: "planned", seq: 0, epoch: 1, counts }]);
    });

    test("I11: entries come back as they were appended, in order of seq", async () => {
      const journal = await open();
      const writer = new HistoryWriter();
      const entries = [
        writer.run("running", { at: 2_000 }),
        writer.item(3, "claimed", { actor: "worker-1", at: 1_000, mono: 0.1 + 0.2 }),
        writer.item(3, "done", { data: { deep: [1, null, { "a b": "ü" }], big: 2 ** 53 - 1, small: -1.5e-300 } }),
        writer.item(4, "cancelled", { reason: { code: "why", message: "so", data: [false] } }),
      ];
      await journal.append(RUN_ID, entries.slice(0, 1));
      await journal.append(RUN_ID, entries.slice(1));
      expect(await journal.audit(RUN_ID)).toEqual(entries);
    });

    test("a part of the audit log can be asked for: after a seq, up to a number, about one item", async () => {
      const journal = await open();
      const writer = new HistoryWriter();
      const entries = [
        writer.run("running"),
        ...[0, 1, 2, 0].map((item) =>
          writer.item(item, item === 0 && writer.statusOf(0) === "claimed" ? "done" : "claimed"),
        ),
      ];
      await journal.append(RUN_ID, entries);
      const seqs = async (options: Parameters<Journal["audit"]>[1]): Promise<number[]> =>
        (await journal.audit(RUN_ID, options)).map(({ seq }) => seq);
      expect(await seqs({ after: 2, limit: 2 })).toEqual([3, 4]);
      expect(await seqs({ item: 0 })).toEqual([2, 5]);
      expect(await seqs({ item: 0, after: 2 })).toEqual([5]);
      expect(await seqs({ item: -1 })).toEqual([1]);
      expect(await seqs({ item: 7 })).toEqual([]);
      expect(await seqs({ limit: 0 })).toEqual([]);
      expect(await seqs({ after: 5 })).toEqual([]);
    });

    test("a page of the audit log has 1,000 entries when nothing else is said", async () => {
      const journal = await open(runRecord({ size: 2_000 }));
      const writer = new HistoryWriter();
      await journal.append(
        RUN_ID,
        Array.from({ length: 1_500 }, (_, item) => writer.item(item, "claimed")),
      );
      expect(await journal.audit(RUN_ID)).toHaveLength(1_000);
      expect(await journal.audit(RUN_ID, { after: 1_000 })).toHaveLength(500);
    });

    test("an item's row tells its attempts, its holder, its times, its reason and its output", async () => {
      const journal = await open();
      const writer = new HistoryWriter();
      const late = { code: "timeout", message: "too long" };
      await journal.append(RUN_ID, [
        writer.item(0, "claimed", { actor: "w1", at: 10 }),
        writer.item(0, "failed", { at: 20, reason: late }),
        writer.item(0, "todo", { at: 20 }),
        writer.item(0, "claimed", { actor: "w2", at: 30 }),
        writer.item(1, "claimed", { actor: "w3", at: 40 }),
        writer.item(1, "done", { at: 50, data: null }),
        writer.item(1, "done", { at: 60, reason: { code: "stale_fencing_token" }, data: "a late report" }),
        writer.item(2, "claimed", { at: 70 }),
        writer.item(2, "todo", { at: 80, refund: true, reason: { code: "interrupted" } }),
      ]);
      const { items } = await journal.read(RUN_ID);
      expect(items).toEqual([
        {
          item: 0,
          status: "claimed",
          attempt: 2,
          refunded: 0,
          token: 4,
          seq: 4,
          holder: "w2",
          claimedAt: 30,
          firstClaimedAt: 10,
        },
        {
          item: 1,
          status: "done",
          attempt: 1,
          refunded: 0,
          token: 0,
          seq: 7,
          claimedAt: 40,
          firstClaimedAt: 40,
          settledAt: 50,
          output: null,
        },
        {
          item: 2,
          status: "todo",
          attempt: 1,
          refunded: 1,
          token: 0,
          seq: 9,
          claimedAt: 70,
          reason: { code: "interrupted" },
        },
      ]);
    });

    test("the summary of a run counts its items and knows when it started and ended", async () => {
      const journal = await open();
      const writer = new HistoryWriter();
      await journal.append(RUN_ID, [
        writer.run("running", { at: 100 }),
        writer.item(0, "claimed"),
        writer.item(1, "claimed"),
      ]);
      await journal.append(RUN_ID, [
        writer.item(0, "done"),
        writer.runNote("open", "closed"),
        writer.item(2, "cancelled"),
      ]);
      const counts = { todo: 5, claimed: 1, done: 1, failed: 0, cancelled: 1 };
      expect(await journal.runs()).toMatchObject([{ status: "running", seq: 6, startedAt: 100, counts }]);
      await journal.append(RUN_ID, [writer.run("settling"), writer.run("cancelled", { at: 900 })]);
      expect(await journal.runs()).toMatchObject([{ status: "cancelled", startedAt: 100, finishedAt: 900 }]);
    });

    test("runs are listed newest first and do not mix", async () => {
      const journal = await open();
      const second = RUN_ID.replace("01a1", "01a2");
      await journal.createRun(runRecord({ id: second, name: "second" }));
      const [one, two] = [new HistoryWriter(), new HistoryWriter()];
      await Promise.all([
        journal.append(RUN_ID, [one.item(0, "claimed")]),
        journal.append(second, [two.run("running"), two.item(5, "claimed")]),
        journal.append(RUN_ID, [one.item(0, "done")]),
      ]);
      expect((await journal.runs()).map(({ name }) => name)).toEqual(["second", "a run"]);
      expect((await journal.runs({ limit: 1 })).map(({ name }) => name)).toEqual(["second"]);
      expect((await journal.read(RUN_ID)).items).toMatchObject([{ item: 0, status: "done" }]);
      expect((await journal.read(second)).items).toMatchObject([{ item: 5, status: "claimed" }]);
      expect(await journal.audit(second)).toHaveLength(2);
    });

    test("a run that is not there is said to be not there", async () => {
      const journal = await open();
      for (const action of ["read", "recover", "audit"] as const) {
        await expect(journal[action]("nobody")).rejects.toMatchObject({ code: "run_not_found" });
      }
    });

    test("a second run with the same id is refused, and the first is as it was", async () => {
      const journal = await open();
      await expect(journal.createRun(runRecord({ name: "another" }))).rejects.toMatchObject({ code: "invalid_usage" });
      expect(await journal.runs()).toMatchObject([{ name: "a run" }]);
      await journal.append(RUN_ID, [new HistoryWriter().item(0, "claimed")]);
    });
  });

  describe(`${name}: appending`, () => {
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
  });

  describe(`${name}: refusing`, () => {
    const started = (writer: HistoryWriter): JournalEntry[] => [writer.run("running"), writer.item(0, "claimed")];
    const next = (): JournalEntry => {
      const writer = new HistoryWriter();
      started(writer);
      return writer.item(0, "done");
    };
    const bad: Readonly<Record<string, (entry: JournalEntry) => object>> = {
      "a gap in seq (I9)": (entry) => ({ ...entry, seq: 4 }),
      "a seq that was used (I9)": (entry) => ({ ...entry, seq: 2 }),
      "an entry of another epoch (L4)": (entry) => ({ ...entry, epoch: 2 }),
      "a transition from a state in which the item is not (I3)": (entry) => ({ ...entry, from: "todo" }),
      "a state that items do not have": (entry) => ({ ...entry, to: "lost" }),
      "a transition from a state in which the run is not (I3)": (entry) => ({
        ...entry,
        item: -1,
        from: "planned",
        to: "paused",
      }),
      "an item beyond the size of the run": (entry) => ({ ...entry, item: 8 }),
      "an item of -2": (entry) => ({ ...entry, item: -2 }),
      "half an item": (entry) => ({ ...entry, item: 0.5 }),
      "a wall clock of NaN": (entry) => ({ ...entry, at: Number.NaN }),
      "a wall clock with fractions": (entry) => ({ ...entry, at: 1.5 }),
      "a wall clock that is missing": (entry) => ({ ...entry, at: undefined }),
      "an infinite monotonic clock": (entry) => ({ ...entry, mono: Number.POSITIVE_INFINITY }),
      "a monotonic clock of NaN": (entry) => ({ ...entry, mono: Number.NaN }),
      "a negative attempt": (entry) => ({ ...entry, attempt: -1 }),
      "a count of refunds of NaN": (entry) => ({ ...entry, refunded: Number.NaN }),
      "a token that is no exact number": (entry) => ({ ...entry, token: 2 ** 53 }),
      "an actor with a NUL": (entry) => ({ ...entry, actor: "a\0b" }),
      "an actor that is not well-formed text": (entry) => ({ ...entry, actor: "\ud800" }),
      "an output with a BigInt": (entry) => ({ ...entry, data: { a: [1n] } }),
      "an output with NaN": (entry) => ({ ...entry, data: [Number.NaN] }),
      "an output with a function": (entry) => ({ ...entry, data: { f: () => 1 } }),
      "an output with a Date": (entry) => ({ ...entry, data: { d: new Date(0) } }),
      "a reason with undefined in a list": (entry) => ({ ...entry, reason: { code: "c", data: [undefined] } }),
      "an output that contains itself": (entry) => ({ ...entry, data: circle() }),
    };

    test.each(Object.keys(bad))("%s is refused with its whole append, and nothing is taken after it", async (what) => {
      const journal = await open();
      const writer = new HistoryWriter();
      const kept = started(writer);
      await journal.append(RUN_ID, kept);
      const good = { ...writer.runNote("open", "closed"), seq: 3 };
      const wrong = bad[what]!(next()) as JournalEntry;
      const shifted = wrong.seq === 3 ? { ...wrong, seq: 4 } : { ...wrong, seq: wrong.seq + 1 };
      expect(await refusal(() => journal.append(RUN_ID, [good, shifted]))).toBeInstanceOf(Error);
      expect(await refusal(() => journal.append(RUN_ID, [good]))).toMatchObject({ code: "journal_unavailable" });
      expect(await journal.audit(RUN_ID)).toEqual(kept);
      expect((await journal.read(RUN_ID)).items).toMatchObject([{ item: 0, status: "claimed", seq: 2 }]);
    });

    test("the entry that the cases above spoil is taken as it is", async () => {
      const journal = await open();
      const writer = new HistoryWriter();
      await journal.append(RUN_ID, started(writer));
      await journal.append(RUN_ID, [
        { ...writer.runNote("open", "closed"), seq: 3 },
        { ...next(), seq: 4 },
      ]);
      expect((await journal.read(RUN_ID)).items).toMatchObject([{ item: 0, status: "done", seq: 4 }]);
    });

    test("an append to a run that this journal neither created nor recovered is refused", async () => {
      const journal = await open();
      expect(await refusal(() => journal.append("another", started(new HistoryWriter())))).toBeInstanceOf(Error);
    });

    test("appends under way before a refused one are kept, those behind it are not", async () => {
      const journal = await open();
      const writer = new HistoryWriter();
      const kept = started(writer);
      const outcomes = await Promise.all([
        refusal(() => journal.append(RUN_ID, kept)),
        refusal(() => journal.append(RUN_ID, [{ ...next(), from: "failed" }])),
        refusal(() => journal.createRun(runRecord({ id: "another" }))),
        // Fine by itself, but its writer thought that the one before it was kept.
        refusal(() => journal.append(RUN_ID, [next()])),
      ]);
      expect(outcomes.map((outcome) => outcome === undefined)).toEqual([true, false, false, false]);
      expect(await journal.audit(RUN_ID)).toEqual(kept);
      expect(await journal.runs()).toHaveLength(1);
    });

    test("closing twice is fine; a closed journal takes nothing", async () => {
      const journal = await open();
      await Promise.all([journal.close(), journal.close()]);
      await journal.close();
      expect(await refusal(() => journal.append(RUN_ID, started(new HistoryWriter())))).toMatchObject({
        code: "journal_unavailable",
      });
      await expect(journal.createRun(runRecord({ id: "x" }))).rejects.toMatchObject({ code: "journal_unavailable" });
    });

    test("closing waits for what is under way", async () => {
      const journal = await open(runRecord({ size: 300 }));
      const writer = new HistoryWriter();
      let acknowledged = 0;
      const appends = Array.from({ length: 300 }, (_, item) =>
        Promise.resolve(journal.append(RUN_ID, [writer.item(item, "claimed")])?.then(() => acknowledged++)),
      );
      await journal.close();
      await Promise.all(appends);
      expect(acknowledged).toBe(journal.durable ? 300 : 0);
    });
  });

  describe(`${name}: recovering`, () => {
    test("a recovery opens an epoch; entries of the one before are refused (L4)", async () => {
      const journal = await open();
      const writer = new HistoryWriter();
      await journal.append(RUN_ID, [writer.run("running"), writer.item(0, "claimed")]);
      expect(await journal.recover(RUN_ID)).toMatchObject({
        epoch: 2,
        seq: 2,
        status: "running",
        items: [{ item: 0, status: "claimed" }],
      });
      expect(await journal.read(RUN_ID)).toMatchObject({ epoch: 3 });
      writer.epoch = 2;
      await journal.append(RUN_ID, [writer.item(0, "todo", { refund: true })]);
      writer.epoch = 1;
      expect(await refusal(() => journal.append(RUN_ID, [writer.item(0, "claimed")]))).toBeInstanceOf(Error);
      expect((await journal.audit(RUN_ID)).map(({ epoch }) => epoch)).toEqual([1, 1, 2]);
    });

    test("I7, I9: what was acknowledged is there after closing and opening again, and goes on from there", async () => {
      const { journal, reopen } = await openJournal();
      onTestFinished(() => journal.close());
      await journal.createRun(runRecord());
      const writer = new HistoryWriter();
      const entries = [
        writer.run("running"),
        writer.item(0, "claimed"),
        writer.item(0, "done", { data: { a: 1 } }),
        writer.item(1, "claimed"),
      ];
      await journal.append(RUN_ID, entries);
      const before = await journal.read(RUN_ID);
      if (reopen === undefined) return expect(journal.durable).toBe(false);
      await journal.close();
      const again = await reopen();
      onTestFinished(() => again.close());
      expect(await again.recover(RUN_ID)).toEqual(before);
      expect(await again.audit(RUN_ID)).toEqual(entries);
      writer.epoch = 2;
      await again.append(RUN_ID, [writer.item(1, "todo", { refund: true })]);
      expect(await again.recover(RUN_ID)).toMatchObject({
        epoch: 3,
        seq: 5,
        items: [{ status: "done", output: { a: 1 } }, { status: "todo" }],
      });
    });

    test("after a refusal the store is as it was acknowledged; a new journal goes on with it", async () => {
      const { journal, reopen } = await openJournal();
      onTestFinished(() => journal.close());
      await journal.createRun(runRecord());
      const writer = new HistoryWriter();
      await journal.append(RUN_ID, [writer.item(0, "claimed")]);
      expect(
        await refusal(() =>
          journal.append(
            RUN_ID,
            [writer.item(0, "done"), writer.item(0, "claimed")].map((entry) => ({ ...entry, from: "todo" })),
          ),
        ),
      ).toBeInstanceOf(Error);
      if (reopen === undefined) return expect(journal.durable).toBe(false);
      await journal.close();
      const again = await reopen();
      onTestFinished(() => again.close());
      expect(await again.recover(RUN_ID)).toMatchObject({ seq: 1, items: [{ status: "claimed" }] });
      await again.append(RUN_ID, [{ ...new HistoryWriter(1, 2).runNote("open", "closed") }]);
    });
  });
}

function circle(): object {
  const value: { self?: object } = {};
  value.self = value;
  return value;
}
