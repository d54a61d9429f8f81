// Goal: what the durable journal promises beyond the conformance suite: where it writes, with which rights, that it is
// alone there, and that a disk that is full or a directory that cannot be used is a clear error with nothing half-done.
import { spawn } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import type { Reason } from "../../src/items/reason.ts";
import type { Journal, RunRecord } from "../../src/journal/journal.ts";
import { JOURNAL_LIMITS } from "../../src/journal/limits.ts";
import { openJournalReader } from "../../src/journal/sqlite-reader.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { HistoryWriter, RUN_ID, runRecord } from "../support/journal-history.ts";
import { stateFolder } from "../support/state-folder.ts";

const env = nodeEnv();

async function open(directory: string, databaseBytesMax?: number): Promise<Journal> {
  const journal = await sqliteJournal({
    directory,
    env,
    ...(databaseBytesMax === undefined ? {} : { databaseBytesMax }),
  });
  onTestFinished(() => journal.close());
  return journal;
}

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe("the state directory", () => {
  test("is made for its owner only, invisible to git, and holds nothing else", async () => {
    const directory = stateFolder();
    const journal = await open(directory);
    await journal.createRun(runRecord());
    expect(modeOf(directory)).toBe("700");
    const names = [
      ".gitignore",
      "run.lock.db",
      "run.lock.json",
      "signalbox.db",
      "signalbox.db-shm",
      "signalbox.db-wal",
    ];
    expect(readdirSync(directory).sort()).toEqual(names);
    expect(names.map((name) => modeOf(join(directory, name)))).toEqual(names.map(() => "600"));
    expect(readFileSync(join(directory, ".gitignore"), "utf8")).toBe("*\n");
    await journal.close();
    expect(readdirSync(directory).sort()).toEqual([".gitignore", "run.lock.db", "signalbox.db"]);
  });

  test("holds one file of the journal when it is closed, also when it was read and compacted: the log is emptied", async () => {
    const directory = stateFolder();
    const journal = await open(directory);
    await journal.createRun(runRecord());
    const writer = new HistoryWriter();
    const beats = Array.from({ length: 5 }, () => ({ event: "heartbeat" }));
    await journal.append(RUN_ID, [writer.item(0, "claimed"), ...beats.map((beat) => writer.item(0, "claimed", beat))]);
    expect(await journal.read(RUN_ID)).toMatchObject({ seq: 6 });
    expect(await journal.runs()).toHaveLength(1);
    expect(await journal.compact(RUN_ID, { upTo: 6, exportTo: false })).toMatchObject({ removed: 4 });
    await journal.close();
    expect(readdirSync(directory).sort()).toEqual([".gitignore", "run.lock.db", "signalbox.db"]);
  });

  test("that is there already keeps its mode and its own .gitignore", async () => {
    const directory = stateFolder();
    mkdirSync(directory, { mode: 0o755 });
    chmodSync(directory, 0o751);
    writeFileSync(join(directory, ".gitignore"), "mine\n");
    await open(directory);
    expect(modeOf(directory)).toBe("751");
    expect(readFileSync(join(directory, ".gitignore"), "utf8")).toBe("mine\n");
  });

  test("is made with the directories above it", async () => {
    const directory = join(stateFolder(), "deep", "er");
    await open(directory);
    expect(modeOf(directory)).toBe("700");
  });

  test("that cannot be used is refused, and the journal's thread is gone", async () => {
    const directory = stateFolder();
    writeFileSync(directory, "");
    const refused = { code: "state_unwritable", message: expect.stringContaining("a file is in the way") };
    await expect(sqliteJournal({ directory, env })).rejects.toMatchObject(refused);
  });
});

describe("one writer (I18)", () => {
  test("a second journal on the same directory is refused and told who holds it; the first goes on", async () => {
    const directory = stateFolder();
    const first = await open(directory);
    await first.createRun(runRecord());
    await expect(sqliteJournal({ directory, env })).rejects.toMatchObject({
      code: "state_in_use",
      message: expect.stringContaining(`in use by this process (${process.pid}) already`),
      holder: { pid: process.pid },
    });
    await first.append(RUN_ID, [new HistoryWriter().item(0, "claimed")]);
    await expect(sqliteJournal({ directory, env })).rejects.toMatchObject({ code: "state_in_use" });
  });

  test("closing frees the directory at once, also after an opening that failed", async () => {
    const directory = stateFolder();
    await (await open(directory)).close();
    writeFileSync(
      join(directory, "signalbox.db"),
      "this is not a database, but it is long enough to be looked at\n".repeat(20),
    );
    await expect(sqliteJournal({ directory, env })).rejects.toMatchObject({ code: "journal_corrupt" });
    writeFileSync(join(directory, "signalbox.db"), "");
    await open(directory);
  });

  test("what a dead holder left behind does not matter: only the lock counts", async () => {
    const directory = stateFolder();
    await (await open(directory)).close();
    writeFileSync(
      join(directory, "run.lock.json"),
      JSON.stringify({ pid: process.pid, host: "h", bootId: "", startedAt: 1 }),
    );
    await (await open(directory)).close();
    writeFileSync(join(directory, "run.lock.json"), "{ half a fi");
    await open(directory);
  });

  test("a reader sees who holds the directory, and that nobody does", async () => {
    const directory = stateFolder();
    const journal = await open(directory);
    const reader = openJournalReader({ directory, env });
    onTestFinished(() => reader.close());
    expect(reader.holder()).toMatchObject({ pid: process.pid });
    await journal.close();
    expect(reader.holder()).toBeUndefined();
    expect(existsSync(join(directory, "run.lock.json"))).toBe(false);
  });
});

