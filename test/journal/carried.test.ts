/**
 * Goal: of a compacted log exactly that is left of which the state is made (C2). Method: short histories by hand; what is left as seqs.
 * That it adds up to the same state, at every place of any history: compaction.test.ts.
 */
import { expect, test } from "vitest";
import { CarriedEntries } from "../../src/journal/carried.ts";
import type { JournalEntry } from "../../src/journal/journal.ts";
import { JOURNAL_LIMITS } from "../../src/journal/limits.ts";
import { HistoryWriter } from "../support/journal-history.ts";

function left(entries: readonly JournalEntry[]): number[] {
  const carried = new CarriedEntries<JournalEntry>();
  for (const entry of entries) carried.take(entry, entry);
  const seqs = [...carried.seqs()];
  expect([...carried.values()].map(({ seq }) => seq)).toEqual(seqs);
  expect([carried.size, seqs.every((seq) => carried.has(seq)), carried.has(0)]).toEqual([seqs.length, true, false]);
  return seqs;
}

const made = (make: (writer: HistoryWriter) => JournalEntry[]): number[] => left(make(new HistoryWriter()));

test("C2: of an item that is done its claim and its end are left, and nothing of what agents said for the next holder", () => {
  expect(
    made((writer) => [
      writer.item(0, "claimed", { event: "claim" }),
      writer.item(0, "claimed", { event: "note", reason: { code: "for who comes next" } }),
      writer.item(0, "claimed", { event: "heartbeat", reason: { code: "half of it" } }),
      writer.item(0, "claimed", { event: "heartbeat" }),
      writer.item(0, "done", { event: "complete" }),
    ]),
  ).toEqual([1, 5]);
});

test.each(["done", "cancelled"] as const)("C2: what was said of an item goes when it is %s, not before", (to) => {
  const writer = new HistoryWriter();
  const entries = [
    writer.item(0, "claimed", { event: "claim" }),
    writer.item(0, "claimed", { event: "note", reason: { code: "one" } }),
    writer.item(0, "claimed", { event: "heartbeat", reason: { code: "two" } }),
    writer.item(0, "claimed", { event: "heartbeat" }),
    writer.item(0, "todo", { event: "release" }),
  ];
  // A beat that says nothing is nothing to the next holder.
  expect(left(entries)).toEqual([1, 2, 3, 5]);
  expect(left([...entries, writer.item(0, to)])).toEqual([1, 6]);
});

test("C2: of what heartbeats said the latest are left", () => {
  const max = JOURNAL_LIMITS.carriedHeartbeatsMax;
  const seqs = made((writer) => [
    writer.item(0, "claimed", { event: "claim" }),
    ...Array.from({ length: max + 2 }, (_, at) =>
      writer.item(0, "claimed", { event: "heartbeat", reason: { code: `${at}` } }),
    ),
  ]);
  expect(seqs).toEqual([1, ...Array.from({ length: max }, (_, at) => at + 4)]);
});

test("C2: which files the holder said it touched is left as long as its claim, however much was said", () => {
  const writer = new HistoryWriter();
  const claim = writer.item(0, "claimed", { event: "claim" });
  const beats = Array.from({ length: 2 * JOURNAL_LIMITS.carriedHeartbeatsMax }, (_, at) =>
    writer.item(0, "claimed", { event: "heartbeat", data: { files: [`src/${at}.ts`] } }),
  );
  const entries = [claim, ...beats];
  expect(left(entries)).toHaveLength(entries.length);
  const released = [...entries, writer.item(0, "todo", { event: "release" })];
  expect(left(released)).not.toContain(beats[0]!.seq);
  const again = writer.item(0, "claimed", { event: "claim" });
  const beat = writer.item(0, "claimed", { event: "heartbeat", data: { files: ["a"] } });
  const last = writer.item(0, "claimed", { event: "heartbeat" });
  expect(left([...released, again, beat, last]).slice(-3)).toEqual([again.seq, beat.seq, last.seq]);
});

test("C2: a reason is left until another one is given, or a claim forgets it", () => {
  expect(
    made((writer) => [
      writer.item(0, "claimed"),
      writer.item(0, "todo", { reason: { code: "lost" } }),
      writer.item(0, "claimed"),
    ]),
  ).toEqual([1, 3]);
  expect(
    made((writer) => [
      writer.item(0, "claimed"),
      writer.item(0, "failed", { reason: { code: "exit" } }),
      writer.item(0, "failed", { event: "note" }),
      writer.item(0, "todo"),
    ]),
  ).toEqual([1, 2, 3, 4]);
});

test("C2: the last note about a stage is left, until the item moves; what was prepared stays", () => {
  const writer = new HistoryWriter();
  const entries = [
    writer.item(0, "todo", { event: "prepare_start" }),
    writer.item(0, "todo", { event: "prepared", data: { folder: "x" } }),
    writer.item(0, "claimed", { event: "claim" }),
    writer.item(0, "claimed", { event: "verify" }),
    writer.item(0, "claimed", { event: "heartbeat" }),
  ];
  expect(left(entries.slice(0, 1))).toEqual([1]);
  expect(left(entries.slice(0, 2))).toEqual([1, 2]);
  expect(left(entries)).toEqual([2, 3, 4, 5]);
  expect(left([...entries, writer.item(0, "done", { event: "complete" })])).toEqual([2, 3, 6]);
});

test("C2: the first claim that counts is left, and forgotten with an item none of whose attempts count", () => {
  const writer = new HistoryWriter();
  const entries = [
    writer.item(0, "claimed"),
    writer.item(0, "todo"),
    writer.item(0, "claimed"),
    writer.item(0, "todo"),
  ];
  expect(left(entries)).toEqual([1, 3, 4]);
  const given = new HistoryWriter();
  expect(left([given.item(0, "claimed"), given.item(0, "todo", { refund: true }), given.item(0, "claimed")])).toEqual([
    3,
  ]);
});

test("C2: what added or edited an item is left for ever, and so is everything about the run", () => {
  expect(
    made((writer) => [
      writer.run("running"),
      writer.added(8),
      writer.item(0, "todo", { event: "edit" }),
      writer.item(0, "todo", { event: "edit" }),
      writer.runNote("open", "closed"),
      writer.item(8, "claimed"),
      writer.item(0, "claimed"),
      writer.item(8, "done"),
      writer.item(0, "done"),
    ]),
  ).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("C2, C3: of the answers the latest are left, however many there were", () => {
  const max = JOURNAL_LIMITS.answersMax;
  const writer = new HistoryWriter();
  const carried = new CarriedEntries<undefined>();
  const take = (entry: JournalEntry): void => carried.take(entry, undefined);
  take(writer.run("running"));
  for (let at = 0; at < 3 * max + 5; at++) take({ ...writer.runNote("a", "a"), event: "answer" });
  const seqs = [...carried.seqs()];
  expect([seqs.length, seqs[0], seqs[1], seqs.at(-1)]).toEqual([max + 1, 1, 2 * max + 7, 3 * max + 6]);
});
