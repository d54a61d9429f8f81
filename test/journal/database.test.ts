// Goal: nothing that SQLite's binding would bend in silence gets past the wrapper. Method: each value that is known to be bent.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SignalboxError } from "../../src/base/errors.ts";
import { Database, isBusy, translated, type SqlValue } from "../../src/journal/sqlite/database.ts";
import { stateFolder } from "../support/state-folder.ts";

test.each([
  ["NaN", Number.NaN],
  ["undefined", undefined],
  ["a Date", new Date(0)],
  ["an object", { a: 1 }],
  ["true", true],
  ["a BigInt", 2n ** 70n],
])("%s is refused instead of being bound as something else", (_, value) => {
  const database = new Database(":memory:");
  const statement = database.prepare("SELECT ?");
  expect(() => statement.get(value as unknown as SqlValue)).toThrow("cannot be stored");
});

test("a missing or an extra parameter is refused", () => {
  const statement = new Database(":memory:").prepare("SELECT ?, ?");
  expect(() => statement.get(1)).toThrow("2 parameters expected, got 1");
  expect(() => statement.get(1, 2, 3)).toThrow("2 parameters expected, got 3");
});

test("nothing that cannot be stored gets past any way of asking", () => {
  const statement = new Database(":memory:").prepare("SELECT ?");
  const ways = ["run", "get", "all", "iterate"] as const;
  for (const way of ways) {
    expect(() => statement[way](Number.NaN), way).toThrow("cannot be stored");
    expect(() => statement[way](), way).toThrow("1 parameters expected, got 0");
  }
  for (const value of [null, "", "text", 0, -1.5, new Uint8Array([7])]) expect(statement.get(value)).toEqual([value]);
});

test("a value that is not there, or is no number, counts as none", () => {
  const database = new Database(":memory:");
  expect([database.number("SELECT 7"), database.number("SELECT ?", 8)]).toEqual([7, 8]);
  expect([database.number("SELECT 'x'"), database.number("SELECT 1 WHERE 0")]).toEqual([0, 0]);
  expect([database.value("SELECT 'x'"), database.value("SELECT 1 WHERE 0")]).toEqual(["x", undefined]);
});

test("a database that is closed stays closed, however often; a transaction that SQLite ended needs no rollback", () => {
  const database = new Database(":memory:");
  database.exec("CREATE TABLE t (n INTEGER UNIQUE ON CONFLICT ROLLBACK)");
  const twice = (): number =>
    database.transaction("BEGIN", () => {
      database.prepare("INSERT INTO t VALUES (?)").run(1);
      return database.prepare("INSERT INTO t VALUES (?)").run(1);
    });
  expect(twice).toThrow("UNIQUE");
  expect(database.number("SELECT count(*) FROM t")).toBe(0);
  database.close();
  database.close();
  expect(() => database.exec("SELECT 1")).toThrow("not open");
});

test("whole numbers beyond 32 bits stay whole", () => {
  const database = new Database(":memory:");
  database.exec("CREATE TABLE t (n INTEGER NOT NULL) STRICT");
  database.prepare("INSERT INTO t VALUES (?)").run(2 ** 53 - 1);
  expect(database.prepare("SELECT n, typeof(n) FROM t").get()).toEqual([2 ** 53 - 1, "integer"]);
});

test("a transaction that throws leaves nothing, and the next one works", () => {
  const database = new Database(":memory:");
  database.exec("CREATE TABLE t (n INTEGER)");
  const insert = database.prepare("INSERT INTO t VALUES (?)");
  const failing = (): number =>
    database.transaction("BEGIN IMMEDIATE", () => {
      insert.run(1);
      throw new Error("no");
    });
  expect(failing).toThrow("no");
  database.transaction("BEGIN IMMEDIATE", () => insert.run(2));
  expect(database.prepare("SELECT n FROM t").all()).toEqual([[2]]);
});

test("what the disk does not do is told with what to do about it", () => {
  const folder = stateFolder();
  mkdirSync(folder);
  const path = join(folder, "a.db");
  const database = new Database(path, { busyMs: 0 });
  database.exec("CREATE TABLE t (n INTEGER)");
  const told = (advice: string): unknown =>
    expect.objectContaining({ code: "journal_unavailable", message: expect.stringContaining(advice) });
  const reader = new Database(path, { readOnly: true, busyMs: 0 });
  expect(() => reader.exec("INSERT INTO t VALUES (1)")).toThrow(told("are yours to write"));
  expect(() => new Database(join(folder, "no", "b.db")).exec("SELECT 1")).toThrow(told("are yours to write"));
  database.exec("BEGIN EXCLUSIVE");
  expect(() => reader.number("SELECT count(*) FROM t")).toThrow(told("Another program has it open"));
  database.exec("ROLLBACK; PRAGMA max_page_count = 2");
  const fill =
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 10000) INSERT INTO t SELECT n FROM c";
  expect(() => database.exec(fill)).toThrow(told("is full. Make room"));
  expect(() => database.exec("INSERT INTO nothing VALUES (1)")).toThrow(told("is stored; resume the run."));
  for (const each of [database, reader]) each.close();
});

test("damage, an error of the disk, and what is no error of SQLite are told apart", () => {
  const failing = (errcode: number): (() => never) => {
    const error = Object.assign(new Error("what it said"), { code: "ERR_SQLITE_ERROR", errcode });
    return () =>
      translated("a.db", () => {
        throw error;
      });
  };
  // Corrupt, no database, and an error of reading: extended codes have the kind in their lower byte.
  for (const errcode of [11, 267, 26])
    expect(failing(errcode)).toThrow(
      expect.objectContaining({ code: "journal_corrupt", message: expect.stringContaining("got: what it said.") }),
    );
  expect(failing(266)).toThrow(
    expect.objectContaining({
      code: "journal_unavailable",
      message: expect.stringContaining("The disk reported an error"),
    }),
  );
  const busy = Object.assign(new Error("locked"), { code: "ERR_SQLITE_ERROR", errcode: 261 });
  expect([busy, new SignalboxError("journal_unavailable", "x", { cause: busy }), new Error("x")].map(isBusy)).toEqual([
    true,
    true,
    false,
  ]);
  const own = new RangeError("mine");
  const throwing = (): never =>
    translated("a.db", () => {
      throw own;
    });
  expect(throwing).toThrow(own);
});
