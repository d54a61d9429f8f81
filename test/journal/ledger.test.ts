// Goal: I3, I9, I9b, L4: an entry is taken only when it continues its run, and the head says what the entries taken come to. Method: a ledger
// alone, with entries that are wrong in one place; the stores are held to the same by the conformance suite.
import { describe, expect, test } from "vitest";
import type { JournalEntry } from "../../src/journal/journal.ts";
import { checkWord, RunLedger } from "../../src/journal/ledger.ts";
import { HistoryWriter } from "../support/journal-history.ts";

describe("the head", () => {
  test("counts items by their states, those that were added too, and knows how far the run is", () => {
    const ledger = new RunLedger(3);
    const writer = new HistoryWriter();
    expect(ledger.head).toEqual({
      seq: 0,
      epoch: 1,
      status: "planned",
      startedAt: undefined,
      finishedAt: undefined,
      added: 0,
      counts: { todo: 3, claimed: 0, done: 0, failed: 0, cancelled: 0 },
    });
    ledger.accept([writer.item(0, "claimed"), writer.item(1, "cancelled"), writer.added(3), writer.added(4)]);
    ledger.accept([writer.item(0, "done"), writer.item(4, "claimed"), writer.item(4, "failed")]);
    expect(ledger.head).toMatchObject({ seq: 7, added: 2 });
    expect(ledger.head.counts).toEqual({ todo: 2, claimed: 0, done: 1, failed: 1, cancelled: 1 });
    expect(ledger.size).toBe(5);
    expect([0, 1, 2, 3, 4].map((item) => ledger.statusOf(item))).toEqual([
      "done",
      "cancelled",
      "todo",
      "todo",
      "failed",
    ]);
  });

  test("has the time of the first start, and that of an end until the run goes on", () => {
    const ledger = new RunLedger(0);
    const writer = new HistoryWriter();
    const times = (entry: JournalEntry): unknown[] => {
      ledger.accept([entry]);
      return [ledger.head.status, ledger.head.startedAt, ledger.head.finishedAt];
    };
    expect(times(writer.runNote("open", "closed"))).toEqual(["planned", undefined, undefined]);
    expect(times(writer.run("running", { at: 1 }))).toEqual(["running", 1, undefined]);
    expect(times(writer.run("paused", { at: 2 }))).toEqual(["paused", 1, undefined]);
    expect(times(writer.run("running", { at: 3 }))).toEqual(["running", 1, undefined]);
    expect(times(writer.run("stalled", { at: 4 }))).toEqual(["stalled", 1, 4]);
    expect(times(writer.run("stalled", { at: 5 }))).toEqual(["stalled", 1, 4]);
    expect(times(writer.run("failed", { at: 6 }))).toEqual(["failed", 1, 6]);
    expect(times(writer.run("running", { at: 7 }))).toEqual(["running", 1, undefined]);
  });

  test("is as before when one entry of an append is refused", () => {
    const ledger = new RunLedger(2);
    const writer = new HistoryWriter();
    ledger.accept([writer.run("running"), writer.item(0, "claimed")]);
    const before = structuredClone(ledger.head);
    const some = [writer.item(1, "claimed"), writer.added(2), writer.run("paused")];
    expect(() => ledger.accept([...some, { ...writer.item(0, "done"), from: "todo" }])).toThrow("refused entry 6");
    expect(ledger.head).toEqual(before);
  });
});

