/**
 * A small journal on real files, spoiled one bit at a time; after each, who only reads must get exactly what was written, or an error that
 * says so. With its log beside it, as a crash leaves it, one more answer is right: what the last transaction held may be missing, since
 * a crash leaves the same bytes when it tears that one before it was acknowledged.
 */
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SignalboxError } from "../../src/base/errors.ts";
import { nodeEnv } from "../../src/base/node-env.ts";
import type { JournalEntry } from "../../src/journal/journal.ts";
import { openJournalReader, type StoredJournalReader } from "../../src/journal/sqlite-reader.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { Database } from "../../src/journal/sqlite/database.ts";
import { checkedRun } from "../../src/journal/sqlite/verify.ts";
import { HistoryWriter, RUN_ID, runRecord } from "./journal-history.ts";

const env = nodeEnv();
/** Errors that tell of it; a journal whose list of runs is spoiled may say that there is no such run, or that it is of another version. */
const TOLD = ["journal_corrupt", "journal_too_new", "run_not_found", "journal_unavailable"];

export interface Flips {
  readonly tried: number;
  /** Told by an error. */
  readonly noticed: number;
  /** In the last transaction, which is as if it had not been. */
  readonly dropped: number;
  readonly faults: readonly string[];
}

export function smallHistory(rounds = 4): JournalEntry[] {
  const writer = new HistoryWriter();
  const entries = [writer.run("running")];
  for (let round = 0; round < rounds; round++) {
    for (let item = 0; item < 8; item++) {
      entries.push(writer.item(item, "claimed", { actor: `worker-${item}` }));
      if (round < rounds - 1)
        entries.push(
          writer.item(item, "failed", { reason: { code: "exit", data: { exitCode: round } } }),
          writer.item(item, "todo"),
        );
      else entries.push(writer.item(item, "done", { data: { item, text: "output ".repeat(item) } }));
    }
  }
  return entries;
}

/** Makes a closed journal with one run in it. */
export async function makeClosedJournal(directory: string): Promise<void> {
  const journal = await sqliteJournal({ directory, env });
  await journal.createRun(runRecord({ planText: JSON.stringify({ tasks: "t".repeat(5_000) }) }));
  await journal.append(RUN_ID, smallHistory());
  await journal.close();
}

/** Makes a journal as a crash leaves it: all of it is in the log, in so many transactions behind that of the run. */
async function makeCrashedJournal(directory: string, transactions: number): Promise<void> {
  const source = `${directory}-source`;
  const journal = await sqliteJournal({ directory: source, env });
  await journal.createRun(runRecord());
  const entries = smallHistory(1);
  for (let at = 0; at < transactions; at++) {
    const [from, to] = [at, at + 1].map((part) => Math.floor((part * entries.length) / transactions));
    await journal.append(RUN_ID, entries.slice(from, to));
  }
  mkdirSync(directory, { mode: 0o700 });
  for (const name of ["signalbox.db", "signalbox.db-wal"]) copyFileSync(join(source, name), join(directory, name));
  await journal.close();
  rmSync(source, { recursive: true });
}

/** Flips a bit of every nth byte of the database file of a closed journal, or of those named; which bit, its place says. */
export async function flipDatabase(directory: string, every: number): Promise<Flips> {
  await makeClosedJournal(directory);
  return flipEach(directory, "signalbox.db", every, []);
}

/** The same with the log of a crashed one. */
export async function flipLog(directory: string, every: number, transactions = 3): Promise<Flips> {
  const before = `${directory}-before`;
  await makeCrashedJournal(before, transactions - 1);
  await makeCrashedJournal(directory, transactions);
  const bytes = readFileSync(join(directory, "signalbox.db-wal"));
  // The last transaction alone is missing: cut off where the one before it ends.
  const ends = [];
  for (let at = 32; at + FRAME <= bytes.length; at += FRAME)
    if (bytes.readUInt32BE(at + 4) !== 0) ends.push(at + FRAME);
  const short = join(before, "signalbox.db-wal");
  writeFileSync(short, bytes.subarray(0, ends.at(-2)));
  copyFileSync(join(directory, "signalbox.db"), join(before, "signalbox.db"));
  return flipEach(directory, "signalbox.db-wal", every, [await checkAndRead(before)], EACH_BIT_OF_HEADS);
}

const FRAME = 24 + 4_096;
const ONE_BIT = (at: number): readonly number[] => [at % 8];
/** In the heads of a log and of its frames each bit has a meaning of its own, in the pages hardly one. */
const EACH_BIT_OF_HEADS = (at: number): readonly number[] =>
  at < 32 || (at - 32) % FRAME < 24 ? [0, 1, 2, 3, 4, 5, 6, 7] : ONE_BIT(at);

async function flipEach(
  directory: string,
  name: string,
  every: number,
  asIfNotBeen: readonly string[],
  bitsOf: (at: number) => readonly number[] = ONE_BIT,
): Promise<Flips> {
  const path = join(directory, name);
  const sound = readFileSync(path);
  const expected = await checkAndRead(directory);
  if (!/^[0-9a-f]{64}$/.test(expected)) throw new Error(`the sound journal cannot be read: ${expected}`);
  const faults: string[] = [];
  let [tried, noticed, dropped] = [0, 0, 0];
  for (let at = 0; at < sound.length; at += every) {
    const spoiled = Buffer.from(sound);
    for (const bit of bitsOf(at)) {
      spoiled[at] = sound[at]! ^ (1 << bit);
      writeFileSync(path, spoiled);
      rmSync(join(directory, "signalbox.db-shm"), { force: true });
      const found = await checkAndRead(directory);
      tried++;
      if (asIfNotBeen.includes(found)) dropped++;
      else if (found !== expected) {
        noticed++;
        if (!TOLD.includes(found.split(":")[0]!)) faults.push(`bit ${bit} of byte ${at} of ${name}: ${found}`);
      }
    }
  }
  return { tried, noticed, dropped, faults };
}

/** The monotonic time is only kept to be exact to a microsecond. */
function wholeMicroseconds(key: string, value: unknown): unknown {
  return key === "mono" ? Math.trunc((value as number) * 1000) : value;
}

/** What a recovery and a reader do, in this thread: a digest of all that they read, or the code and text of their error. */
async function checkAndRead(directory: string): Promise<string> {
  let database: Database | undefined;
  let reader: StoredJournalReader | undefined;
  try {
    reader = openJournalReader({ directory, env });
    database = new Database(join(directory, "signalbox.db"), { readOnly: true });
    checkedRun(database, RUN_ID);
    const entries = await reader.audit(RUN_ID);
    // Of a run's record a list shows what it does not check: that needs the plan.
    const heads = (await reader.runs()).map(({ status, seq, epoch, startedAt, finishedAt, counts }) => [
      [status, seq, epoch, startedAt, finishedAt, counts],
    ]);
    const all = JSON.stringify([entries, await reader.read(RUN_ID), heads], wholeMicroseconds);
    return createHash("sha256").update(all).digest("hex");
  } catch (error) {
    return error instanceof SignalboxError ? `${error.code}: ${error.message}` : `other: ${String(error)}`;
  } finally {
    await reader?.close();
    database?.close();
  }
}
