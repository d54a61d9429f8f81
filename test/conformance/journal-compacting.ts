/** Part of the journal suite: what of an audit log was removed is in a file, and everything else is as if it was still there. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { foldAudit } from "../../src/journal/fold.ts";
import { readExportedLog } from "../../src/journal/exported-log.ts";
import type { Journal, JournalEntry, RunRecord } from "../../src/journal/journal.ts";
import { histories, HistoryWriter, RUN_ID, runRecord } from "../support/journal-history.ts";
import { stateFolder } from "../support/state-folder.ts";
import { ALL, openWith, refusal, type OpenJournal } from "./journal-under-test.ts";

export function compactingConformance(openJournal: OpenJournal): void {
  const open = (record?: RunRecord): Promise<Journal> => openWith(openJournal, record);

  /** A claimed item with many heartbeats, done in the end; then another one that is claimed. */
  async function busyRun(): Promise<{ journal: Journal; writer: HistoryWriter; entries: JournalEntry[] }> {
    const journal = await open();
    const writer = new HistoryWriter();
    const entries = [writer.run("running"), writer.item(0, "claimed", { event: "claim" })];
    for (let beat = 0; beat < 30; beat++) entries.push(writer.item(0, "claimed", { event: "heartbeat" }));
    entries.push(writer.item(0, "done", { event: "complete", data: { a: 1 } }));
    entries.push(writer.item(1, "claimed", { event: "claim", actor: "a worker" }));
    await journal.append(RUN_ID, entries);
    return { journal, writer, entries };
  }

  test("I9: the state before and after any compaction is one and the same, and so is what follows", async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 3 }), async (made, cuts) => {
        const { journal, reopen } = await openJournal();
        let current = journal;
        try {
          await current.createRun(runRecord());
          const appends = made.map((entries) => entries.map(withMeaning));
          const all: JournalEntry[] = [];
          let baseSeq = 0;
          for (const [index, entries] of appends.entries()) {
            await current.append(RUN_ID, entries);
            all.push(...entries);
            for (const [, where] of cuts.filter(([when]) => when % appends.length === index)) {
              const before = plainRun(await current.read(RUN_ID));
              const { baseSeq: at } = await current.compact(RUN_ID, {
                upTo: where % (all.length + 1),
                exportTo: false,
              });
              baseSeq = Math.max(baseSeq, at);
              expect(plainRun(await current.read(RUN_ID))).toEqual(before);
            }
          }
          const { startedAt: _, finishedAt: __, ...whole } = foldAudit(all);
          const left = await current.audit(RUN_ID, { ...ALL, withGaps: true });
          expect(foldAudit(left, baseSeq)).toMatchObject(whole);
          expect(await current.audit(RUN_ID, ALL)).toEqual(all.slice(baseSeq));
          if (reopen !== undefined) {
            await current.close();
            current = await reopen();
          }
          // The check of a recovery agrees with what is left.
          await expect(current.recover(RUN_ID)).resolves.toMatchObject({
            seq: all.length,
            items: foldAudit(all).items,
          });
        } finally {
          await current.close();
        }
      }),
      { numRuns: 8 },
    );
  });

  test("what goes is in the file first: every entry, with a checksum that is checked when it is read", async () => {
    const { journal, entries } = await busyRun();
    const exportTo = stateFolder();
    const compaction = await journal.compact(RUN_ID, { upTo: entries.length, exportTo });
    expect(compaction).toMatchObject({ baseSeq: entries.length, removed: 30, kept: entries.length - 30 });
    const file = compaction.file!;
    expect(readdirSync(exportTo)).toHaveLength(1);
    expect((statSync(file).mode & 0o777).toString(8)).toBe("600");
    const read: JournalEntry[] = [];
    const log = await readExportedLog(file, (entry) => read.push(entry));
    expect(log).toMatchObject({
      runId: RUN_ID,
      name: "a run",
      after: 0,
      upTo: entries.length,
      entries: entries.length,
    });
    expect(read).toEqual(entries);
    const text = readFileSync(file, "utf8");
    for (const spoiled of [
      text.replace('"a worker"', '"b worker"'),
      text.slice(0, -1).replace(/\n[^\n]*$/, ""),
      text.slice(0, 300),
    ]) {
      writeFileSync(file, spoiled);
      await expect(readExportedLog(file)).rejects.toMatchObject({ code: "journal_corrupt" });
    }
  });

  test("asking for what was removed is refused; without a place the log begins where it is whole", async () => {
    const { journal, writer, entries } = await busyRun();
    await journal.compact(RUN_ID, { upTo: 20, exportTo: false });
    for (const after of [0, 1, 19])
      expect(await refusal(() => journal.audit(RUN_ID, { after }))).toMatchObject({
        code: "history_removed",
        message: expect.stringContaining(`expected a version from 20 on, got ${after}`),
      });
    expect(await journal.audit(RUN_ID, { after: 20 })).toEqual(entries.slice(20));
    expect(await journal.audit(RUN_ID)).toEqual(entries.slice(20));
    expect(await journal.audit(RUN_ID, { event: "claim" })).toEqual([entries[33]]);
    const left = await journal.audit(RUN_ID, { withGaps: true, item: 0 });
    expect(left.map(({ seq }) => seq)).toEqual([2, 20, ...Array.from({ length: 13 }, (_, i) => 21 + i)]);
    expect((await journal.runs())[0]).toMatchObject({ baseSeq: 20 });
    expect(await journal.read(RUN_ID)).toMatchObject({ baseSeq: 20 });
    // Whoever writes goes on as before.
    await journal.append(RUN_ID, [writer.item(1, "done", { event: "complete" })]);
    expect((await journal.audit(RUN_ID, { after: 34 })).map(({ seq }) => seq)).toEqual([35]);
  });

  test("what cannot be exported stays; a place beyond the log and a compaction of nothing change nothing", async () => {
    const { journal, entries } = await busyRun();
    const file = `${stateFolder()}-a-file`;
    writeFileSync(file, "");
    const upTo = entries.length;
    expect(await refusal(() => journal.compact(RUN_ID, { upTo, exportTo: file }))).toMatchObject({
      code: "state_unwritable",
      message: expect.stringContaining("nothing was removed"),
    });
    for (const beyond of [upTo + 1, -1, 1.5])
      expect(await refusal(() => journal.compact(RUN_ID, { upTo: beyond, exportTo: false }))).toMatchObject({
        code: "invalid_usage",
      });
    const folder = stateFolder();
    expect(await journal.compact(RUN_ID, { upTo: 3, exportTo: folder })).toEqual({ baseSeq: 0, removed: 0, kept: 0 });
    expect(existsSync(folder)).toBe(false);
    expect(await journal.audit(RUN_ID, { after: 0 })).toEqual(entries);
    expect(
      await refusal(() => journal.compact("01a1fd72-ebb9-7728-91f6-000000000000", { upTo: 0, exportTo: false })),
    ).toMatchObject({ code: "run_not_found" });
  });

  test("a compaction up to before the base changes nothing and writes no file", async () => {
    const { journal, entries } = await busyRun();
    expect(await journal.compact(RUN_ID, { upTo: 20, exportTo: false })).toEqual({ baseSeq: 20, removed: 17, kept: 3 });
    const before = { baseSeq: 20, removed: 0, kept: 3 };
    const folder = stateFolder();
    for (const upTo of [0, 10, 20]) expect(await journal.compact(RUN_ID, { upTo, exportTo: folder })).toEqual(before);
    expect(existsSync(folder)).toBe(false);
    expect(await journal.audit(RUN_ID)).toEqual(entries.slice(20));
  });

  test("what agents left for the next holder of an open item stays, and goes when it is done", async () => {
    const journal = await open();
    const writer = new HistoryWriter();
    const note = (item: number): JournalEntry =>
      writer.item(item, writer.statusOf(item), { event: "note", data: { note: "x" } });
    const said = (item: number): JournalEntry =>
      writer.item(item, "claimed", { event: "heartbeat", reason: { code: "said" } });
    const entries = [note(0), note(1), writer.item(0, "claimed"), writer.item(1, "claimed")];
    for (let beat = 0; beat < 25; beat++) entries.push(said(0), said(1));
    entries.push(writer.item(1, "done"));
    await journal.append(RUN_ID, entries);
    await journal.compact(RUN_ID, { upTo: entries.length, exportTo: false });
    const left = (event: string, item: number) => journal.audit(RUN_ID, { withGaps: true, event, item });
    expect(await left("note", 0)).toHaveLength(1);
    expect(await left("heartbeat", 0)).toHaveLength(20);
    expect((await left("heartbeat", 0)).at(-1)!.seq).toBe(53);
    // The first entry about an item is where its row begins, whatever it says.
    expect(await left("heartbeat", 1)).toEqual([]);
    onTestFinished(() => journal.close());
  });
}

/** Some of the entries that move nothing get words that a compaction looks at. */
function withMeaning(entry: JournalEntry): JournalEntry {
  // An edit never moves an item.
  if (entry.from !== entry.to) return entry.event === "edit" ? { ...entry, event: "moved" } : entry;
  if (entry.event === "edit") return entry;
  if (entry.item < 0)
    return entry.seq % 2 === 0 && entry.event === "note"
      ? { ...entry, event: "answer", data: { key: entry.seq } }
      : entry;
  const event = ["note", "heartbeat", "prepared", entry.event][entry.seq % 4]!;
  return { ...entry, event };
}

function plainRun({ baseSeq: _, ...run }: Awaited<ReturnType<Journal["read"]>>): object {
  return run;
}
