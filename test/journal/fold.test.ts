// Goal: the rules by which entries add up to a state, one by one. Method: tiny histories and the rows they must give; the
// stores are held to the same function by the conformance suite.
import { describe, expect, test } from "vitest";
import { ANSWER, foldAudit, isAnswer } from "../../src/journal/fold.ts";
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

  test("I9: a gap in its entries is an error", () => {
    const writer = new HistoryWriter();
    const [first, , third] = [writer.run("running"), writer.item(0, "claimed"), writer.item(0, "done")];
    expect(() => foldAudit([first, third])).toThrow("entry 3 follows entry 1");
  });
});

describe("an item", () => {
  test("begins with the first entry about it that is left, whatever that says", () => {
    const writer = new HistoryWriter();
    const entry = writer.item(3, "claimed", { event: "heartbeat", at: 7 });
    for (const status of ["todo", "claimed", "done", "failed", "cancelled"] as const) {
      const { attempt, refunded, token, seq } = entry;
      expect(foldAudit([{ ...entry, from: status, to: status }]).items).toEqual([
        { item: 3, status, attempt, refunded, token, seq },
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
