// Goal: a journal can be read while it is written. Method: a writer and a reader on one directory; in the same process here,
// in two in test/e2e/journal-process.test.ts.
import { getEventListeners } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import type { Journal, JournalEntry } from "../../src/journal/journal.ts";
import {
  openForReading,
  openJournalReader,
  SqliteReader,
  type StoredJournalReader,
} from "../../src/journal/sqlite-reader.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { Database } from "../../src/journal/sqlite/database.ts";
import { HistoryWriter, RUN_ID, runRecord } from "../support/journal-history.ts";
import { stateFolder } from "../support/state-folder.ts";

const env = nodeEnv();

async function both(size = 8): Promise<{ journal: Journal; reader: StoredJournalReader; directory: string }> {
  const directory = stateFolder();
  const journal = await sqliteJournal({ directory, env });
  onTestFinished(() => journal.close());
  await journal.createRun(runRecord({ size }));
  const reader = openJournalReader({ directory, env });
  onTestFinished(() => reader.close());
  return { journal, reader, directory };
}

test("a reader sees what was acknowledged, as soon as it was", async () => {
  const { journal, reader } = await both();
  const writer = new HistoryWriter();
  const entries: JournalEntry[] = [];
  for (const to of ["claimed", "failed", "todo", "claimed", "done"] as const) {
    const entry = writer.item(3, to);
    entries.push(entry);
    await journal.append(RUN_ID, [entry]);
    expect(await reader.audit(RUN_ID)).toEqual(entries);
    expect((await reader.read(RUN_ID)).items).toMatchObject([{ item: 3, status: to, seq: entry.seq }]);
  }
  expect(await reader.runs()).toMatchObject([{ id: RUN_ID, seq: 5, counts: { done: 1, todo: 7 } }]);
});

test("I10: a run that is read while it is written is of one moment", async () => {
  const { journal, reader } = await both(4_000);
  const writer = new HistoryWriter();
  for (let item = 0; item < 4_000; item++) void journal.append(RUN_ID, [writer.item(item, "claimed")]);
  await journal.append(RUN_ID, [writer.runNote("a", "b")]);
  const reading = reader.read(RUN_ID);
  const writing = Promise.all(
    Array.from({ length: 4_000 }, async (_, item) => journal.append(RUN_ID, [writer.item(item, "done")])),
  );
  const { items, seq } = await reading;
  expect(items.filter(({ status }) => status === "done").length).toBe(seq - 4_001);
  await writing;
});

test("following gives every entry once and in order, and ends with the run (I12)", async () => {
  const { journal, reader } = await both(3_000);
  const writer = new HistoryWriter();
  const first = journal.append(RUN_ID, [writer.run("running")]);
  const seen: number[] = [];
  const following = (async () => {
    for await (const entries of reader.follow(RUN_ID, { pollMs: 1 })) seen.push(...entries.map(({ seq }) => seq));
  })();
  await first;
  for (let item = 0; item < 3_000; item++) {
    const appended = journal.append(RUN_ID, [writer.item(item, "cancelled")]);
    if (item % 100 === 0) await appended;
  }
  await journal.append(RUN_ID, [writer.run("cancelled")]);
  await following;
  expect(seen).toEqual(Array.from({ length: 3_002 }, (_, index) => index + 1));
});

test("I9: an entry is checked once by a reader, and those that come later are checked from there", async () => {
  const { journal, reader, directory } = await both();
  const writer = new HistoryWriter();
  await journal.append(RUN_ID, [writer.item(0, "claimed"), writer.item(0, "done")]);
  expect(await reader.audit(RUN_ID, { limit: 1 })).toHaveLength(1);
  const other = new Database(join(directory, "signalbox.db"));
  onTestFinished(() => other.close());
  other.exec("DROP TRIGGER transitions_no_update; UPDATE transitions SET actor = 'x' WHERE seq = 1");
  // Behind what this reader has seen; a new one begins at the front.
  await journal.append(RUN_ID, [writer.item(1, "claimed")]);
  expect(await reader.audit(RUN_ID, { after: 2 })).toMatchObject([{ seq: 3 }]);
  const anew = openJournalReader({ directory, env });
  onTestFinished(() => anew.close());
  await expect(anew.audit(RUN_ID, { after: 2 })).rejects.toMatchObject({ code: "journal_corrupt" });
  other.exec("UPDATE transitions SET actor = 'x' WHERE seq = 3");
  await journal.append(RUN_ID, [writer.item(1, "done")]);
  other.exec("UPDATE transitions SET actor = 'x' WHERE seq = 4");
  await expect(reader.audit(RUN_ID, { after: 3 })).rejects.toMatchObject({ code: "journal_corrupt" });
});

test("following gives large entries a few at a time", async () => {
  const { journal, reader } = await both();
  const writer = new HistoryWriter();
  const data = "x".repeat(1024 * 1024);
  for (let item = 0; item < 5; item++)
    await journal.append(RUN_ID, [
      writer.item(item, "claimed", { data }),
      writer.item(item, "todo", { data }),
      writer.item(item, "cancelled", { data }),
    ]);
  await journal.append(RUN_ID, [writer.run("cancelled")]);
  const lengths: number[] = [];
  for await (const entries of reader.follow(RUN_ID, { pollMs: 1 })) lengths.push(entries.length);
  expect(lengths).toEqual([8, 8]);
});

