/**
 * Goal: before a new version is deployed it can be known which stored runs would break, and where; journals of released versions never do.
 * Method: the journals that are kept of each version are replayed; changed ones (an edge that is none, a plan that is none) are found.
 */
import { globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkStoredRun, type StoredRunCheck } from "../../src/engine/check-stored.ts";
import { memoryJournal, planOfRun } from "../../src/index.ts";
import type { Journal, JournalReader } from "../../src/journal/journal.ts";
import { LogReplay } from "../../src/engine/replay-log.ts";
import { goldenRuns, type GoldenRun } from "../support/golden-runs.ts";
import { virtualEnv } from "../support/virtual-env.ts";

const folder = new URL("./fixtures/", import.meta.url);
const versions = globSync("runs-*.json", { cwd: folder }).map((file) => ({
  file,
  runs: JSON.parse(readFileSync(new URL(file, folder), "utf8")) as GoldenRun[],
}));
const env = virtualEnv();

async function stored({ record, entries }: GoldenRun): Promise<Journal> {
  const journal = memoryJournal();
  await journal.createRun(record);
  await journal.append(record.id, entries);
  return journal;
}

async function checked(run: GoldenRun, reader?: JournalReader): Promise<StoredRunCheck> {
  const from = reader ?? (await stored(run));
  const [summary] = await (await stored(run)).runs();
  return checkStoredRun(from, summary!, { env });
}

describe.each(versions)("$file", ({ runs }) => {
  test.each(runs)(
    "$about: every transition is one of these machines, and what is live can be gone on with",
    async (run) => {
      expect(await checked(run)).toMatchObject({ entries: run.entries.length, breaks: [] });
    },
  );

  test("has runs that have ended and runs that are live, one that has grown, one that was taken back", () => {
    const events = runs.flatMap(({ entries }) => entries.map(({ event }) => event));
    expect(events).toEqual(
      expect.arrayContaining(["requeue", "timeout", "undo", "release", "setCap", "pause", "edit"]),
    );
  });
});

test("what is written now is read now, by the same scenarios", async () => {
  const names = versions.at(-1)!.runs.map(({ about }) => about);
  const runs = await goldenRuns();
  expect(runs.map(({ about }) => about)).toEqual(expect.arrayContaining(names));
  for (const run of runs) expect(await checked(run)).toMatchObject({ breaks: [] });
});

test("I9: a log that was compacted anywhere is checked from there, and what is live can be gone on with", async () => {
  for (const run of versions.at(-1)!.runs)
    for (let upTo = 1; upTo <= run.entries.length; upTo += 3) {
      const journal = await stored(run);
      const { kept } = await journal.compact(run.record.id, { upTo, exportTo: false });
      const check = await checked(run, journal);
      expect(check.breaks, `${run.about}, up to ${upTo}, ${kept} are left`).toEqual([]);
    }
});

describe("what would break is found, with its place", () => {
  const of = (about: string): GoldenRun => versions[0]!.runs.find((run) => run.about.startsWith(about))!;
  const live = of("interrupted");

  test("an edge that the machines do not have: the entry, the item, what they do instead", async () => {
    const at = live.entries.findIndex(({ event }) => event === "complete");
    const entries = live.entries.map((entry, i) => (i === at ? { ...entry, event: "timeout" } : entry));
    const { isLive, breaks } = await checked({ ...live, entries });
    expect([isLive, breaks]).toEqual([
      true,
      [
        {
          kind: "machine",
          seq: entries[at]!.seq,
          item: "done",
          message: `expected timeout to take item done from claimed to done, as entry ${entries[at]!.seq} of its log says; got that timeout leads to failed there`,
        },
      ],
    ]);
  });

  test.each(["attempt", "refunded", "token"] as const)(
    "an entry whose %s is not what the machines count",
    async (field) => {
      const at = live.entries.findIndex(({ event }) => event === "claim");
      const entries = live.entries.map((entry, i) => (i === at + 1 ? { ...entry, [field]: entry[field] + 5 } : entry));
      expect(entries[at + 1]!.item).toBeGreaterThanOrEqual(0);
      const replay = new LogReplay({ attemptsMaxOf: () => 1, rollback: false });
      const got = entries.map((entry) => replay.take(entry)).find((text) => text !== undefined);
      expect(got).toMatch(/^it counts 1 attempts, 0 of them forgiven, with token \d+$/);
    },
  );

  test("an event that no machine knows", async () => {
    const entries = live.entries.map((entry) => (entry.event === "release" ? { ...entry, event: "park" } : entry));
    expect((await checked({ ...live, entries })).breaks).toMatchObject([
      { kind: "machine", item: "live", message: expect.stringContaining("no such event") },
    ]);
  });

  test("a plan that is none any more", async () => {
    const record = { ...live.record, planText: live.record.planText.replace('"format":1', '"format":0') };
    expect((await checked({ ...live, record })).breaks).toMatchObject([{ kind: "plan" }]);
  });

  test("a plan whose meaning has changed: it has another hash", async () => {
    const record = { ...live.record, planHash: "0".repeat(live.record.planHash.length) };
    expect((await checked({ ...live, record })).breaks).toMatchObject([
      { kind: "resume", message: expect.stringContaining("got a different one") },
    ]);
  });

  test("a store whose rows are not what its log says", async () => {
    const reader = await stored(live);
    const read = async (id: string): ReturnType<JournalReader["read"]> => {
      const run = await reader.read(id);
      return { ...run, items: run.items.map((row) => ({ ...row, attempt: row.attempt + 1 })) };
    };
    expect((await checked(live, { ...reader, read })).breaks).toMatchObject([{ kind: "journal" }]);
  });

  test("of a live run also whoever brings its plan may say no; of one that has ended nobody is asked", async () => {
    const planFor = async (): Promise<never> => Promise.reject(new Error("its module is gone"));
    const asked = async (run: GoldenRun): Promise<StoredRunCheck> => {
      const reader = await stored(run);
      return checkStoredRun(reader, (await reader.runs())[0]!, { env, planFor });
    };
    expect((await asked(live)).breaks).toEqual([{ kind: "resume", message: "its module is gone" }]);
    expect((await asked(of("a diamond"))).breaks).toEqual([]);
  });
});

test("planOfRun and the check agree on what a grown run's plan is", async () => {
  const grown = versions[0]!.runs.find(({ about }) => about.startsWith("open"))!;
  const run = await (await stored(grown)).read(grown.record.id);
  expect(planOfRun(run).tasks.map(({ key }) => key)).toEqual(["first", "second", "third"]);
});
