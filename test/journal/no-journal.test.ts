import { expect, test } from "vitest";
import { noJournal } from "../../src/journal/no-journal.ts";
import { HistoryWriter, RUN_ID, runRecord } from "../support/journal-history.ts";

test("without a journal everything is taken and nothing is kept, and no run is found", async () => {
  const journal = noJournal();
  await journal.createRun(runRecord());
  expect([journal.durable, journal.append(RUN_ID, [new HistoryWriter().run("running")])]).toEqual([false, undefined]);
  expect([await journal.runs(), await journal.audit(RUN_ID)]).toEqual([[], []]);
  const notFound = { code: "run_not_found", message: expect.stringContaining(RUN_ID) };
  await expect(journal.read(RUN_ID)).rejects.toMatchObject(notFound);
  await expect(journal.recover(RUN_ID)).rejects.toMatchObject(notFound);
  await expect(journal.compact(RUN_ID, { upTo: 1, exportTo: false })).rejects.toMatchObject(notFound);
  await journal.close();
});
