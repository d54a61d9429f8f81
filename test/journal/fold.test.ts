// Goal: the rules by which entries add up to a state, one by one. Method: tiny histories and the rows they must give; the
// stores are held to the same function by the conformance suite.
import { describe, expect, test } from "vitest";
import { ANSWER, delayedUntil, foldAudit, isAnswer, isGrowth, settledSeqOf } from "../../src/journal/fold.ts";
import type { JournalEntry } from "../../src/journal/journal.ts";
import { HistoryWriter } from "../support/journal-history.ts";

describe("a run", () => {
  test("is planned before its first entry", () => {
    expect(foldAudit([])).toEqual({ status: "planned", seq: 0, epoch: 1, items: [] });
  });

  test("starts with its first `running`, ends with its last outcome, and has no end while it goes on", () => {
    const writer = new HistoryWriter();
    const entries = [
      writer.run("running", { at: 1 }),
      writer.run("paused", { at: 2 }),
      writer.run("running", { at: 3 }),
      writer.run("failed", { at: 4 }),
    ];
    expect(foldAudit(entries)).toMatchObject({ status: "failed", startedAt: 1, finishedAt: 4 });
    const reopened = foldAudit([...entries, writer.run("running", { at: 5 })]);
    expect(reopened).toMatchObject({ status: "running", startedAt: 1 });
    expect(reopened).not.toHaveProperty("finishedAt");
  });

  test("is not moved by a note about something else of it", () => {
    const writer = new HistoryWriter();
    expect(foldAudit([writer.run("running"), writer.runNote("open", "closed")])).toMatchObject({
      status: "running",
      seq: 2,
    });
  });

  test("is in the latest life that an entry tells of, also where a base has left gaps", () => {
    const writer = new HistoryWriter();
    const one = writer.run("running", { at: 1 });
    writer.epoch = 3;
    const [two, three] = [writer.item(0, "claimed"), writer.item(0, "done")];
    expect(foldAudit([one])).toMatchObject({ epoch: 1 });
    expect(foldAudit([one, two, three])).toMatchObject({ epoch: 3, seq: 3 });
    expect(foldAudit([three], 3)).toMatchObject({ epoch: 3, seq: 3 });
    // What an older life wrote late does not bring that one back.
    expect(foldAudit([one, two, { ...three, epoch: 2 }])).toMatchObject({ epoch: 3 });
  });

  test("I9: up to its base entries may be missing but not out of order, behind it none may", () => {
    const writer = new HistoryWriter();
    const [one, two, three, four, five] = Array.from({ length: 5 }, () => writer.runNote("a", "b")) as [
      JournalEntry,
      JournalEntry,
      JournalEntry,
      JournalEntry,
      JournalEntry,
    ];
    expect(foldAudit([one, three, four], 3)).toMatchObject({ seq: 4 });
    expect(foldAudit([two, four, five], 3)).toMatchObject({ seq: 5 });
    expect(foldAudit([four], 3)).toMatchObject({ seq: 4 });
    for (const wrong of [[two, one], [one, one], [one, five], [three, four, four], [five], [three, five]])
      expect(() => foldAudit(wrong, 3)).toThrow("follows entry");
    expect(() => foldAudit([two])).toThrow("entry 2 follows entry 0");
  });

  test("keeps the time of its end when it is told of again, and gets a new one with another outcome", () => {
    const writer = new HistoryWriter();
    const ended = [writer.run("running", { at: 1 }), writer.run("failed", { at: 4 })];
    const again = writer.run("failed", { at: 8 });
    expect(foldAudit([...ended, again])).toMatchObject({ status: "failed", finishedAt: 4 });
    expect(foldAudit([...ended, again, writer.run("done", { at: 9 })])).toMatchObject({ finishedAt: 9 });
    expect(foldAudit([writer.run("running", { at: 5 })].map((entry) => ({ ...entry, seq: 1 })))).toStrictEqual({
      status: "running",
      seq: 1,
      epoch: 1,
      startedAt: 5,
      items: [],
    });
  });

  test("I9: a gap in its entries is an error", () => {
    const writer = new HistoryWriter();
    const [first, , third] = [writer.run("running"), writer.item(0, "claimed"), writer.item(0, "done")];
    expect(() => foldAudit([first, third])).toThrow("entry 3 follows entry 1");
  });
});

