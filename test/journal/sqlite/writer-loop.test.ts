// Goal: I7, I21: messages are carried out in their order, appends beside each other in one transaction, and none after one that was refused.
// Method: the loop without its thread, given messages as they wait in the port; what it says, in order.
import { onTestFinished, expect, test } from "vitest";
import type { JournalEntry } from "../../../src/journal/journal.ts";
import { JOURNAL_LIMITS } from "../../../src/journal/limits.ts";
import { Encoder } from "../../../src/journal/sqlite/encode.ts";
import type { FromWorker, ToWorker } from "../../../src/journal/sqlite/messages.ts";
import { openStore } from "../../../src/journal/sqlite/open-store.ts";
import { WriterLoop } from "../../../src/journal/sqlite/writer-loop.ts";
import { HistoryWriter, RUN_ID, runRecord } from "../../support/journal-history.ts";
import { stateFolder } from "../../support/state-folder.ts";

function looped() {
  const store = openStore({ directory: stateFolder(), databaseBytesMax: 2 ** 30, startedAt: 1 });
  onTestFinished(() => store.close());
  const said: FromWorker[] = [];
  const encoder = new Encoder();
  const loop = new WriterLoop(store, (message) => said.push(message));
  const append = (...appends: readonly (readonly JournalEntry[])[]): ToWorker => {
    for (const entries of appends) encoder.add(RUN_ID, entries);
    return encoder.take();
  };
  /** Gives it all of these at once. */
  const tell = (...messages: ToWorker[]): FromWorker[] => {
    const waiting = messages.values();
    loop.handle(waiting.next().value!, () => waiting.next().value);
    return said.splice(0);
  };
  expect(tell({ kind: "create", id: 1, record: runRecord(), options: "{}" })).toEqual([
    { kind: "answer", id: 1, epoch: 1 },
  ]);
  return { tell, append, store };
}

test("I7: appends that wait together are acknowledged together, before what came behind them is answered", () => {
  const { tell, append } = looped();
  const writer = new HistoryWriter();
  const next = (): JournalEntry => writer.runNote("a", "b");
  expect(tell(append([next()], [next()]), append([next()]), { kind: "recover", id: 2, runId: RUN_ID })).toEqual([
    { kind: "acknowledged", appends: 3 },
    { kind: "answer", id: 2, epoch: 2 },
  ]);
  writer.epoch = 2;
  expect(tell(append([next()]), { kind: "close" })).toEqual([{ kind: "acknowledged", appends: 4 }, { kind: "closed" }]);
});

test("I21: after an append that was refused nothing is written and every question is denied", () => {
  const { tell, append, store } = looped();
  const writer = new HistoryWriter();
  const [one, , three] = [writer.runNote("a", "b"), writer.runNote("a", "b"), writer.runNote("a", "b")];
  expect(tell(append([one]), append([three]), append([{ ...one, seq: 2 }]))).toMatchObject([
    { kind: "acknowledged", appends: 1 },
    { kind: "refused", error: { code: "internal" } },
  ]);
  expect(tell(append([{ ...one, seq: 2 }]))).toEqual([]);
  expect(tell({ kind: "recover", id: 2, runId: RUN_ID })).toMatchObject([
    { kind: "denied", id: 2, error: { code: "journal_unavailable" } },
  ]);
  expect(store.writer.recover(RUN_ID), "what was acknowledged is all that there is").toBe(2);
});

test("a transaction takes no further append once it is long, and never half of one", () => {
  const { tell, append } = looped();
  const writer = new HistoryWriter();
  const many = (count: number): JournalEntry[] => Array.from({ length: count }, () => writer.runNote("a", "b"));
  const half = JOURNAL_LIMITS.batchEntriesMax / 2;
  expect(tell(append(many(half), many(half), many(1), many(half), many(half)), append(many(1)))).toEqual([
    { kind: "acknowledged", appends: 2 },
    { kind: "acknowledged", appends: 5 },
    { kind: "acknowledged", appends: 6 },
  ]);
});
