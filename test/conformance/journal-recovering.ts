/** Part of the journal suite: a new life of a run goes on where the last one was acknowledged. */
import { expect, onTestFinished, test } from "vitest";
import type { Journal, RunRecord } from "../../src/journal/journal.ts";
import { HistoryWriter, RUN_ID, runRecord } from "../support/journal-history.ts";
import { openWith, refusal, type OpenJournal } from "./journal-under-test.ts";

export function recoveringConformance(openJournal: OpenJournal): void {
  const open = (record?: RunRecord): Promise<Journal> => openWith(openJournal, record);

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
}