describe("an item", () => {
  test("has no key for what is not known of it, and every key for what is", () => {
    const writer = new HistoryWriter();
    const first = writer.item(2, "todo", { event: "note" });
    const nothing = { item: 2, status: "todo", attempt: 0, refunded: 0, token: 0, seq: 1, updatedAt: first.at };
    expect(foldAudit([first]).items).toStrictEqual([nothing]);
    const why = { code: "why" };
    const claimed = [
      first,
      writer.item(2, "claimed", { at: 5, actor: "w" }),
      writer.item(2, "claimed", { event: "verify" }),
    ];
    const claim = { claimedAt: 5, claimToken: 2, firstClaimedAt: 5 };
    expect(foldAudit(claimed).items).toStrictEqual([
      {
        ...nothing,
        status: "claimed",
        attempt: 1,
        token: 2,
        seq: 3,
        updatedAt: claimed[2]!.at,
        holder: "w",
        ...claim,
        stage: "verifying",
      },
    ]);
    const done = [...claimed, writer.item(2, "done", { at: 9, data: { a: 1 }, reason: why })];
    const settled = { status: "done", attempt: 1, token: 0, settledAt: 9, updatedAt: 9, output: { a: 1 }, reason: why };
    expect(foldAudit(done).items).toStrictEqual([{ ...nothing, ...settled, seq: 4, ...claim }]);
    const undone = [...done, writer.item(2, "done", { event: "undo_failed", reason: { code: "exit" } })];
    const stage = { stage: "undo_failed", stageReason: { code: "exit" }, settledSeq: 4, updatedAt: undone.at(-1)!.at };
    expect(foldAudit(undone).items).toStrictEqual([{ ...nothing, ...settled, seq: 5, ...claim, ...stage }]);
  });

  test("is in one of its five states, or the log is none", () => {
    const entry = new HistoryWriter().item(0, "claimed");
    expect(() => foldAudit([{ ...entry, to: "lost" }])).toThrow("an item is lost");
  });

  test("begins with the first entry about it that is left, whatever that says", () => {
    const writer = new HistoryWriter();
    const entry = writer.item(3, "claimed", { event: "heartbeat", at: 7 });
    for (const status of ["todo", "claimed", "done", "failed", "cancelled"] as const) {
      const { attempt, refunded, token, seq } = entry;
      expect(foldAudit([{ ...entry, from: status, to: status }]).items).toEqual([
        { item: 3, status, attempt, refunded, token, seq, updatedAt: 7 },
      ]);
    }
  });

  test("forgets when it was first claimed once all its attempts are refunded: a deadline counts anew", () => {
    const writer = new HistoryWriter();
    const spent = [
      writer.item(0, "claimed", { at: 1 }),
      writer.item(0, "failed", { at: 2 }),
      writer.item(0, "todo", { at: 3 }),
      writer.item(0, "claimed", { at: 4 }),
      writer.item(0, "todo", { at: 5, refund: true }),
    ];
    expect(foldAudit(spent).items[0]).toMatchObject({ firstClaimedAt: 1, attempt: 2, refunded: 1 });
    const forgiven = [...spent, { ...writer.item(0, "todo"), refunded: 2 }];
    expect(foldAudit(forgiven).items[0]).not.toHaveProperty("firstClaimedAt");
    expect(foldAudit([...forgiven, { ...writer.item(0, "claimed", { at: 9 }), refunded: 2 }]).items[0]).toMatchObject({
      firstClaimedAt: 9,
    });
  });

  test("waits until its requeue's delay is over, whatever is noted meanwhile, and no longer once it was claimed", () => {
    const writer = new HistoryWriter();
    const entries = [
      writer.item(0, "claimed"),
      writer.item(0, "failed"),
      writer.item(0, "todo", { event: "requeue", at: 1_000, data: { delay_ms: 500 } }),
      writer.item(0, "todo", { event: "complete", at: 1_200 }),
    ];
    expect(foldAudit(entries).items[0]).toMatchObject({ status: "todo", delayedUntil: 1_500 });
    expect(foldAudit([...entries, writer.item(0, "claimed")]).items[0]).not.toHaveProperty("delayedUntil");
    const atOnce = new HistoryWriter();
    const noDelay = ["claimed", "failed"].map((to) => atOnce.item(1, to as "failed"));
    const again = atOnce.item(1, "todo", { event: "requeue", data: { delay_ms: 0 } });
    expect(foldAudit([...noDelay, again]).items[0]).not.toHaveProperty("delayedUntil");
  });

  test("is in the stage that its last note about one tells of, until its next transition", () => {
    const writer = new HistoryWriter();
    const entries = [writer.item(0, "claimed"), writer.item(0, "claimed", { event: "verify" })];
    const stageOf = (): unknown => {
      const { stage, stageReason } = foldAudit(entries).items[0]!;
      return stageReason === undefined ? stage : [stage, stageReason];
    };
    expect(stageOf()).toBe("verifying");
    entries.push(writer.item(0, "done", { event: "complete" }));
    expect(stageOf()).toBe(undefined);
    entries.push(writer.item(0, "done", { event: "undo_start" }));
    expect(stageOf()).toBe("undoing");
    entries.push(writer.item(0, "done", { event: "undo" }));
    expect(stageOf()).toBe("undone");
    entries.push(writer.item(0, "done", { event: "undo_failed", reason: { code: "exit" } }));
    entries.push(writer.item(0, "done", { event: "report", reason: { code: "stale_fencing_token" } }));
    expect(stageOf()).toEqual(["undo_failed", { code: "exit" }]);
    expect(foldAudit(entries).items[0]).toMatchObject({ settledSeq: 3, seq: 7 });
  });

  test("S2-02: has a stage while it is prepared, until it is claimed", () => {
    const writer = new HistoryWriter();
    const entries = ["prepare_start", "prepared"].map((event) => writer.item(0, "todo", { event }));
    expect(foldAudit(entries.slice(0, 1)).items[0]).toMatchObject({ status: "todo", stage: "preparing" });
    expect(foldAudit(entries).items[0]).toMatchObject({ status: "todo", stage: "prepared" });
    const edited = [...entries, writer.item(0, "todo", { event: "edit" })];
    expect(foldAudit(edited).items[0]).not.toHaveProperty("stage");
    const anew = [...edited, writer.item(0, "todo", { event: "prepare_start" })];
    expect(foldAudit(anew).items[0]).toMatchObject({ stage: "preparing" });
    expect(foldAudit([...anew, writer.item(0, "claimed")]).items[0]).not.toHaveProperty("stage");
  });

  test("keeps why its last attempt failed until it is claimed again", () => {
    const writer = new HistoryWriter();
    const why = { code: "exit", message: "exit code 3" };
    const entries = [writer.item(0, "claimed"), writer.item(0, "failed", { reason: why }), writer.item(0, "todo")];
    expect(foldAudit(entries).items[0]).toMatchObject({ status: "todo", reason: why });
    expect(foldAudit([...entries, writer.item(0, "claimed")]).items[0]).not.toHaveProperty("reason");
  });
});

