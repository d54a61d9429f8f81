// Goal: whenever a compaction is cut short, the log is as it was or as it is to be, and what went is in the file; what happens to
// the base on the disk is noticed; nothing else can delete an entry. Method: real files; real processes that are killed at each step.
import { spawn } from "node:child_process";
import { cpSync, existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { backupJournal } from "../../src/journal/backup.ts";
import { CarriedEntries } from "../../src/journal/carried.ts";
import { readExportedLog } from "../../src/journal/exported-log.ts";
import { foldAudit } from "../../src/journal/fold.ts";
import type { JournalEntry, RecoveredRun } from "../../src/journal/journal.ts";
import { openJournalReader } from "../../src/journal/sqlite-reader.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { Database } from "../../src/journal/sqlite/database.ts";
import { histories, HistoryWriter, RUN_ID, runRecord } from "../support/journal-history.ts";
import { stateFolder } from "../support/state-folder.ts";

const env = nodeEnv();

function history(): JournalEntry[] {
  const writer = new HistoryWriter();
  const entries = [writer.run("running")];
  for (let item = 0; item < 8; item++) {
    entries.push(writer.item(item, "claimed", { event: "claim", actor: `worker-${item}` }));
    for (let beat = 0; beat < 5; beat++) entries.push(writer.item(item, "claimed", { event: "heartbeat" }));
    entries.push(writer.item(item, "done", { event: "complete", data: { item, text: "output ".repeat(item) } }));
  }
  return entries;
}

const ENTRIES = history();

/** A closed journal with one run in it; compacted up to a seq when that is given. */
async function closedJournal(upTo?: number): Promise<string> {
  const directory = stateFolder();
  const journal = await sqliteJournal({ directory, env });
  await journal.createRun(runRecord());
  await journal.append(RUN_ID, ENTRIES);
  if (upTo !== undefined) await journal.compact(RUN_ID, { upTo, exportTo: false });
  await journal.close();
  return directory;
}

async function recovered(directory: string): Promise<RecoveredRun> {
  const journal = await sqliteJournal({ directory, env });
  try {
    return await journal.recover(RUN_ID);
  } finally {
    await journal.close();
  }
}

test("I9: what is carried adds up to what everything adds up to, at every place of any history", () => {
  fc.assert(
    fc.property(histories, (appends) => {
      // An edit never moves an item.
      const all = appends
        .flat()
        .map((entry) => (entry.event === "edit" && entry.from !== entry.to ? { ...entry, event: "moved" } : entry));
      const carried = new CarriedEntries<JournalEntry>();
      for (const [index, entry] of all.entries()) {
        carried.take(entry, entry);
        const { items, status, seq, epoch } = foldAudit(all.slice(0, index + 1));
        expect(foldAudit(carried.values(), seq)).toMatchObject({ items, status, seq, epoch });
      }
    }),
    { numRuns: 60 },
  );
});

describe("a process that is killed while it compacts", () => {
  const POINTS = [
    ["before the file is synced", "old"],
    ["when the file has its name", "old"],
    ["when the base is there", "old"],
    ["when half of the entries are gone", "old"],
    ["before the commit", "old"],
    ["after the commit", "new"],
    ["never", "new"],
  ] as const;

  test("leaves the log as it was or as it is to be, and nothing removed that is not in the file", async () => {
    const whole = await closedJournal();
    const state = (await recovered(whole)).items;
    for (const [point, expected] of POINTS) {
      const directory = join(dirname(whole), point.replaceAll(" ", "-"));
      cpSync(whole, directory, { recursive: true });
      const exportTo = join(directory, "exported");
      const printed = await compactIn(directory, exportTo, point);
      expect(printed, point).toBe(point === "never" ? "compacted\n" : "");
      const run = await recovered(directory);
      expect(run.items, point).toEqual(state);
      expect(run.baseSeq, point).toBe(expected === "new" ? ENTRIES.length : undefined);
      const files = existsSync(exportTo) ? readdirSync(exportTo).filter((name) => name.endsWith(".jsonl")) : [];
      const exported: JournalEntry[] = [];
      for (const name of files) await readExportedLog(join(exportTo, name), (entry) => exported.push(entry));
      if (expected === "new") expect(exported, point).toEqual(ENTRIES);
      else await retried(directory, exportTo, point);
    }
  });

  /** What was cut short can be done again. */
  async function retried(directory: string, exportTo: string, point: string): Promise<void> {
    const journal = await sqliteJournal({ directory, env });
    try {
      const { file, removed } = await journal.compact(RUN_ID, { upTo: ENTRIES.length, exportTo });
      expect(removed, point).toBe(40);
      await expect(readExportedLog(file!)).resolves.toMatchObject({ entries: ENTRIES.length });
    } finally {
      await journal.close();
    }
  }

  const program = fileURLToPath(new URL("../support/compaction-process.ts", import.meta.url));

  function compactIn(...argv: string[]): Promise<string> {
    const child = spawn(process.execPath, [program, RUN_ID, ...argv], { stdio: ["ignore", "pipe", "inherit"] });
    let printed = "";
    child.stdout.on("data", (text: Buffer) => (printed += text.toString()));
    return new Promise((resolve) => child.on("close", () => resolve(printed)));
  }
});

describe("the base on the disk", () => {
  const spoil: Readonly<Record<string, { readonly sql: string; readonly found: RegExp }>> = {
    "the base gone": { sql: "DELETE FROM bases", found: /\d+ of the entries 1 to \d+ of run 1 are missing/ },
    "a base elsewhere": { sql: "UPDATE bases SET base_seq = base_seq - 1", found: /the checksum of its base/ },
    "another checksum of all that went": {
      sql: "UPDATE bases SET base_sum = base_sum + 1",
      found: /checksum of its base/,
    },
    "a kept entry gone": {
      sql: "DELETE FROM transitions WHERE seq = 2",
      found: /has 12 entries up to its base, 40, not 13/,
    },
    "a kept entry that says something else": {
      sql: "UPDATE transitions SET actor = 'somebody' WHERE seq = 2",
      found: /the checksum of the entries of run 1 up to its base/,
    },
    "an entry that was removed back": {
      sql: "INSERT INTO transitions SELECT run, 3, at, mono, epoch, item, event, from_status, to_status, attempt, refunded, token, actor, reason, data FROM transitions WHERE seq = 2",
      found: /has 14 entries up to its base/,
    },
    "an entry behind the base gone": { sql: "DELETE FROM transitions WHERE seq = 41", found: /1 of the entries 41 to/ },
    "an entry behind the base changed": { sql: "UPDATE transitions SET at = at + 1 WHERE seq = 45", found: /checksum/ },
    "a row of an item": { sql: "UPDATE items SET status = 'failed' WHERE item = 0", found: /the row of item 0/ },
  };

  test.each(Object.keys(spoil))("I9: %s is found by a recovery and by who reads what is left", async (what) => {
    const directory = await closedJournal(40);
    expect(await recovered(directory)).toMatchObject({ seq: ENTRIES.length, items: foldAudit(ENTRIES).items });
    const database = new Database(join(directory, "signalbox.db"));
    database.exec(`DROP TRIGGER transitions_no_update; DROP TRIGGER transitions_no_delete; ${spoil[what]!.sql}`);
    database.close();
    const damage = { code: "journal_corrupt", message: expect.stringMatching(spoil[what]!.found) };
    await expect(recovered(directory)).rejects.toMatchObject(damage);
    const reader = openJournalReader({ directory, env });
    onTestFinished(() => reader.close());
    await expect(reader.read(RUN_ID)).rejects.toMatchObject(damage);
    if (what !== "a row of an item")
      await expect(reader.audit(RUN_ID, { withGaps: true })).rejects.toMatchObject(damage);
  });

  test("I11: only entries that a base stands for can be deleted", async () => {
    const database = new Database(join(await closedJournal(40), "signalbox.db"));
    onTestFinished(() => database.close());
    expect(() => database.exec("DELETE FROM transitions WHERE seq = 41")).toThrow("never deleted");
    expect(() => database.exec("DELETE FROM transitions")).toThrow("never deleted");
  });

  test("a damaged log is neither exported nor compacted: a compaction mends nothing by leaving it out", async () => {
    const directory = await closedJournal();
    const database = new Database(join(directory, "signalbox.db"));
    database.exec("DROP TRIGGER transitions_no_update; UPDATE transitions SET actor = 'somebody' WHERE seq = 5");
    database.close();
    const journal = await sqliteJournal({ directory, env });
    onTestFinished(() => journal.close());
    const exportTo = join(directory, "exported");
    await expect(journal.compact(RUN_ID, { upTo: 20, exportTo })).rejects.toMatchObject({ code: "journal_corrupt" });
    expect(existsSync(exportTo)).toBe(false);
  });
});

test("a log of several pages is exported and compacted whole", async () => {
  const directory = stateFolder();
  const journal = await sqliteJournal({ directory, env });
  onTestFinished(() => journal.close());
  await journal.createRun(runRecord());
  const writer = new HistoryWriter();
  const entries = [writer.item(0, "claimed")];
  while (entries.length < 2_500) entries.push(writer.item(0, "claimed", { event: "heartbeat" }));
  await journal.append(RUN_ID, entries);
  const exportTo = join(directory, "exported");
  const { file, removed, kept } = await journal.compact(RUN_ID, { upTo: 2_400, exportTo });
  expect([removed, kept]).toEqual([2_398, 2]);
  expect(await readExportedLog(file!)).toMatchObject({ entries: 2_400 });
  expect((await journal.recover(RUN_ID)).items).toEqual(foldAudit(entries).items);
});

test("a log of which several pages are left is checked, read and compacted again, whole", async () => {
  const size = 2_100;
  const directory = stateFolder();
  const journal = await sqliteJournal({ directory, env });
  onTestFinished(() => journal.close());
  await journal.createRun(runRecord({ size }));
  const writer = new HistoryWriter();
  const entries: JournalEntry[] = [];
  for (let item = 0; item < size; item++)
    entries.push(
      writer.item(item, "claimed"),
      writer.item(item, "claimed", { event: "heartbeat" }),
      writer.item(item, "done", { data: { item } }),
    );
  await journal.append(RUN_ID, entries);
  const [half, all] = [3 * size - 300, 3 * size];
  expect(await journal.compact(RUN_ID, { upTo: half, exportTo: false })).toMatchObject({ kept: 2 * size - 200 });
  expect(await journal.compact(RUN_ID, { upTo: all, exportTo: false })).toMatchObject({ kept: 2 * size, removed: 100 });
  const left = entries.filter(({ event }) => event !== "heartbeat");
  expect(await journal.audit(RUN_ID, { withGaps: true, limit: all })).toEqual(left);
  expect(await journal.recover(RUN_ID)).toMatchObject({ baseSeq: all, items: foldAudit(entries).items });
});

test("the log behind its base is given although something before it is damaged: that is looked at when it is asked for", async () => {
  const directory = await closedJournal(40);
  const database = new Database(join(directory, "signalbox.db"));
  database.exec("DROP TRIGGER transitions_no_update; UPDATE transitions SET actor = 'somebody' WHERE seq = 2");
  database.close();
  const reader = openJournalReader({ directory, env });
  onTestFinished(() => reader.close());
  expect(await reader.audit(RUN_ID)).toEqual(ENTRIES.slice(40));
  expect(await reader.audit(RUN_ID, { after: 50, withGaps: false })).toEqual(ENTRIES.slice(50));
  await expect(reader.audit(RUN_ID, { withGaps: true })).rejects.toMatchObject({ code: "journal_corrupt" });
});

test("readers beside it go on: what they have read, and what follows, is one log", async () => {
  const directory = stateFolder();
  const journal = await sqliteJournal({ directory, env });
  onTestFinished(() => journal.close());
  await journal.createRun(runRecord());
  const reader = openJournalReader({ directory, env });
  onTestFinished(() => reader.close());
  await journal.append(RUN_ID, ENTRIES.slice(0, 50));
  expect(await reader.audit(RUN_ID, { after: 0 })).toHaveLength(50);
  const late = journal.append(RUN_ID, ENTRIES.slice(50));
  await Promise.all([journal.compact(RUN_ID, { upTo: 45, exportTo: false }), late]);
  expect((await reader.audit(RUN_ID, { after: 50 })).map(({ seq }) => seq)).toEqual([51, 52, 53, 54, 55, 56, 57]);
  await expect(reader.audit(RUN_ID, { after: 44 })).rejects.toMatchObject({ code: "history_removed" });
  await expect(reader.follow(RUN_ID, { after: 0 })[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    code: "history_removed",
  });
  const followed = await reader.follow(RUN_ID, { pollMs: 1 })[Symbol.asyncIterator]().next();
  expect(followed.value![0]).toEqual(ENTRIES[45]);
});

test("compactions that are asked for at once are carried out one after the other, and one that is refused is in nobody's way", async () => {
  const directory = stateFolder();
  const journal = await sqliteJournal({ directory, env });
  onTestFinished(() => journal.close());
  await journal.createRun(runRecord());
  await journal.append(RUN_ID, ENTRIES);
  const outcomes = await Promise.allSettled(
    [20, 999, 40].map((upTo) => journal.compact(RUN_ID, { upTo, exportTo: false })),
  );
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect((await journal.runs())[0]).toMatchObject({ baseSeq: 40 });
  expect(await journal.audit(RUN_ID)).toEqual(ENTRIES.slice(40));
});

test("a backup of a compacted log is checked like any other", async () => {
  const directory = await closedJournal(40);
  const target = `${directory}.copy`;
  expect(backupJournal({ directory, target })).toMatchObject({ runs: 1 });
  expect(statSync(target).size).toBeGreaterThan(0);
});
