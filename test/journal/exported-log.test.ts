/**
 * Goal: a file of an audit log is believed only when it is exactly what was written (X1), and is for its owner (X2). Method: one
 * file, changed line by line; a reader that accepts a changed one would be the bug. Journals that export: test/conformance.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { exportLog, readExportedLog, sumOfEntries } from "../../src/journal/exported-log.ts";
import type { JournalEntry } from "../../src/journal/journal.ts";
import { HistoryWriter, RUN_ID } from "../support/journal-history.ts";
import { stateFolder } from "../support/state-folder.ts";

const writer = new HistoryWriter(4);
const ENTRIES: readonly JournalEntry[] = [
  writer.item(0, "claimed", { reason: { code: "why" } }),
  writer.item(0, "done", { data: { said: "Ünïcødé 🚦" } }),
  writer.item(1, "claimed"),
];
const PART = { runId: RUN_ID, name: "a run", after: 4, upTo: 7, sumBefore: 99 };
const SUM = sumOfEntries(ENTRIES, PART.sumBefore);

async function* pagesOf(...pages: readonly (readonly JournalEntry[])[]): AsyncGenerator<readonly JournalEntry[]> {
  yield* pages;
}

async function exported(): Promise<{ directory: string; file: string; lines: string[] }> {
  const directory = join(stateFolder(), "exported");
  const file = await exportLog(directory, PART, pagesOf(ENTRIES.slice(0, 1), ENTRIES.slice(1)), SUM);
  return { directory, file, lines: readFileSync(file, "utf8").split("\n") };
}

async function readAgain(lines: readonly string[]): Promise<readonly JournalEntry[]> {
  const file = join(stateFolder(), "..", "log.jsonl");
  writeFileSync(file, lines.join("\n"));
  const entries: JournalEntry[] = [];
  await readExportedLog(file, (entry) => entries.push(entry));
  return entries;
}

test("X1: what is read is what was written, entry by entry, with what the file says of itself", async () => {
  const { directory, file, lines } = await exported();
  const entries: JournalEntry[] = [];
  expect(await readExportedLog(file, (entry) => entries.push(entry))).toEqual({ ...PART, entries: 3, sum: SUM });
  expect(entries).toEqual(ENTRIES);
  expect(readdirSync(directory)).toEqual([`${RUN_ID}-5-7.jsonl`]);
  expect(JSON.parse(lines[0]!)).toEqual({
    format: "signalbox-audit-log",
    version: 1,
    run_id: RUN_ID,
    name: "a run",
    after: 4,
    up_to: 7,
    sum_before: 99,
  });
});

test("X2: the file and its folder are for their owner only", async () => {
  const { directory, file } = await exported();
  expect([statSync(file).mode & 0o777, statSync(directory).mode & 0o777]).toEqual([0o600, 0o700]);
});

test("a log that is written in many pieces, and read in many, is whole", async () => {
  const many = new HistoryWriter();
  const text = "💧".repeat(40_000);
  const entries = Array.from({ length: 40 }, (_, item) =>
    many.item(item, "claimed", { reason: { code: `${item} ${text}` } }),
  );
  const part = { runId: RUN_ID, name: "long", after: 0, upTo: 40, sumBefore: 0 };
  const pages = entries.map((entry) => [entry]);
  const file = await exportLog(join(stateFolder(), "exported"), part, pagesOf(...pages), sumOfEntries(entries, 0));
  const read: JournalEntry[] = [];
  await readExportedLog(file, (entry) => read.push(entry));
  expect(read).toEqual(entries);
});

describe("X1: a file that is something else is refused", () => {
  const change = (at: number, how: (line: string) => string) => (lines: string[]) =>
    lines.map((line, index) => (index === at ? how(line) : line));
  const set = (at: number, key: string, value: unknown) =>
    change(at, (line) => JSON.stringify({ ...(JSON.parse(line) as object), [key]: value }));

  test.each<readonly [string, (lines: string[]) => string[], RegExp]>([
    ["that is empty", () => [""], /a whole file, got a part of one/],
    ["that ends after its head", (lines) => [lines[0]!, ""], /a whole file, got a part of one/],
    ["that ends before its last line", (lines) => lines.slice(0, 4), /a whole file, got a part of one/],
    ["that ends within a line", (lines) => [...lines.slice(0, 3), lines[3]!.slice(0, 20)], /a line of JSON/],
    ["with a line that is no JSON", change(2, () => "{"), /a line of JSON, got \{/],
    ["with a line that is no object", change(2, () => "7"), /a line of JSON, got 7/],
    ["with a line that is null", change(2, () => "null"), /a line of JSON, got null/],
    ["of another format", set(0, "format", "something"), /an audit log of version 1/],
    ["of another version", set(0, "version", 2), /an audit log of version 1/],
    ["without its run", set(0, "run_id", 7), /an audit log of version 1/],
    ["without its name", set(0, "name", null), /an audit log of version 1/],
    ["that begins later", set(0, "after", 5), /expected entry 6, got entry 5/],
    ["that begins earlier", set(0, "after", 3), /expected entry 4, got entry 5/],
    ["that says nothing of its beginning", set(0, "after", "4"), /expected entry NaN/],
    ["without an entry", (lines) => lines.toSpliced(2, 1), /expected entry 6, got entry 7/],
    ["with an entry twice", (lines) => lines.toSpliced(2, 0, lines[1]!), /expected entry 6, got entry 5/],
    ["with another entry", set(2, "actor", "somebody"), /the checksum \d+, got \d+/],
    ["with another checksum", set(4, "sum", SUM + 1), /the checksum \d+, got \d+/],
    ["with another checksum of what was before", set(0, "sum_before", 98), /the checksum \d+, got \d+/],
    ["without a checksum", set(4, "sum", "1"), /the checksum NaN/],
    ["with another number of entries", set(4, "entries", 4), /expected 3 entries, got 4/],
    [
      "with something behind its last line",
      (lines) => [...lines.slice(0, 5), lines[3]!],
      /nothing after its last line/,
    ],
  ])("%s", async (_, changed, message) => {
    const { lines } = await exported();
    expect(await readAgain(lines), "as it was").toEqual(ENTRIES);
    await expect(readAgain(changed(lines))).rejects.toMatchObject({
      code: "journal_corrupt",
      message: expect.stringMatching(message),
    });
  });
});

test("X1: an export whose entries are not those of the checksum leaves no file, and one that was left is replaced", async () => {
  const directory = join(stateFolder(), "exported");
  await expect(exportLog(directory, PART, pagesOf(ENTRIES), SUM + 1)).rejects.toMatchObject({
    code: "journal_corrupt",
  });
  expect(readdirSync(directory)).toEqual([]);
  // As a process leaves it that was killed on the way.
  writeFileSync(join(directory, `${RUN_ID}-5-7.jsonl.part`), "half of it");
  await exportLog(directory, PART, pagesOf(ENTRIES), SUM);
  await exportLog(directory, PART, pagesOf(ENTRIES), SUM);
  expect(readdirSync(directory)).toEqual([`${RUN_ID}-5-7.jsonl`]);
});

test("a folder that cannot be made is told as such, and a fault of the entries as what it is", async () => {
  const file = join(stateFolder(), "..", "in-the-way");
  writeFileSync(file, "");
  await expect(exportLog(join(file, "exported"), PART, pagesOf(ENTRIES), SUM)).rejects.toMatchObject({
    code: "state_unwritable",
    cause: expect.anything(),
  });
  async function* broken(): AsyncGenerator<readonly JournalEntry[]> {
    yield ENTRIES.slice(0, 1);
    throw new RangeError("no more");
  }
  await expect(exportLog(join(stateFolder(), "exported"), PART, broken(), SUM)).rejects.toThrow(
    new RangeError("no more"),
  );
});
