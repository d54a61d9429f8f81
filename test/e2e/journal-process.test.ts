// Goal: what the journal promises across processes: what was acknowledged survives kill -9, one writer at a time, readers
// beside it, a disk that refuses to be written. Method: real writer processes on real files; the test waits for the lines that they print.
import { describe, expect, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { foldAudit } from "../../src/journal/fold.ts";
import type { JournalEntry, JournalReader } from "../../src/journal/journal.ts";
import { openJournalReader } from "../../src/journal/sqlite-reader.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { RUN_ID } from "../support/journal-history.ts";
import { stateFolder } from "../support/state-folder.ts";
import { acknowledgedBy, startWriter } from "./support/journal-process.ts";

const env = nodeEnv();
const KILLS = Number(process.env["SIGNALBOX_KILLS"] ?? 20);

async function everything(journal: JournalReader): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for (;;) {
    const page = await journal.audit(RUN_ID, { after: entries.length, limit: 10_000 });
    entries.push(...page);
    if (page.length === 0) return entries;
  }
}

describe("kill -9", () => {
  test("I7, I9: nothing that was acknowledged is lost, nothing is half there, however often the writer is killed", async () => {
    const directory = stateFolder();
    let stored = 0;
    let acknowledged = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const writer = startWriter([directory]);
      await writer.waitFor("recovered");
      stored = Number(writer.lines[0]!.split(" ")[1]);
      expect(stored, "what the life before acknowledged").toBeGreaterThanOrEqual(acknowledged);
      // Another moment each time; at least one acknowledgement in each life, or the test would show nothing.
      await writer.waitFor("acknowledged", 1 + ((kill * 37) % 120));
      await writer.kill();
      acknowledged = acknowledgedBy(writer);
      expect(acknowledged).toBeGreaterThan(stored);
    }
    const journal = await sqliteJournal({ directory, env });
    try {
      const run = await journal.recover(RUN_ID);
      expect(run.seq).toBeGreaterThanOrEqual(acknowledged);
      expect(run.epoch).toBe(KILLS + 1);
      const audit = await everything(journal);
      expect(audit.map(({ seq }) => seq)).toEqual(audit.map((_, index) => index + 1));
      expect(new Set(audit.map(({ epoch }) => epoch)).size).toBe(KILLS);
      expect(run.items).toEqual(foldAudit(audit).items);
    } finally {
      await journal.close();
    }
  }, 180_000);
});

describe("one writer for each directory (I18)", () => {
  test("a second process is turned away and told who writes there; the first is not disturbed", async () => {
    const directory = stateFolder();
    const first = startWriter([directory]);
    await first.waitFor("acknowledged");
    const second = startWriter([directory]);
    const refused = await second.waitFor("failed");
    expect(refused).toContain(
      `failed state_in_use The state directory ${directory} is in use by process ${first.process.pid}. Wait for its run to end`,
    );
    expect((await second.ended).code).toBe(4);
    const before = first.lines.length;
    await first.waitFor("acknowledged", before + 10);
    await first.kill();
  });

  test("the directory is free as soon as its holder was killed", async () => {
    const directory = stateFolder();
    const holder = startWriter([directory]);
    await holder.waitFor("acknowledged");
    await holder.kill();
    const killedAt = performance.now();
    const journal = await sqliteJournal({ directory, env });
    // The bound is that of I17; it takes a few milliseconds beside the start of a thread.
    expect(performance.now() - killedAt).toBeLessThan(1_000);
    await journal.close();
  });

  test("of many that start at once exactly one writes", async () => {
    const directory = stateFolder();
    const writers = Array.from({ length: 4 }, () => startWriter([directory]));
    const outcomes = await Promise.all(
      writers.map((writer) =>
        Promise.race([writer.waitFor("acknowledged"), writer.waitFor("failed")]).catch(() => "ended"),
      ),
    );
    expect(outcomes.filter((line) => line.startsWith("acknowledged"))).toHaveLength(1);
    expect(outcomes.filter((line) => line.startsWith("failed state_in_use"))).toHaveLength(3);
    await Promise.all(writers.map((writer) => writer.kill()));
  });
});

test("a reader in another process sees every acknowledged entry, and never half an append (I10)", async () => {
  const directory = stateFolder();
  const writer = startWriter([directory]);
  await writer.waitFor("acknowledged");
  const reader = openJournalReader({ directory, env });
  try {
    expect(reader.holder()).toMatchObject({ pid: writer.process.pid });
    for (let look = 1; look <= 20; look++) {
      await writer.waitFor("acknowledged", look * 5);
      const acknowledged = acknowledgedBy(writer);
      const run = await reader.read(RUN_ID);
      expect(run.seq).toBeGreaterThanOrEqual(acknowledged);
      // The writer's appends end where their length, which depends on the seq before, says.
      const audit = (await everything(reader)).slice(0, run.seq);
      expect(run.items).toEqual(foldAudit(audit).items);
      let end = 0;
      while (end < run.seq) end += 1 + (end % 5);
      expect(end).toBe(run.seq);
    }
    const seen: number[] = [];
    for await (const entries of reader.follow(RUN_ID, { pollMs: 1 })) {
      seen.push(...entries.map(({ seq }) => seq));
      if (seen.length > 500) break;
    }
    expect(seen).toEqual(seen.map((_, index) => index + 1));
    await writer.kill();
    expect(reader.holder()).toBeUndefined();
    expect((await reader.runs())[0]!.seq).toBeGreaterThanOrEqual(acknowledgedBy(writer));
  } finally {
    await reader.close();
  }
});

describe("a disk that refuses (I21)", () => {
  // Two real refusals that need no rights: SQLite's own limit of the file, and the system's limit of any file, at which
  // write(2) fails as on a full disk.
  const refusals: Readonly<Record<string, { readonly args: readonly string[]; readonly wrap: readonly string[] }>> = {
    "the database has reached its limit": { args: [String(60 * 4096)], wrap: [] },
    "the system refuses to write more to the file": {
      args: [],
      wrap: ["sh", "-c", "trap '' XFSZ; ulimit -f 1000; exec \"$@\"", "sh"],
    },
  };

  test.each(Object.keys(refusals))(
    "when %s, the writer is told; what was acknowledged is there and nothing is damaged",
    async (what) => {
      const directory = stateFolder();
      const { args, wrap } = refusals[what]!;
      const writer = startWriter([directory, ...args], wrap);
      const failed = await writer.waitFor("failed");
      expect(failed).toMatch(/^failed journal_unavailable The journal .* cannot be used: /);
      await writer.ended;
      const acknowledged = acknowledgedBy(writer);
      expect(acknowledged).toBeGreaterThan(10);
      const journal = await sqliteJournal({ directory, env });
      try {
        const run = await journal.recover(RUN_ID);
        expect(run.seq).toBeGreaterThanOrEqual(acknowledged);
        expect(run.items).toEqual(foldAudit(await everything(journal)).items);
      } finally {
        await journal.close();
      }
      const again = startWriter([directory]);
      await again.waitFor("acknowledged", 3);
      await again.kill();
    },
  );
});
