/** Part of the journal suite: what was written comes back, and can be asked for in parts. */
import { expect, test } from "vitest";
import type { Journal, RunRecord } from "../../src/journal/journal.ts";
import { HistoryWriter, RUN_ID, runRecord } from "../support/journal-history.ts";
import { openWith, type OpenJournal } from "./journal-under-test.ts";

export function readingConformance(openJournal: OpenJournal): void {
  const open = (record?: RunRecord): Promise<Journal> => openWith(openJournal, record);

  test("a run that was created is there, with everything that was said about it", async () => {
    const record = runRecord({ planFile: "plans/a plan.yaml" });
    const journal = await open(record);
    const run = await journal.read(RUN_ID);
    expect(run).toStrictEqual({
      record,
      status: "planned",
      seq: 0,
      epoch: 2,
      items: [],
      aboutRun: [],
      growth: [],
      answers: [],
    });
    const { planText: _, ...rest } = record;
    const counts = { todo: 8, claimed: 0, done: 0, failed: 0, cancelled: 0 };
    // What is not known has no key: to JSON, and to whoever spreads it, an undefined one would be something else.
    expect(await journal.runs()).toStrictEqual([{ ...rest, status: "planned", seq: 0, epoch: 1, counts }]);
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

  test("a part of the audit log can be asked for: after a seq, up to a number, about one item, with one event", async () => {
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
    const { event } = entries[1]!;
    expect(await seqs({ event })).toEqual(entries.filter((entry) => entry.event === event).map(({ seq }) => seq));
    expect(await seqs({ event, item: 0, limit: 1 })).toEqual([2]);
    expect(await seqs({ event: "prepared" })).toEqual([]);
    expect((await journal.read(RUN_ID)).aboutRun).toEqual(entries.slice(0, 1));
    expect(await seqs({ item: 7 })).toEqual([]);
    expect(await seqs({ limit: 0 })).toEqual([]);
    expect(await seqs({ after: 5 })).toEqual([]);
  });

  test("a page ends behind the entry with which its reasons and data are as long as is asked for, one entry at least", async () => {
    const journal = await open();
    const writer = new HistoryWriter();
    const data = "x".repeat(998);
    const reason = { code: "c", message: "y".repeat(1_000) };
    const extras = [{}, { data }, { data }, { reason }, {}, { data }];
    await journal.append(RUN_ID, [
      ...extras.map((extra, item) => writer.item(item, "cancelled", extra)),
      writer.run("running"),
    ]);
    const seqs = async (options: Parameters<Journal["audit"]>[1]): Promise<number[]> =>
      (await journal.audit(RUN_ID, options)).map(({ seq }) => seq);
    expect(await seqs({ bytesMax: 1 })).toEqual([1, 2]);
    expect(await seqs({ bytesMax: 1_000 })).toEqual([1, 2]);
    expect(await seqs({ bytesMax: 1_001 })).toEqual([1, 2, 3]);
    expect(await seqs({ bytesMax: 2_001 })).toEqual([1, 2, 3, 4]);
    expect(await seqs({ bytesMax: 1_000, after: 3 })).toEqual([4]);
    expect(await seqs({ bytesMax: 1, after: 1, limit: 1 })).toEqual([2]);
    expect(await seqs({ bytesMax: 1, after: 6 })).toEqual([7]);
    expect(await seqs({ bytesMax: 1, after: 7 })).toEqual([]);
    expect(await seqs({ bytesMax: 100_000 })).toEqual([1, 2, 3, 4, 5, 6, 7]);
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
        claimToken: 4,
        seq: 4,
        updatedAt: 30,
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
        claimToken: 5,
        seq: 7,
        updatedAt: 60,
        claimedAt: 40,
        firstClaimedAt: 40,
        settledAt: 50,
        settledSeq: 6,
        output: null,
      },
      {
        item: 2,
        status: "todo",
        attempt: 1,
        refunded: 1,
        token: 0,
        claimToken: 8,
        seq: 9,
        updatedAt: 80,
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
}