describe("an entry is refused", () => {
  /** Two items at first and one that was added; the next entry would be the fourth. */
  const refused = (change: Partial<JournalEntry>, words: string): void => {
    const ledger = new RunLedger(2);
    const writer = new HistoryWriter();
    ledger.accept([writer.run("running"), writer.added(2), writer.item(0, "claimed")]);
    const next = writer.item(0, "done");
    expect(() => ledger.accept([{ ...next, ...change }])).toThrow(
      `the journal refused entry ${change.seq ?? 4}: expected ${words}`,
    );
    const same = new RunLedger(2);
    const again = new HistoryWriter();
    same.accept([again.run("running"), again.added(2), again.item(0, "claimed"), next]);
    expect(same.head.counts).toMatchObject({ done: 1 });
  };

  test.each<readonly [string, Partial<JournalEntry>, string]>([
    ["with a gap before it (I9)", { seq: 5 }, "seq 4, got seq 5"],
    ["that was there (I9)", { seq: 3 }, "seq 4, got seq 3"],
    ["of an older life (L4)", { epoch: 0 }, "epoch 1, got epoch 0"],
    ["of a life to come (L4)", { epoch: 2 }, "epoch 1, got epoch 2"],
    ["from another state (I3)", { from: "todo" }, "a transition of item 0 from 'claimed', got one from 'todo'"],
    ["to a state that is none", { to: "lost" }, "a state of an item, got 'lost'"],
    ["about an item behind the last one", { item: 3, from: "todo" }, "an item below 3, got item 3"],
    ["about an item far behind the last one", { item: 60, from: "todo" }, "an item below 3, got item 60"],
    ["about less than the run", { item: -2, from: "todo" }, "an item below 3, got item -2"],
    ["that adds an item again (I9b)", { item: 2, from: "new", to: "todo" }, "a new item with the number 3"],
    ["that leaves out a number (I9b)", { item: 4, from: "new", to: "todo" }, "a new item with the number 3"],
    ["that adds an item in hand (I9b)", { item: 3, from: "new", to: "claimed" }, "a new item that is 'todo'"],
    [
      "of a run in another state (I3)",
      { item: -1, from: "paused", to: "done" },
      "a transition of the run from 'running'",
    ],
    ["at half a millisecond", { at: 1.5 }, "`at` in whole milliseconds"],
    ["at no time", { at: Number.NaN }, "`at` in whole milliseconds"],
    ["three hundred years on", { mono: 9e12 + 1 }, "`mono` in milliseconds"],
    ["three hundred years back", { mono: -9e12 - 1 }, "`mono` in milliseconds"],
    ["at no moment", { mono: Number.NaN }, "`mono` in milliseconds"],
    ["about half an item", { item: 0.5 }, "the number of an item, or -1"],
    ["of an attempt below none", { attempt: -1 }, "`attempt` to be a count"],
    ["of half an attempt", { attempt: 0.5 }, "`attempt` to be a count"],
    ["that refunds half", { refunded: 0.5 }, "`refunded` to be a count"],
    ["that refunds below nothing", { refunded: -1 }, "`refunded` to be a count"],
    ["with a token below none", { token: -1 }, "`token` to be a whole number"],
    ["with a token too large to count", { token: 2 ** 53 }, "`token` to be a whole number"],
  ])("%s", (_, change, words) => refused(change, words));

  test("but not for numbers at the ends of what is allowed", () => {
    const ledger = new RunLedger(1);
    const writer = new HistoryWriter();
    const numbers = { attempt: 0, refunded: 0, token: 2 ** 53 - 1 };
    ledger.accept([
      { ...writer.item(0, "claimed"), ...numbers, at: -(2 ** 53) + 1, mono: 9e12 },
      { ...writer.item(0, "done"), ...numbers, mono: -9e12 },
    ]);
    expect(ledger.head).toMatchObject({ seq: 2, counts: { done: 1 } });
  });
});

test("I9c: where entries are gone, one leads to its state from wherever the item was", () => {
  const ledger = new RunLedger(1);
  ledger.putItem({ seq: 4, item: 0, to: "failed" });
  ledger.putItem({ seq: 9, item: 0, to: "done" });
  expect(ledger.head.counts).toEqual({ todo: 0, claimed: 0, done: 1, failed: 0, cancelled: 0 });
  expect(() => ledger.putItem({ seq: 10, item: 1, to: "done" })).toThrow("refused entry 10");
});

test("a run without items takes as many as are added, however many come, and forgets none", () => {
  const ledger = new RunLedger(0);
  const writer = new HistoryWriter();
  for (let item = 0; item < 200; item++) ledger.accept([writer.added(item), writer.item(item, "claimed")]);
  expect(Array.from({ length: 200 }, (_, item) => ledger.statusOf(item))).toEqual(
    Array.from({ length: 200 }, () => "claimed"),
  );
  expect(ledger.head).toMatchObject({ added: 200, counts: { todo: 0, claimed: 200 } });
});

test("words are kept as they are, or refused", () => {
  for (const word of ["", "claim", "Ünïcødé 🚦", "'; DROP"]) expect(() => checkWord(word)).not.toThrow();
  for (const word of ["\ud800", "a\0b", "\0"]) expect(() => checkWord(word)).toThrow("well-formed text without NUL");
  for (const value of [undefined, 7, null])
    expect(() => checkWord(value as unknown as string)).toThrow("expected a word");
});
