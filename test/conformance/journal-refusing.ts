/** Part of the journal suite: what does not continue a run is refused whole, and nothing is taken after it. */
import { expect, test } from "vitest";
import type { Journal, JournalEntry, RunRecord } from "../../src/journal/journal.ts";
import { HistoryWriter, RUN_ID, runRecord } from "../support/journal-history.ts";
import { openWith, refusal, type OpenJournal } from "./journal-under-test.ts";

export function refusingConformance(openJournal: OpenJournal): void {
  const open = (record?: RunRecord): Promise<Journal> => openWith(openJournal, record);

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
    "an item that is added beyond the next number (I9b)": (entry) => ({ ...entry, item: 9, from: "new", to: "todo" }),
    "an item that is added again (I9b)": (entry) => ({ ...entry, item: 7, from: "new", to: "todo" }),
    "an item that is not todo when it is added (I9b)": (entry) => ({ ...entry, item: 8, from: "new", to: "done" }),
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
}

function circle(): object {
  const value: { self?: object } = {};
  value.self = value;
  return value;
}