test("an answer to a request is kept with the run; what an item tells is none, whatever it is called", () => {
  expect([-1, 0, 7].map((item) => isAnswer({ item, event: ANSWER }))).toEqual([true, false, false]);
  expect(isAnswer({ item: -1, event: "note" })).toBe(false);
});

test("what adds an item or edits one changes the plan; what is said of the run does not, whatever it is called", () => {
  const growth = [
    { item: 0, event: "add", from: "new" },
    { item: 3, event: "edit", from: "todo" },
    { item: 3, event: "claim", from: "todo" },
    { item: -1, event: "edit", from: "running" },
    { item: -1, event: "add", from: "new" },
  ];
  expect(growth.map(isGrowth)).toEqual([true, true, false, false, false]);
});

test("only a requeue to `todo` with a delay above nothing is waited for", () => {
  const wait = { event: "requeue", to: "todo", at: 100, data: { delay_ms: 5 } };
  expect(delayedUntil(wait)).toBe(105);
  const none = [
    { ...wait, event: "release" },
    { ...wait, to: "failed" },
    { ...wait, data: null },
    { ...wait, data: "delay_ms" },
    { ...wait, data: {} },
    { ...wait, data: { delay_ms: "5" } },
    { ...wait, data: { delay_ms: 0 } },
    { ...wait, data: { delay_ms: -5 } },
    { event: "requeue", to: "todo", at: 100 },
  ];
  for (const each of none) expect(delayedUntil(each), JSON.stringify(each)).toBeUndefined();
});

test("items are in the order in which they settled, whatever was noted of them afterwards", () => {
  const writer = new HistoryWriter();
  const entries = [
    writer.item(0, "cancelled"),
    writer.item(1, "cancelled"),
    writer.item(0, "cancelled", { event: "note" }),
  ];
  const { items } = foldAudit([...entries, writer.item(0, "cancelled", { event: "note" })]);
  expect(items.map(({ settledSeq, seq }) => [settledSeq, seq])).toEqual([
    [1, 4],
    [undefined, 2],
  ]);
  expect(items.map(settledSeqOf)).toEqual([1, 2]);
});
