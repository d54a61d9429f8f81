// Goal: the tables of every version come up to date in one step each, or not at all. Method: real files, brought up with
// shortened and prolonged lists of steps, as an older and a newer Signalbox would.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { openJournalReader } from "../../src/journal/sqlite-reader.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { Database } from "../../src/journal/sqlite/database.ts";
import { migrate, MIGRATIONS, SCHEMA_VERSION, versionOf } from "../../src/journal/sqlite/schema.ts";
import { HistoryWriter, RUN_ID, runRecord } from "../support/journal-history.ts";
import { stateFolder } from "../support/state-folder.ts";

const env = nodeEnv();

function database(directory = stateFolder()): Database {
  mkdirSync(directory, { recursive: true });
  const opened = new Database(join(directory, "signalbox.db"));
  onTestFinished(() => opened.close());
  return opened;
}

test("an empty file gets the newest tables", () => {
  const db = database();
  migrate(db);
  expect(db.number("PRAGMA user_version")).toBe(SCHEMA_VERSION);
  expect(() => migrate(db)).not.toThrow();
});

test("an older file keeps its rows and gets the steps it lacks", async () => {
  const directory = stateFolder();
  const journal = await sqliteJournal({ directory, env });
  await journal.createRun(runRecord());
  await journal.append(RUN_ID, [new HistoryWriter().item(0, "claimed")]);
  await journal.close();
  const db = database(directory);
  const next = "ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT 'none'; CREATE TABLE extra (x INTEGER) STRICT;";
  migrate(db, [...MIGRATIONS, next]);
  expect(versionOf(db, SCHEMA_VERSION + 1)).toBe(SCHEMA_VERSION + 1);
  expect(db.value("SELECT note FROM runs WHERE id = ?", RUN_ID)).toBe("none");
  expect(db.number("SELECT count(*) FROM transitions")).toBe(1);
});

test("a step that fails leaves nothing behind, not even its first half", () => {
  const db = database();
  migrate(db);
  const schema = db.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").all();
  const failing =
    "ALTER TABLE runs ADD COLUMN note TEXT; CREATE TABLE extra (x INTEGER); INSERT INTO nowhere VALUES (1);";
  expect(() => migrate(db, [...MIGRATIONS, failing])).toThrow("nowhere");
  expect(db.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").all()).toEqual(schema);
  expect(db.number("PRAGMA user_version")).toBe(SCHEMA_VERSION);
  migrate(db, [...MIGRATIONS, "CREATE TABLE extra (x INTEGER);"]);
});

test("a file of a newer Signalbox is left alone, by the writer and by readers", async () => {
  const directory = stateFolder();
  const db = database(directory);
  migrate(db, [...MIGRATIONS, "CREATE TABLE extra (x INTEGER);"]);
  db.close();
  const message = new RegExp(`version ${SCHEMA_VERSION} or older .* got version ${SCHEMA_VERSION + 1}`);
  await expect(sqliteJournal({ directory, env })).rejects.toMatchObject({
    code: "journal_too_new",
    message: expect.stringMatching(message),
  });
  expect(() => openJournalReader({ directory, env })).toThrow(message);
});

test("the database of another program is left alone", async () => {
  const directory = stateFolder();
  const db = database(directory);
  db.exec("CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES ('x')");
  db.close();
  await expect(sqliteJournal({ directory, env })).rejects.toMatchObject({
    code: "journal_corrupt",
    message: expect.stringContaining("another program"),
  });
  expect(database(directory).number("SELECT count(*) FROM bookmarks")).toBe(1);
});

test("I11: transitions can be neither changed nor deleted", async () => {
  const directory = stateFolder();
  const journal = await sqliteJournal({ directory, env });
  await journal.createRun(runRecord());
  await journal.append(RUN_ID, [new HistoryWriter().item(0, "claimed")]);
  await journal.close();
  const db = database(directory);
  expect(() => db.exec("UPDATE transitions SET at = 0")).toThrow("never changed");
  expect(() => db.exec("DELETE FROM transitions")).toThrow("never deleted");
  expect(() => db.exec("INSERT INTO transitions SELECT * FROM transitions")).toThrow("UNIQUE");
});