describe("a process that has nothing else to do", () => {
  const program = fileURLToPath(new URL("../support/idle-process.ts", import.meta.url));

  test("ends by itself, and not before what it waits for, however it leaves its journal", async () => {
    const ends = ["closes", "rests", "leaves", "is refused"];
    const outcomes = ends.map(async (end) => {
      const child = spawn(process.execPath, [program, stateFolder(), end], { stdio: ["ignore", "pipe", "inherit"] });
      onTestFinished(() => void child.kill("SIGKILL"));
      let printed = "";
      child.stdout.on("data", (text: Buffer) => (printed += text.toString()));
      const code = await new Promise((resolve) => child.on("close", resolve));
      return [printed, code];
    });
    expect(await Promise.all(outcomes)).toEqual(ends.map((end) => [end, 0]));
  });
});

test("the words of a record are kept as they are, or the run is refused and the next one is taken", async () => {
  const journal = await open(stateFolder());
  for (const key of ["id", "name", "planHash", "planFile", "machineVersion", "planText"])
    await expect(journal.createRun(runRecord({ [key]: "a\0b" })), key).rejects.toThrow("well-formed text without NUL");
  await journal.createRun({ ...runRecord({ planFile: "plan.yaml" }), more: () => {} } as RunRecord);
  expect((await journal.read(RUN_ID)).record).toStrictEqual(runRecord({ planFile: "plan.yaml" }));
});

test("I9: what cannot be read is not recovered, although its checksums are right", async () => {
  const journal = await open(stateFolder());
  await journal.createRun(runRecord());
  await journal.append(RUN_ID, [new HistoryWriter().item(0, "claimed", { reason: {} as Reason })]);
  const damage = { code: "journal_corrupt", message: expect.stringContaining("expected a reason, got") };
  await expect(journal.recover(RUN_ID)).rejects.toMatchObject(damage);
  await expect(journal.read(RUN_ID)).rejects.toMatchObject(damage);
});

test("opening empties the log that a crash has left: what stands in one at the next start, this process wrote", async () => {
  const [source, directory] = [stateFolder(), stateFolder()];
  const crashed = await open(source);
  await crashed.createRun(runRecord());
  await crashed.append(RUN_ID, [new HistoryWriter().item(0, "claimed")]);
  mkdirSync(directory, 0o700);
  for (const name of ["signalbox.db", "signalbox.db-wal"]) copyFileSync(join(source, name), join(directory, name));
  const wal = join(directory, "signalbox.db-wal");
  expect(statSync(wal).size).toBeGreaterThan(4096);
  const journal = await open(directory);
  expect(statSync(wal).size).toBe(0);
  expect(await journal.recover(RUN_ID)).toMatchObject({ seq: 1 });
});

describe("a closed journal", () => {
  test("answers nothing: each question is refused as what it is", async () => {
    const journal = await open(stateFolder());
    await journal.createRun(runRecord());
    await journal.close();
    const closed = { code: "journal_unavailable", message: expect.stringContaining("The journal is closed") };
    for (const ask of [
      () => journal.runs(),
      () => journal.read(RUN_ID),
      () => journal.audit(RUN_ID),
      () => journal.recover(RUN_ID),
      () => journal.compact(RUN_ID, { upTo: 0, exportTo: false }),
      () => journal.createRun(runRecord({ id: "another" })),
      async () => journal.append(RUN_ID, [new HistoryWriter().item(0, "claimed")]),
    ])
      await expect(ask()).rejects.toMatchObject(closed);
  });
});

