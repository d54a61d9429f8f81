// Goal: a journal that an earlier release wrote gives the same runs for ever (I24). Method: dumps of journals of each version.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { foldAudit } from "../../src/journal/fold.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { Database } from "../../src/journal/sqlite/database.ts";
import { HistoryWriter, RUN_ID, runRecord } from "../support/journal-history.ts";
import { stateFolder } from "../support/state-folder.ts";

function restored(dump: string): string {
  const directory = stateFolder();
  mkdirSync(directory, 0o700);
  const database = new Database(join(directory, "signalbox.db"));
  database.exec(readFileSync(new URL(`./fixtures/${dump}`, import.meta.url), "utf8"));
  database.close();
  return directory;
}

test("the view for people says the same as a reading of the run", async () => {
  const directory = restored("journal-v1.sql");
  const journal = await sqliteJournal({ directory, env: nodeEnv() });
  onTestFinished(() => journal.close());
  const { items } = await journal.read(RUN_ID);
  const database = new Database(join(directory, "signalbox.db"), { readOnly: true });
  const columns =
    "item, status, attempt, refunded, token, seq, holder, claimed_at, settled_at, first_claimed_at, reason, output";
  const seen = database.prepare(`SELECT ${columns} FROM item_states WHERE run_id = ? ORDER BY item`).all(RUN_ID);
  database.close();
  const text = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));
  const expected = items.map((row) => {
    const known = [row.item, row.status, row.attempt, row.refunded, row.token, row.seq];
    const times = [row.claimedAt ?? null, row.settledAt ?? null, row.firstClaimedAt ?? null];
    return [...known, row.holder ?? null, ...times, text(row.reason), text(row.output)];
  });
  expect(seen).toEqual(expected);
});

test("version 1 is recovered, with its items, reasons and outputs, and goes on", async () => {
  const journal = await sqliteJournal({ directory: restored("journal-v1.sql"), env: nodeEnv() });
  onTestFinished(() => journal.close());
  const run = await journal.recover(RUN_ID);
  const exit = { code: "exit", message: "exit code 3\n", data: { exitCode: 3 } };
  const audit = await journal.audit(RUN_ID);
  expect(run).toEqual({
    record: runRecord({ planFile: "release.yaml" }),
    status: "running",
    seq: 11,
    epoch: 2,
    startedAt: 1_790_000_000_001,
    items: foldAudit(audit).items,
    aboutRun: audit.filter(({ item }) => item < 0),
    growth: [],
    answers: [],
  });
  const done = {
    status: "done",
    output: { url: "https://example.org/?a=1|2", n: [1, 2.5, null] },
    settledAt: 1_790_000_000_004,
  };
  expect(run.items).toMatchObject([
    { item: 0, ...done },
    {
      item: 1,
      status: "claimed",
      attempt: 2,
      holder: "local",
      token: 8,
      claimedAt: 1_790_000_000_008,
      firstClaimedAt: 1_790_000_000_003,
    },
    { item: 2, status: "todo", attempt: 1, refunded: 1, reason: { code: "released" } },
    { item: 3, status: "cancelled", reason: { code: "cancelled" } },
  ]);
  expect(audit[4]).toMatchObject({ seq: 5, item: 1, event: "failed", from: "claimed", to: "failed", reason: exit });
  expect((await journal.runs()).map(({ name, size }) => [name, size])).toEqual([
    ["empty one", 0],
    ["a run", 8],
  ]);
  await journal.append(RUN_ID, [new HistoryWriter(11, 2).runNote("closed", "open")]);
  expect(await journal.recover(RUN_ID)).toMatchObject({ seq: 12, epoch: 3 });
});

test("version 4 with a compacted log is recovered from its base, with what is left of the log, and goes on", async () => {
  const journal = await sqliteJournal({ directory: restored("journal-v4.sql"), env: nodeEnv() });
  onTestFinished(() => journal.close());
  const run = await journal.recover(RUN_ID);
  expect(run).toMatchObject({ status: "running", seq: 14, epoch: 2, baseSeq: 12, growth: [{ seq: 11, item: 8 }] });
  expect(run.items).toMatchObject([
    { item: 0, status: "done", output: { a: 1 }, claimedAt: 1_790_000_000_002, settledAt: 1_790_000_000_005 },
    { item: 1, status: "claimed", attempt: 2, holder: "bob", token: 9, firstClaimedAt: 1_790_000_000_006 },
    { item: 2, status: "done", seq: 14 },
    { item: 8, status: "todo" },
  ]);
  const left = await journal.audit(RUN_ID, { withGaps: true });
  expect(left.map(({ seq }) => seq)).toEqual([1, 2, 5, 6, 9, 10, 11, 12, 13, 14]);
  expect(foldAudit(left, 12).items).toEqual(run.items);
  await expect(journal.audit(RUN_ID, { after: 11 })).rejects.toMatchObject({ code: "history_removed" });
  await journal.append(RUN_ID, [new HistoryWriter(14, 2).runNote("running", "running")]);
  expect(await journal.recover(RUN_ID)).toMatchObject({ seq: 15, epoch: 3, baseSeq: 12 });
});
