// Goal: a journal that something changed behind our back is never believed and never repaired in silence (I9). Method: real
// files, spoiled row by row and frame by frame (bit by bit: flipped-bits.test.ts); each must either give exactly what was written or a clear error.
import {
  closeSync,
  copyFileSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { backupJournal } from "../../src/journal/backup.ts";
import { openJournalReader } from "../../src/journal/sqlite-reader.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import type { RunHead } from "../../src/journal/ledger.ts";
import { Database } from "../../src/journal/sqlite/database.ts";
import { readStoredRun } from "../../src/journal/sqlite/stored-run.ts";
import { headSum } from "../../src/journal/sqlite/sums.ts";
import { walDamage } from "../../src/journal/sqlite/wal.ts";
import { makeClosedJournal } from "../support/flipped-bits.ts";
import { HistoryWriter, RUN_ID, runRecord } from "../support/journal-history.ts";
import { stateFolder } from "../support/state-folder.ts";

const env = nodeEnv();
const CORRUPT = { code: "journal_corrupt" };

/** A closed journal with one run in it. */
async function closedJournal(): Promise<{ directory: string; database: string }> {
  const directory = stateFolder();
  await makeClosedJournal(directory);
  return { directory, database: join(directory, "signalbox.db") };
}

describe("the database file", () => {
  const spoil: Readonly<Record<string, { readonly sql: string; readonly found: RegExp }>> = {
    "an entry missing in the middle": {
      sql: "DELETE FROM transitions WHERE seq = 20",
      found: /1 of the entries 1 to \d+ of run 1 are missing/,
    },
    "the last entry missing": {
      sql: "DELETE FROM transitions WHERE seq = (SELECT max(seq) FROM transitions)",
      found: /1 of the entries/,
    },
    "an entry too many": {
      sql: "INSERT INTO transitions SELECT run, seq + 1000, at, mono, epoch, item, event, from_status, to_status, attempt, refunded, token, actor, reason, data FROM transitions LIMIT 1",
      found: /1 entries beyond its last one/,
    },
    "an entry with another time": {
      sql: "UPDATE transitions SET at = at + 1 WHERE seq = 9",
      found: /the checksum of the \d+ entries/,
    },
    "an entry with another output": {
      sql: "UPDATE transitions SET data = '{}' WHERE data IS NOT NULL",
      found: /checksum/,
    },
    "a row of an item with another status": {
      sql: "UPDATE items SET status = 'todo' WHERE item = 3",
      found: /the row of item 3/,
    },
    "a row of an item that points to another claim": {
      sql: "UPDATE items SET claim_seq = first_claim_seq WHERE item = 3",
      found: /the row of item 3/,
    },
    "a row of an item missing": {
      sql: "DELETE FROM items WHERE item = 3",
      found: /has 7 rows of items, but its entries are about 8/,
    },
    "a head that counts differently": { sql: "UPDATE heads SET done = done - 1", found: /the checksum of its head/ },
    "another plan": { sql: "UPDATE runs SET plan_text = '{}'", found: /the checksum of its plan and options/ },
  };

  test.each(Object.keys(spoil))("%s is found by a recovery, which changes nothing", async (what) => {
    const { directory, database: path } = await closedJournal();
    const database = new Database(path);
    database.exec(`DROP TRIGGER transitions_no_update; DROP TRIGGER transitions_no_delete; ${spoil[what]!.sql}`);
    const before = database.prepare("SELECT * FROM heads").all();
    database.close();
    const journal = await sqliteJournal({ directory, env });
    onTestFinished(() => journal.close());
    await expect(journal.recover(RUN_ID)).rejects.toMatchObject({
      ...CORRUPT,
      message: expect.stringMatching(spoil[what]!.found),
    });
    await journal.close();
    const after = new Database(path);
    expect(after.prepare("SELECT * FROM heads").all()).toEqual(before);
    after.close();
  });

  test.each(Object.keys(spoil))("I9: %s is found by who only reads, and nothing of the run is shown", async (what) => {
    const { directory, database: path } = await closedJournal();
    const database = new Database(path);
    database.exec(`DROP TRIGGER transitions_no_update; DROP TRIGGER transitions_no_delete; ${spoil[what]!.sql}`);
    database.close();
    const reader = openJournalReader({ directory, env });
    onTestFinished(() => reader.close());
    const damage = { ...CORRUPT, message: expect.stringMatching(spoil[what]!.found) };
    if (what.startsWith("a head")) await expect(reader.runs(), "the list of runs").rejects.toMatchObject(damage);
    else expect(await reader.runs()).toHaveLength(1);
    await expect(reader.read(RUN_ID)).rejects.toMatchObject(damage);
    // The log shows entries only: rows of items do not matter to it.
    if (what.startsWith("a row of an item")) return;
    await expect(reader.audit(RUN_ID, { limit: 1 })).rejects.toMatchObject(damage);
    await expect(reader.follow(RUN_ID)[Symbol.asyncIterator]().next()).rejects.toMatchObject(damage);
  });

  test.each<readonly [string, (head: RunHead) => RunHead]>([
    ["status", (head) => ({ ...head, status: "done" })],
    ["start", (head) => ({ ...head, startedAt: 7 })],
    ["missing start", (head) => ({ ...head, startedAt: undefined })],
    ["end", (head) => ({ ...head, finishedAt: 7 })],
    ["count", (head) => ({ ...head, counts: { ...head.counts, done: 7, failed: 1 } })],
    ["number of items", (head) => ({ ...head, added: 1, counts: { ...head.counts, todo: 1 } })],
  ])(
    "I9: a %s of its head that its entries do not come to is found, although its checksum is right",
    async (_, forged) => {
      const { directory, database: path } = await closedJournal();
      const database = new Database(path);
      const { head, sums } = readStoredRun(database, RUN_ID);
      const wrong = forged(head);
      const { status, startedAt, finishedAt, added, counts } = wrong;
      database
        .prepare(
          "UPDATE heads SET status = ?, started_at = ?, finished_at = ?, added = ?, done = ?, failed = ?, sum = ?",
        )
        .run(status, startedAt ?? null, finishedAt ?? null, added, counts.done, counts.failed, headSum(wrong, sums));
      database.close();
      await expect(recovered(directory)).rejects.toMatchObject({
        ...CORRUPT,
        message: expect.stringMatching(/the head of run 1 says .* but its entries add up to/),
      });
    },
  );

  test.each<readonly [string, string, string]>([
    ["a status of a run that is none", "UPDATE heads SET status = 'lost'", 'expected the status of a run, got "lost"'],
    ["options that are no JSON", "UPDATE runs SET options = '{'", 'expected JSON, got "{"'],
  ])("I9: %s is told in a list of runs, too", async (_, sql, words) => {
    const { directory, database: path } = await closedJournal();
    const database = new Database(path);
    database.exec(sql);
    database.close();
    const reader = openJournalReader({ directory, env });
    onTestFinished(() => reader.close());
    const damage = { ...CORRUPT, message: expect.stringContaining(words) };
    await expect(reader.runs()).rejects.toMatchObject(damage);
    await expect(reader.read(RUN_ID)).rejects.toMatchObject(damage);
  });

  test("whose pages do not fit together is refused, although everything in it can be read", async () => {
    const { directory, database } = await closedJournal();
    const bytes = readFileSync(database);
    // How many pages are free, as the head of the file has it.
    expect(bytes.readUInt32BE(36)).toBe(0);
    bytes.writeUInt32BE(3, 36);
    writeFileSync(database, bytes);
    const journal = await sqliteJournal({ directory, env });
    onTestFinished(() => journal.close());
    await expect(journal.recover(RUN_ID)).rejects.toMatchObject({
      ...CORRUPT,
      message: expect.stringContaining("its structure is broken"),
    });
  });

  test("I9: a digit changed in the bytes of a finished run is not shown as its truth", async () => {
    const { directory, database } = await closedJournal();
    const bytes = readFileSync(database);
    const spoiled = bytes.toString("latin1").replaceAll('{"exitCode":1}', '{"exitCode":7}');
    expect(spoiled).toContain('{"exitCode":7}');
    writeFileSync(database, spoiled, "latin1");
    const reader = openJournalReader({ directory, env });
    onTestFinished(() => reader.close());
    await expect(reader.audit(RUN_ID)).rejects.toMatchObject(CORRUPT);
    await expect(reader.read(RUN_ID)).rejects.toMatchObject(CORRUPT);
  });

  test("cut short, or of something else, is refused", async () => {
    const { directory, database } = await closedJournal();
    truncateSync(database, Math.floor(statSync(database).size / 2 / 4096) * 4096);
    await expect(recovered(directory)).rejects.toMatchObject(CORRUPT);
    writeFileSync(database, Buffer.alloc(40_960, 7));
    await expect(recovered(directory)).rejects.toMatchObject(CORRUPT);
  });
});

async function recovered(directory: string): Promise<number> {
  const journal = await sqliteJournal({ directory, env });
  try {
    return (await journal.recover(RUN_ID)).seq;
  } finally {
    await journal.close();
  }
}

describe("the write-ahead log", () => {
  const FRAME = 24 + 4096;

  /** A journal as a crash leaves it: the log holds `appends` transactions that are not in the database yet. */
  async function crashed(appends: number, planText = '{"tasks":{}}') {
    const directory = stateFolder();
    const [source, journal] = await openIn(`${directory}-source`);
    await journal.createRun(runRecord({ planText }));
    const writer = new HistoryWriter();
    for (let append = 0; append < appends; append++) await journal.append(RUN_ID, [writer.runNote("a", "b")]);
    mkdirSync(directory, 0o700);
    for (const name of ["signalbox.db", "signalbox.db-wal"]) copyFileSync(join(source, name), join(directory, name));
    const wal = join(directory, "signalbox.db-wal");
    const bytes = readFileSync(wal);
    const commits = [];
    for (let at = 32; at + FRAME <= bytes.length; at += FRAME) if (bytes.readUInt32BE(at + 4) !== 0) commits.push(at);
    return { directory, wal, commits };
  }

  async function openIn(directory: string) {
    const journal = await sqliteJournal({ directory, env });
    onTestFinished(() => journal.close());
    return [directory, journal] as const;
  }

  function change(path: string, at: number): void {
    const bytes = readFileSync(path);
    bytes[at]! ^= 0x10;
    writeFileSync(path, bytes);
  }

  test("as a crash leaves it is recovered to the last entry", async () => {
    const { directory, commits } = await crashed(10);
    expect(commits).toHaveLength(11);
    expect(await recovered(directory)).toBe(10);
  });

  test("torn in its last transaction recovers to the one before, wherever it is torn", async () => {
    for (const part of [1, FRAME - 1, FRAME + 12]) {
      const { directory, wal, commits } = await crashed(10);
      const file = openSync(wal, "r+");
      ftruncateSync(file, commits.at(-1)! + FRAME - part);
      closeSync(file);
      expect(await recovered(directory)).toBe(9);
    }
  });

  test("with its last transaction half-written recovers to the one before", async () => {
    const { directory, wal, commits } = await crashed(10);
    change(wal, commits.at(-1)! + 1_000);
    expect(await recovered(directory)).toBe(9);
  });

  test.each([0, 3, 8, 9])(
    "damaged in transaction %i of eleven is refused: what follows was acknowledged",
    async (transaction) => {
      for (const byte of [0, 5, 9, 17, 300, 4_100]) {
        const { directory, wal, commits } = await crashed(10);
        change(wal, commits[transaction]! + byte);
        await expect(recovered(directory), `byte ${byte}`).rejects.toMatchObject({
          ...CORRUPT,
          message: expect.stringMatching(/frame \d+ of its log is damaged, with committed transactions behind it/),
        });
      }
    },
  );

  test("I9: with the one bit gone that marks the end of a transaction is refused, as well", async () => {
    // The mark is the size of the database in pages: made sixteen by a plan of the right length.
    const { directory, wal, commits } = await crashed(2, JSON.stringify({ tasks: "t".repeat(36_300) }));
    const bytes = readFileSync(wal);
    expect(bytes.readUInt32BE(commits.at(-2)! + 4)).toBe(16);
    change(wal, commits.at(-2)! + 7);
    await expect(recovered(directory)).rejects.toMatchObject({
      ...CORRUPT,
      message: expect.stringMatching(/frame \d+ of its log is damaged, with committed transactions behind it/),
    });
  });

  test("I9: damaged in the middle is told to who only reads, and not copied: SQLite would show what came before it as all", async () => {
    const { directory, wal, commits } = await crashed(10);
    change(wal, commits[4]! + 300);
    const damage = { ...CORRUPT, message: expect.stringMatching(/with committed transactions behind it/) };
    expect(() => openJournalReader({ directory, env })).toThrow(expect.objectContaining(damage));
    const target = join(directory, "copy.db");
    expect(() => backupJournal({ directory, target })).toThrow(expect.objectContaining(damage));
    expect(existsSync(target)).toBe(false);
  });

  test("is not judged while somebody writes it, since what is being begun anew looks damaged", async () => {
    const directory = stateFolder();
    const [, journal] = await openIn(directory);
    await journal.createRun(runRecord());
    const writer = new HistoryWriter();
    for (let append = 0; append < 5; append++) await journal.append(RUN_ID, [writer.runNote("a", "b")]);
    change(join(directory, "signalbox.db-wal"), 32 + FRAME + 300);
    const reader = openJournalReader({ directory, env });
    onTestFinished(() => reader.close());
    // The writer's own memory of the log tells where its pages are; what it does not read again is not looked at.
    expect(reader.holder()).toBeDefined();
  });

  test("with a damaged head is refused", async () => {
    for (const byte of [0, 3, 8, 17, 26]) {
      const { directory, wal } = await crashed(10);
      change(wal, byte);
      await expect(recovered(directory), `byte ${byte}`).rejects.toMatchObject({
        ...CORRUPT,
        message: expect.stringContaining("the head of its log"),
      });
    }
  });

  test("that is empty, short or not there is sound", async () => {
    const path = join(stateFolder(), "..", "some.db-wal");
    expect(walDamage(path)).toBeUndefined();
    for (const size of [0, 10, 32, 56]) {
      writeFileSync(path, Buffer.alloc(size, 1));
      expect(walDamage(path)).toBeUndefined();
    }
  });

  test("that was begun anew over older frames is sound", async () => {
    const directory = stateFolder();
    const [, journal] = await openIn(directory);
    await journal.createRun(runRecord());
    const writer = new HistoryWriter();
    // Enough to fill the log, have it moved into the database, and begin it again at its front.
    for (let append = 0; append < 1_300; append++) await journal.append(RUN_ID, [writer.runNote("a", "b")]);
    const wal = join(directory, "signalbox.db-wal");
    const bytes = readFileSync(wal);
    const salts = new Set(
      Array.from({ length: Math.floor((bytes.length - 32) / FRAME) }, (_, frame) =>
        bytes.toString("hex", 32 + frame * FRAME + 8, 32 + frame * FRAME + 16),
      ),
    );
    expect(salts.size).toBe(2);
    expect(walDamage(wal)).toBeUndefined();
  });
});

test("I9: a log that cannot be read is not taken for one that is not there", () => {
  const folder = stateFolder();
  mkdirSync(folder, { recursive: true });
  const circle = join(folder, "journal.db-wal");
  expect(walDamage(circle)).toBeUndefined();
  symlinkSync(circle, circle);
  expect(() => walDamage(circle)).toThrow("ELOOP");
});

describe("a reader that has read the run before, after a compaction that moved no version", () => {
  const spoil: Readonly<Record<string, { readonly sql: string; readonly found: RegExp }>> = {
    "a base that begins earlier": { sql: "UPDATE bases SET base_seq = 3", found: /the checksum of its base/ },
    "a base that begins later": { sql: "UPDATE bases SET base_seq = base_seq + 5", found: /the checksum of its base/ },
    "another sum of what is left": {
      sql: "UPDATE bases SET kept_sum = kept_sum + 1",
      found: /the checksum of its base/,
    },
    "an entry too many": {
      sql: "INSERT INTO transitions SELECT run, seq + 1000, at, mono, epoch, item, event, from_status, to_status, attempt, refunded, token, actor, reason, data FROM transitions LIMIT 1",
      found: /1 entries beyond its last one/,
    },
  };

  test.each(Object.keys(spoil))("I9: %s is found all the same", async (what) => {
    const directory = stateFolder();
    const journal = await sqliteJournal({ directory, env });
    await journal.createRun(runRecord());
    const history = new HistoryWriter();
    const entries = [history.run("running")];
    for (let n = 0; n < 6; n++) {
      entries.push(history.item(n, "claimed", { event: "claim", actor: "w" }));
      for (let beat = 0; beat < 4; beat++) entries.push(history.item(n, "claimed", { event: "heartbeat" }));
      entries.push(history.item(n, "done", { event: "complete" }));
    }
    await journal.append(RUN_ID, entries);
    const reader = openJournalReader({ directory, env });
    onTestFinished(() => reader.close());
    expect(await reader.audit(RUN_ID)).toHaveLength(entries.length);
    await journal.compact(RUN_ID, { upTo: 20, exportTo: false });
    await journal.close();
    expect((await reader.audit(RUN_ID))[0]!.seq).toBe(21);
    const database = new Database(join(directory, "signalbox.db"));
    for (const [trigger] of database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all())
      database.exec(`DROP TRIGGER ${String(trigger)}`);
    database.exec(spoil[what]!.sql);
    database.close();
    const damage = { ...CORRUPT, message: expect.stringMatching(spoil[what]!.found) };
    await expect(reader.audit(RUN_ID)).rejects.toMatchObject(damage);
    await expect(reader.follow(RUN_ID)[Symbol.asyncIterator]().next()).rejects.toMatchObject(damage);
  });
});
