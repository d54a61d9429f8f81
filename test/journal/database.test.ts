// Goal: nothing that SQLite's binding would bend in silence gets past the wrapper. Method: each value that is known to be bent.
import { expect, test } from "vitest";
import { Database, type SqlValue } from "../../src/journal/sqlite/database.ts";

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