test("following can begin anywhere and be ended from outside", async () => {
  const { journal, reader } = await both();
  const writer = new HistoryWriter();
  await journal.append(RUN_ID, [writer.item(0, "claimed"), writer.item(0, "done"), writer.item(1, "claimed")]);
  const stop = new AbortController();
  const seen: number[] = [];
  for await (const entries of reader.follow(RUN_ID, { after: 1, pollMs: 60_000, signal: stop.signal })) {
    seen.push(...entries.map(({ seq }) => seq));
    queueMicrotask(() => stop.abort());
  }
  expect(seen).toEqual([2, 3]);
});

test("following what has ended gives all of it, however many pages, and leaves nothing behind", async () => {
  const { journal, reader, directory } = await both();
  const writer = new HistoryWriter();
  const entries = Array.from({ length: 2_500 }, () => writer.runNote("a", "b"));
  await journal.append(RUN_ID, entries);
  const stop = new AbortController();
  const waiting = new Set<object>();
  const after = (delayMs: number, callback: () => void): (() => void) => {
    const timer = {};
    waiting.add(timer);
    const cancel = env.timers.after(delayMs, callback);
    return () => {
      waiting.delete(timer);
      cancel();
    };
  };
  const counting = new SqliteReader(directory, { ...env, timers: { ...env.timers, after } });
  onTestFinished(() => counting.close());
  const following = counting.follow(RUN_ID, { pollMs: 5, signal: stop.signal });
  const pages: number[] = [];
  for await (const page of following) {
    pages.push(page.length);
    if (pages.length === 3) setImmediate(() => void journal.append(RUN_ID, [writer.run("cancelled")]));
  }
  expect(pages).toEqual([1_000, 1_000, 500, 1]);
  expect([waiting.size, getEventListeners(stop.signal, "abort").length]).toEqual([0, 0]);
  const whole: JournalEntry[] = [];
  for await (const page of reader.follow(RUN_ID)) whole.push(...page);
  expect(whole).toHaveLength(2_501);
  stop.abort();
  expect((await reader.follow(RUN_ID, { signal: stop.signal })[Symbol.asyncIterator]().next()).done).toBe(true);
});

test("who ends a following while it waits leaves no timer", async () => {
  const { directory } = await both();
  const stop = new AbortController();
  let cancelled = 0;
  const after = (delayMs: number, callback: () => void): (() => void) => {
    const cancel = env.timers.after(delayMs, callback);
    queueMicrotask(() => stop.abort());
    return () => {
      cancelled++;
      cancel();
    };
  };
  const reader = new SqliteReader(directory, { ...env, timers: { ...env.timers, after } });
  onTestFinished(() => reader.close());
  const next = reader.follow(RUN_ID, { pollMs: 60_000, signal: stop.signal })[Symbol.asyncIterator]().next();
  expect((await next).done).toBe(true);
  expect([cancelled, getEventListeners(stop.signal, "abort").length]).toEqual([1, 0]);
});

test("who reads cannot write, whatever it asks for", async () => {
  const { directory } = await both();
  const database = openForReading(join(directory, "signalbox.db"));
  onTestFinished(() => database.close());
  for (const sql of ["UPDATE heads SET done = 1", "DROP TABLE heads", "PRAGMA user_version = 99"])
    expect(() => database.exec(sql), sql).toThrow("are yours to write");
});

test("a directory without a journal, or with an empty one, has no runs", () => {
  const directory = stateFolder();
  mkdirSync(directory, 0o700);
  expect(() => openJournalReader({ directory, env })).toThrow(expect.objectContaining({ code: "run_not_found" }));
  writeFileSync(join(directory, "signalbox.db"), "");
  const message = expect.stringMatching(/^expected a stored run, got a journal in .* that has none yet/);
  expect(() => openJournalReader({ directory, env })).toThrow(
    expect.objectContaining({ code: "run_not_found", message }),
  );
});

test("a run of many items is read a part in each turn, so that others have theirs", async () => {
  const { journal, directory } = await both(9_000);
  const writer = new HistoryWriter();
  await journal.append(
    RUN_ID,
    Array.from({ length: 9_000 }, (_, item) => writer.item(item, "cancelled")),
  );
  let turns = 0;
  const nextTurn = (): Promise<void> => {
    turns++;
    return env.timers.nextTurn();
  };
  const reader = new SqliteReader(directory, { ...env, timers: { ...env.timers, nextTurn } });
  onTestFinished(() => reader.close());
  expect((await reader.readUnchecked(RUN_ID)).items).toHaveLength(9_000);
  expect(turns, "one for each 2,000 rows").toBe(4);
  // Checked as well: the checksum, the fold and the rows of items, each in parts of the same size.
  turns = 0;
  expect((await reader.read(RUN_ID)).items).toHaveLength(9_000);
  expect(turns).toBe(5 + 5 + 4 + 4);
});

test("of answers that are large the latest are given, as many as 64 MiB hold; one without data takes no room", async () => {
  const { journal, directory } = await both();
  const writer = new HistoryWriter();
  const answer = (data?: string): JournalEntry => ({
    ...writer.runNote("open", "open"),
    event: "answer",
    ...(data !== undefined && { data }),
  });
  // As JSON two characters more: eight of them are exactly the limit.
  const large = "x".repeat(8 * 1024 * 1024 - 2);
  await journal.append(RUN_ID, [...Array.from({ length: 9 }, () => answer(large)), answer()]);
  const reader = new SqliteReader(directory, env);
  onTestFinished(() => reader.close());
  // What is read is the same without the check, which takes most of the time.
  const given = async (): Promise<number[]> => (await reader.readUnchecked(RUN_ID)).answers.map(({ seq }) => seq);
  expect(await given()).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
  await journal.append(RUN_ID, [answer("")]);
  expect(await given()).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11]);
});
