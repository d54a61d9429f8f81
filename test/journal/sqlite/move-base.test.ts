// Goal: a base is moved only when the log is what it was worked out from; otherwise nothing has changed. Method: moves that are wrong in one place.
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { nodeEnv } from "../../../src/base/node-env.ts";
import { sqliteJournal } from "../../../src/journal/sqlite-journal.ts";
import { Database } from "../../../src/journal/sqlite/database.ts";
import type { BaseMove } from "../../../src/journal/sqlite/messages.ts";
import { moveBase } from "../../../src/journal/sqlite/move-base.ts";
import { planCompaction } from "../../../src/journal/sqlite/plan-compaction.ts";
import { HistoryWriter, RUN_ID, runRecord } from "../../support/journal-history.ts";
import { stateFolder } from "../../support/state-folder.ts";

const env = nodeEnv();

/** A claimed item with ten heartbeats, then it is done; and how its log would be compacted. */
async function planned(): Promise<{
  database: Database;
  move: BaseMove;
  seqs: () => unknown[];
  bases: () => unknown[];
}> {
  const directory = stateFolder();
  const journal = await sqliteJournal({ directory, env });
  await journal.createRun(runRecord());
  const writer = new HistoryWriter();
  const beats = Array.from({ length: 10 }, () => ({ event: "heartbeat" }));
  await journal.append(RUN_ID, [
    writer.item(0, "claimed"),
    ...beats.map((beat) => writer.item(0, "claimed", beat)),
    writer.item(0, "done"),
    writer.item(1, "claimed"),
  ]);
  await journal.close();
  const database = new Database(join(directory, "signalbox.db"));
  onTestFinished(() => database.close());
  const { move } = await planCompaction(database, env, RUN_ID, { upTo: 12, exportTo: false });
  const column = (sql: string): unknown[] => database.prepare(sql).all().flat();
  return {
    database,
    move: move!,
    seqs: () => column("SELECT seq FROM transitions ORDER BY seq"),
    bases: () => column("SELECT base_seq, kept FROM bases"),
  };
}

test("a move takes out what it says and leaves a base; the same move again is refused, for it begins elsewhere", async () => {
  const { database, move, seqs, bases } = await planned();
  moveBase(database, move);
  expect([seqs(), bases()]).toEqual([
    [1, 12, 13],
    [12, 2],
  ]);
  expect(() => moveBase(database, move)).toThrow("was worked out from seq 0, got 12");
  expect([seqs(), bases()]).toEqual([
    [1, 12, 13],
    [12, 2],
  ]);
});

test.each<readonly [string, (move: BaseMove) => BaseMove]>([
  ["from another base", (move) => ({ ...move, from: 1 })],
  ["beyond the last entry", (move) => ({ ...move, seq: 14 })],
  ["that would leave more", (move) => ({ ...move, kept: move.kept + 1 })],
  ["that would take out one too many", (move) => ({ ...move, removed: Float64Array.from([1, 11]) })],
  ["that would take out one too few", (move) => ({ ...move, removed: Float64Array.from([3, 11]) })],
])("I9: a move %s is refused, and nothing has changed", async (_, wrong) => {
  const { database, move, seqs, bases } = await planned();
  expect(() => moveBase(database, wrong(move))).toThrow(expect.objectContaining({ code: "internal" }));
  expect([seqs(), bases()]).toEqual([Array.from({ length: 13 }, (__, at) => at + 1), []]);
});