describe("limits (I21)", () => {
  test("a full disk refuses the append and all after it; what was acknowledged stays, and with room it goes on", async () => {
    const directory = stateFolder();
    const full = await open(directory, 100 * 4096);
    await full.createRun(runRecord());
    const writer = new HistoryWriter();
    let acknowledged = 0;
    const refused = await (async () => {
      for (;;) {
        const entry = writer.item(0, writer.statusOf(0) === "todo" ? "claimed" : "todo", {
          reason: { code: "x".repeat(2_000) },
        });
        try {
          await full.append(RUN_ID, [entry]);
          acknowledged = entry.seq;
        } catch (error) {
          return error;
        }
      }
    })();
    expect(refused).toMatchObject({
      code: "journal_unavailable",
      message: expect.stringContaining("is full. Make room"),
    });
    expect(acknowledged).toBeGreaterThan(20);
    await expect(full.append(RUN_ID, [new HistoryWriter(acknowledged).runNote("a", "b")])).rejects.toMatchObject({
      code: "journal_unavailable",
    });
    expect(await full.read(RUN_ID)).toMatchObject({ seq: acknowledged });
    await full.close();
    await expect(full.append(RUN_ID, []), "why it ended is told from then on").rejects.toThrow("is full. Make room");
    const roomy = await open(directory);
    expect(await roomy.recover(RUN_ID)).toMatchObject({ seq: acknowledged, epoch: 2 });
    await roomy.append(RUN_ID, [new HistoryWriter(acknowledged, 2).runNote("a", "b")]);
  });

  test("a disk that is full from the start is said to be full, and nothing is left locked", async () => {
    const directory = stateFolder();
    await expect(sqliteJournal({ directory, env, databaseBytesMax: 4096 })).rejects.toMatchObject({
      code: "journal_unavailable",
      message: expect.stringContaining("full"),
    });
    await open(directory);
  });

  test("more entries than may wait for the disk are refused", async () => {
    const journal = await open(stateFolder());
    await journal.createRun(runRecord());
    const writer = new HistoryWriter();
    const first = journal.append(RUN_ID, [writer.item(0, "claimed")]);
    const many = Array.from({ length: JOURNAL_LIMITS.waitingEntriesMax }, () => writer.runNote("a", "b"));
    await expect(journal.append(RUN_ID, many)).rejects.toThrow("Wait for earlier appends");
    await first;
    // The caller thinks that they are there: nothing goes on behind them.
    await expect(journal.append(RUN_ID, [writer.runNote("a", "b")])).rejects.toThrow("takes nothing more");
    expect(await journal.read(RUN_ID)).toMatchObject({ seq: 1 });
  });

  test.each([
    ["when nothing waits any more, however long it is", JOURNAL_LIMITS.waitingEntriesMax + 1, true],
    ["up to the limit when another one waits", JOURNAL_LIMITS.waitingEntriesMax - 1, false],
  ])("an append is sent to the disk %s", async (_, length, isAlone) => {
    const journal = await open(stateFolder());
    await journal.createRun(runRecord());
    const writer = new HistoryWriter();
    const before = journal.append(RUN_ID, [writer.runNote("a", "b")]);
    if (isAlone) await before;
    // To have so many stored takes long: these are refused there, behind what was kept.
    const entry = writer.item(0, "claimed");
    const many = Array.from({ length }, () => entry);
    await expect(journal.append(RUN_ID, many)).rejects.toThrow("the journal refused entry 2");
    await before;
    expect(await journal.read(RUN_ID)).toMatchObject({ seq: 1 });
  });

  test.each([0, -1, Number.NaN, 1.5])("a size of %d bytes is refused", async (databaseBytesMax) => {
    await expect(sqliteJournal({ directory: stateFolder(), env, databaseBytesMax })).rejects.toMatchObject({
      code: "invalid_usage",
    });
  });
});

describe("group commit", () => {
  /** Frames of the log that end a transaction. */
  function commits(directory: string): number {
    const wal = readFileSync(join(directory, "signalbox.db-wal"));
    let count = 0;
    for (let at = 32; at + 24 + 4096 <= wal.length; at += 24 + 4096) if (wal.readUInt32BE(at + 4) !== 0) count++;
    return count;
  }

  test("appends that arrive together become durable together, one that comes alone at once", async () => {
    const directory = stateFolder();
    const journal = await open(directory);
    await journal.createRun(runRecord());
    const before = commits(directory);
    const writer = new HistoryWriter();
    const appends = Array.from({ length: 500 }, async () => journal.append(RUN_ID, [writer.runNote("a", "b")]));
    await Promise.all(appends);
    expect(commits(directory) - before).toBe(1);
    await journal.append(RUN_ID, [writer.runNote("a", "b")]);
    expect(commits(directory) - before).toBe(2);
  });
});

test("a missing directory has no runs, and is not made by looking", () => {
  const directory = stateFolder();
  expect(() => openJournalReader({ directory, env })).toThrow(expect.objectContaining({ code: "run_not_found" }));
  expect(existsSync(directory)).toBe(false);
  expect(existsSync(dirname(directory))).toBe(true);
});

test("how long the longest line of a log is stands in its head: it says how many are read at once", async () => {
  const directory = stateFolder();
  const journal = await open(directory);
  const longest = (): number => {
    const database = new DatabaseSync(join(directory, "signalbox.db"), { readOnly: true });
    const row = database.prepare("SELECT longest_line FROM heads").get() as { readonly longest_line: number };
    database.close();
    return row.longest_line;
  };
  await journal.createRun(runRecord());
  const writer = new HistoryWriter();
  await journal.append(RUN_ID, [writer.run("running")]);
  const short = longest();
  expect(short).toBeGreaterThan(0);
  await journal.append(RUN_ID, [writer.item(0, "claimed", { data: "x".repeat(50_000) })]);
  expect(longest()).toBeGreaterThan(50_000);
  const before = longest();
  await journal.append(RUN_ID, [writer.item(0, "done")]);
  expect(longest()).toBe(before);
});
