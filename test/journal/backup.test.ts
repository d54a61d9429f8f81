// Goal: a copy of a journal is made in one piece, or not at all, and whoever asked for it is told which. Method: real files; the thread
// that makes copies for others. Copies over HTTP: test/server/backups.test.ts; what damage does: damage.test.ts.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { backupInThread } from "../../src/journal/backup-thread.ts";
import { backupJournal } from "../../src/journal/backup.ts";
import { openJournalReader } from "../../src/journal/sqlite-reader.ts";
import { Database } from "../../src/journal/sqlite/database.ts";
import { makeClosedJournal } from "../support/flipped-bits.ts";
import { RUN_ID } from "../support/journal-history.ts";
import { stateFolder } from "../support/state-folder.ts";

let sound: string;

beforeAll(async () => {
  sound = join(mkdtempSync(join(tmpdir(), "signalbox-state-")), ".signalbox");
  await makeClosedJournal(sound);
});

afterAll(() => rmSync(dirname(sound), { recursive: true, force: true }));

/** A state directory with one run in it, alone in its folder. */
function state(): { directory: string; folder: string } {
  const directory = stateFolder();
  cpSync(sound, directory, { recursive: true });
  return { directory, folder: dirname(directory) };
}

test("B1, B2: a thread makes a copy with the same runs in it, for its owner only, and leaves nothing else", async () => {
  const { directory, folder } = state();
  const restored = join(folder, "restored");
  mkdirSync(restored, { mode: 0o700 });
  const target = join(restored, "signalbox.db");
  const made = await backupInThread({ directory, target });
  expect(made).toEqual({ bytes: statSync(target).size, runs: 1 });
  expect([statSync(target).mode & 0o777, readdirSync(restored)]).toEqual([0o600, ["signalbox.db"]]);
  const env = nodeEnv();
  const [reader, copy] = [openJournalReader({ directory, env }), openJournalReader({ directory: restored, env })];
  try {
    expect(await copy.read(RUN_ID)).toEqual(await reader.read(RUN_ID));
  } finally {
    await Promise.all([reader.close(), copy.close()]);
  }
});

test("B1: a file that is there is not replaced, by a thread either, and the asker has named it wrongly", async () => {
  const { directory, folder } = state();
  const target = join(folder, "mine.txt");
  writeFileSync(target, "mine");
  const refused = { code: "invalid_usage", message: expect.stringContaining("a file that is not there yet") };
  expect(() => backupJournal({ directory, target })).toThrow(expect.objectContaining(refused));
  await expect(backupInThread({ directory, target })).rejects.toMatchObject(refused);
  expect([readFileSync(target, "utf8"), readdirSync(folder).toSorted()]).toEqual(["mine", [".signalbox", "mine.txt"]]);
});

test("B3: what a copy that was cut off has left is taken away by the next one of that name, and nothing else is", async () => {
  const { directory, folder } = state();
  const target = join(folder, "copy.db");
  const gone = 2 ** 30;
  const left = [`copy.db.${gone}.part`, `copy.db.${gone}.part-journal`];
  const others = [`another.db.${gone}.part`, `copy.db.${process.ppid}.part`, "copy.db.part"];
  for (const name of [...left, ...others]) writeFileSync(join(folder, name), "half of it");
  backupJournal({ directory, target });
  expect(readdirSync(folder).toSorted()).toEqual([...others, ".signalbox", "copy.db"].toSorted());
});

test("B1: a copy of what is damaged has no name, and its asker is told of the damage, not of the place", () => {
  const { directory, folder } = state();
  const database = new Database(join(directory, "signalbox.db"));
  database.exec("UPDATE runs SET name = 'another'");
  database.close();
  const damage = { code: "journal_corrupt", message: expect.stringContaining("the checksum of its plan and options") };
  expect(() => backupJournal({ directory, target: join(folder, "copy.db") })).toThrow(expect.objectContaining(damage));
  expect(readdirSync(folder)).toEqual([".signalbox"]);
});

test("a journal of a newer Signalbox is not copied, and what it is is told", () => {
  const { directory, folder } = state();
  const database = new Database(join(directory, "signalbox.db"));
  database.exec("PRAGMA user_version = 99");
  database.close();
  expect(() => backupJournal({ directory, target: join(folder, "copy.db") })).toThrow(
    expect.objectContaining({ code: "journal_too_new" }),
  );
});

test("a place that cannot be written is told as such, and a directory without a journal as what it is", async () => {
  const { directory, folder } = state();
  const target = join(folder, "nowhere", "copy.db");
  expect(() => backupJournal({ directory, target })).toThrow(
    expect.objectContaining({ code: "state_unwritable", message: expect.stringContaining(`to write ${target}`) }),
  );
  await expect(
    backupInThread({ directory: join(folder, "nothing"), target: join(folder, "copy.db") }),
  ).rejects.toMatchObject({ code: "run_not_found" });
  expect(existsSync(join(folder, "copy.db"))).toBe(false);
});
