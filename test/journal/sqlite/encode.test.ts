// Goal: E1: what is decoded is what was encoded, however many messages, words and entries there are. Method: both sides of the thread, here.
import { expect, test } from "vitest";
import type { JournalEntry } from "../../../src/journal/journal.ts";
import { JOURNAL_LIMITS } from "../../../src/journal/limits.ts";
import { Decoder, Encoder } from "../../../src/journal/sqlite/encode.ts";
import type { AppendMessage } from "../../../src/journal/sqlite/messages.ts";
import { HistoryWriter } from "../../support/journal-history.ts";

const text = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

function rowsOf(entries: readonly JournalEntry[]): object[] {
  return entries.map((entry) => ({ ...entry, reason: text(entry.reason), data: text(entry.data) }));
}

test("E1: appends of several runs in several messages arrive as they were sent, with the texts of the entries that have some", () => {
  const [encoder, decoder, writer] = [new Encoder(), new Decoder(), new HistoryWriter()];
  const appends: readonly (readonly [string, readonly JournalEntry[]])[] = [
    ["a", [writer.run("running"), writer.item(0, "claimed", { actor: "w", reason: { code: "why" } })]],
    ["b", [writer.item(0, "done", { data: null }), writer.item(1, "claimed")]],
    ["a", []],
    ["a", [writer.item(1, "done", { reason: { code: "x" }, data: [1] })]],
  ];
  for (const message of [appends.slice(0, 1), appends.slice(1)]) {
    expect(encoder.empty).toBe(true);
    for (const [run, entries] of message) encoder.add(run, entries);
    expect(encoder.empty).toBe(false);
    expect(decoder.decode(encoder.take())).toEqual(
      message.map(([runId, entries]) => ({ runId, rows: rowsOf(entries) })),
    );
  }
});

test("an append that cannot be stored is left out whole, and those beside it arrive", () => {
  const [encoder, decoder, writer] = [new Encoder(), new Decoder(), new HistoryWriter()];
  const before = [writer.item(0, "claimed", { reason: { code: "kept" } })];
  const after = [writer.item(0, "claimed", { event: "note" }), writer.item(0, "done", { data: { a: 1 } })];
  encoder.add("a", before);
  const fine = writer.item(1, "claimed", { reason: { code: "gone" } });
  expect(() => encoder.add("a", [fine, { ...fine, data: Number.NaN }])).toThrow("Expected JSON, got NaN");
  expect(() => encoder.add("a", [fine, { ...fine, actor: "\ud800" }])).toThrow("well-formed text");
  encoder.add("a", after);
  expect(decoder.decode(encoder.take())).toEqual([
    { runId: "a", rows: rowsOf(before) },
    { runId: "a", rows: rowsOf(after) },
  ]);
});

test("E1: a word travels once, until there are too many: then both sides forget all of them, and begin anew", () => {
  const [encoder, decoder, writer] = [new Encoder(), new Decoder(), new HistoryWriter()];
  const send = (entries: readonly JournalEntry[]): AppendMessage => {
    encoder.add("a", entries);
    const message = encoder.take();
    expect(decoder.decode(message)).toEqual([{ runId: "a", rows: rowsOf(entries) }]);
    return message;
  };
  const noted = (actor: string): JournalEntry => ({ ...writer.runNote("open", "closed"), actor });
  expect(send([noted("w0")]).words).toEqual(["note", "open", "closed", "w0"]);
  expect(send([noted("w0"), noted("w1")]).words).toEqual(["w1"]);
  // Exactly as many words as are remembered.
  const many = Array.from({ length: JOURNAL_LIMITS.wordsMax - 5 }, (_, at) => noted(`w${at + 2}`));
  expect(send(many).words).toHaveLength(many.length);
  expect(send([noted("w9")])).toMatchObject({ words: [], forget: false });
  expect(send([noted("one more")])).toMatchObject({ words: ["one more"], forget: false });
  expect(send([noted("w9")])).toMatchObject({ words: ["note", "open", "closed", "w9"], forget: true });
  expect(send([noted("w9")])).toMatchObject({ words: [], forget: false });
});
