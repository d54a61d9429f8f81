/** Goal: what the board keeps is what it was told, in the order of versions. Method: the parts alone, with made-up answers. */
import { describe, expect, test } from "vitest";
import { createActor } from "xstate";
import { readAddress, writeAddress, type Address } from "../../src/board/data/address.ts";
import { attemptsOf } from "../../src/board/data/attempts.ts";
import { bulkMachine } from "../../src/board/data/bulk.ts";
import { connectionMachine, retryDelayMs, RETRY_MS_MAX } from "../../src/board/data/connection.ts";
import { failuresOf } from "../../src/board/data/failures.ts";
import { canNow } from "../../src/board/data/item-events.ts";
import { readFilter } from "../../src/board/data/filter.ts";
import { stateWord } from "../../src/board/data/lamp.ts";
import { ItemStore, takesChanges } from "../../src/board/data/item-store.ts";
import { columnOf, nextUpOf } from "../../src/board/data/order.ts";
import { LogBuffer, pauseLeft } from "../../src/board/data/log-buffer.ts";
import { paceOf } from "../../src/board/data/pace.ts";
import { runState } from "../../src/board/data/run-state.ts";
import { readEvents } from "../../src/board/data/sse.ts";
import type { Row } from "../../src/board/data/wire.ts";
import { undoneInWords } from "../../src/board/ui/row-in-words.ts";
import { whyNotMore } from "../../src/board/ui/why-not-more.ts";
import { itemOf, snapshotOf } from "../support/board-item.ts";

const idOf = (number: number): string => `00000000-0000-0000-0000-${String(number).padStart(12, "0")}`;
const rowOf = (changes: Partial<Row>): Row => ({
  seq: 1,
  at: "2026-11-21T10:00:00.000Z",
  run_id: idOf(0),
  event: "item.note",
  from: "claimed",
  to: "claimed",
  actor: "ada",
  ...changes,
});

describe("the items", () => {
  const a = itemOf({ id: idOf(1), key: "a", seq: 1 });
  const b = itemOf({ id: idOf(2), key: "b", seq: 2, ready: false, dependencies: [a.id], blocked_by: [a.id] });

  test("P2: a picture that was given out stays as it was", () => {
    const store = new ItemStore();
    store.apply([snapshotOf(2, [a, b])]);
    const before = store.picture();
    store.apply([snapshotOf(3, [{ ...a, status: "claimed", seq: 3 }])]);
    expect(before.items.map(({ status }) => status)).toEqual(["todo", "todo"]);
    expect(before.item(a.id)?.status).toBe("todo");
    expect(store.picture().counts).toMatchObject({ claimed: 1, blocked: 1, ready: 0 });
    expect(store.picture().dependents(a.id)).toEqual([b.id]);
  });

  test("P3: an older answer overwrites nothing, and the version never goes back", () => {
    const store = new ItemStore();
    store.apply([snapshotOf(5, [{ ...a, status: "done", seq: 5 }])]);
    store.apply([snapshotOf(3, [{ ...a, status: "claimed", seq: 3 }])]);
    expect(store.picture()).toMatchObject({ seq: 5, counts: { done: 1, claimed: 0 } });
  });

  test("root failures stand apart from everything that waits behind them", () => {
    const store = new ItemStore();
    const failed = { ...a, status: "failed" as const };
    const behind = itemOf({ id: idOf(3), ready: false, dependencies: [b.id], blocked_by: [b.id] });
    const other = itemOf({ id: idOf(4), ready: false, dependencies: [idOf(9)], blocked_by: [idOf(9)] });
    store.apply([snapshotOf(2, [failed, b, behind, other])]);
    const { roots, held } = failuresOf(store.picture());
    expect(roots.map(({ key }) => key)).toEqual(["a"]);
    expect([...held]).toEqual([b.id, behind.id]);
  });

  test("what was cancelled holds what needs it as a failure does, and is told apart from one", () => {
    const store = new ItemStore();
    const cancelled = { ...a, status: "cancelled" as const };
    const lonely = itemOf({ id: idOf(5), status: "cancelled" });
    const behind = itemOf({ id: idOf(3), ready: false, dependencies: [b.id], blocked_by: [b.id] });
    store.apply([snapshotOf(2, [cancelled, lonely, b, behind])]);
    const { roots, cancelled: found, held } = failuresOf(store.picture());
    expect(roots).toEqual([]);
    expect(found.map(({ key }) => key)).toEqual(["a"]);
    expect([...held]).toEqual([b.id, behind.id]);
    expect(runState(store.picture())).toEqual(["failed", "Held up"]);
    expect(whyNotMore(store.picture(), undefined)).toBe(
      "Everything that is left (2 items) waits behind what was cancelled.",
    );
  });

  test("how the whole is follows from its own state first: a run that takes back what was done is no idle one", () => {
    const store = new ItemStore();
    const tell = (seq: number, status: string, items = [{ ...a, status: "done" as const }]) => {
      store.apply([snapshotOf(seq, items, status)]);
      return [runState(store.picture())[1], whyNotMore(store.picture(), undefined)];
    };
    expect(tell(2, "running")).toEqual(["Nothing to do", "Everything has been taken."]);
    expect(takesChanges(store.picture())).toBe(true);
    expect(tell(3, "rollingBack")).toEqual(["Rolling back", "Nothing starts: what was done is being taken back."]);
    expect(takesChanges(store.picture())).toBe(false);
    expect(tell(2, "running")[0]).toBe("Rolling back");
    expect(tell(4, "failed")).toEqual(["The run has failed", "Nothing starts: the run has ended."]);
  });

  test("why not more: what waits for others is told apart from what waits behind a failure", () => {
    const store = new ItemStore();
    const failed = { ...a, status: "failed" as const };
    const live = itemOf({ id: idOf(5), status: "claimed" });
    const waits = itemOf({ id: idOf(6), ready: false, dependencies: [live.id], blocked_by: [live.id] });
    store.apply([snapshotOf(2, [failed, b, live, waits])]);
    expect(whyNotMore(store.picture(), undefined)).toBe("1 item waits for what is being done now, 1 behind a failure.");
    store.apply([snapshotOf(3, [itemOf({ id: idOf(7) })])]);
    expect(whyNotMore(store.picture(), undefined)).toBeUndefined();
    expect(whyNotMore(store.picture(), "memory 91 %")).toBe("New items wait: memory 91 %.");
  });

  test("keys walk through items as they are shown: done ones latest first, ready ones as they are handed out", () => {
    const store = new ItemStore();
    const done = [1, 2].map((n) => itemOf({ id: idOf(n), key: `d${n}`, status: "done", seq: n }));
    const ready = [
      itemOf({ id: idOf(3), key: "late", priority: 6 }),
      itemOf({ id: idOf(4), key: "short" }),
      itemOf({ id: idOf(5), key: "long" }),
    ];
    const chain = itemOf({ id: idOf(6), key: "next", ready: false, dependencies: [idOf(5)], blocked_by: [idOf(5)] });
    store.apply([snapshotOf(6, [...done, ...ready, chain])]);
    const picture = store.picture();
    const keys = (items: readonly { readonly key: string }[]): string[] => items.map(({ key }) => key);
    expect(keys(columnOf(picture.items, "done"))).toEqual(["d2", "d1"]);
    expect(keys(nextUpOf(picture.items, picture))).toEqual(["long", "short", "late"]);
    // What comes later counts, too.
    store.apply([
      snapshotOf(7, [itemOf({ id: idOf(7), ready: false, dependencies: [idOf(4)], blocked_by: [idOf(4)] })]),
    ]);
    store.apply([
      snapshotOf(8, [itemOf({ id: idOf(8), ready: false, dependencies: [idOf(7)], blocked_by: [idOf(7)] })]),
    ]);
    expect(keys(nextUpOf(store.picture().items, store.picture()))).toEqual(["short", "long", "late"]);
  });

  test("what was skipped is told from what somebody cancelled, in words, counts and the filter", () => {
    const store = new ItemStore();
    const skipped = itemOf({ id: idOf(1), key: "s", status: "cancelled", stage: "skipped" });
    const cancelled = itemOf({ id: idOf(2), key: "c", status: "cancelled" });
    store.apply([snapshotOf(2, [skipped, cancelled, itemOf({ id: idOf(3) })])]);
    expect([store.picture().counts.cancelled, store.picture().skipped]).toEqual([2, 1]);
    store.apply([snapshotOf(3, [{ ...skipped, status: "todo", stage: null, seq: 3 }])]);
    expect([store.picture().counts.cancelled, store.picture().skipped]).toEqual([1, 0]);
    expect([skipped, cancelled, itemOf({ stage: "verifying", status: "claimed" })].map(stateWord)).toEqual([
      "Skipped",
      "Cancelled",
      "Checking",
    ]);
    const { matches } = readFilter("state:skipped", () => undefined);
    expect([skipped, cancelled].map((item) => matches(item, 0))).toEqual([true, false]);
  });

  test("how far a rollback is, is told from its events", () => {
    const undo = { event: "item.note", item: "two", stage: "undo" };
    const rows = [rowOf({ event: "run.rolling_back" }), rowOf({ event: "item.undone" }), rowOf(undo)];
    expect(undoneInWords(rows)).toBe("two is being undone, 1 undone");
    expect(undoneInWords([...rows, rowOf({ event: "item.undo_failed" })])).toBe("1 undone, 1 could not be undone");
  });

  test("the time to go follows from what was done lately, without what can never be done", () => {
    const store = new ItemStore();
    const now = Date.parse("2026-11-21T10:10:00Z");
    const done = [1, 2, 3, 4].map((n) =>
      itemOf({ id: idOf(n), status: "done", completed_at: new Date(now - n * 60_000).toISOString() }),
    );
    const left = [5, 6, 7].map((n) => itemOf({ id: idOf(n) }));
    store.apply([snapshotOf(9, [...done, ...left])]);
    expect(paceOf(store.picture(), 1, now)).toEqual({ perMinute: 1, remainingMs: 120_000 });
    expect(paceOf(store.picture(), 0, now + 3_600_000).remainingMs).toBeUndefined();
  });
});

describe("the log", () => {
  test("takes each row once, and knows what a holder last said", () => {
    const log = new LogBuffer();
    log.append([rowOf({ seq: 1, item_id: idOf(1), progress: 0.2, reason: { code: "progress", message: "reading" } })]);
    log.append([rowOf({ seq: 1 }), rowOf({ seq: 2, item_id: idOf(1), progress: 0.5 })]);
    expect(log.log().rows.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(log.log().notes.get(idOf(1))).toMatchObject({ progress: 0.5, words: "reading" });
    log.append([rowOf({ seq: 3, item_id: idOf(1), event: "item.claimed", from: "todo" })]);
    expect(log.log().notes.has(idOf(1))).toBe(false);
  });

  test("tells how long an item pauses before it is tried again", () => {
    const at = "2026-11-21T10:00:00.000Z";
    const requeued = rowOf({
      item_id: idOf(1),
      event: "item.requeued",
      from: "failed",
      to: "todo",
      at,
      delay_ms: 5_000,
    });
    const now = Date.parse(at) + 2_000;
    expect(pauseLeft([requeued], idOf(1), now)).toBe(3_000);
    expect(pauseLeft([requeued], idOf(1), now + 9_000)).toBe(0);
    const claimed = rowOf({ item_id: idOf(1), event: "item.claimed", from: "todo", to: "claimed" });
    expect(pauseLeft([requeued, claimed], idOf(1), now)).toBe(0);
    expect(pauseLeft([], idOf(1), now)).toBe(0);
  });

  test("keeps a bounded number of rows, the latest", () => {
    const log = new LogBuffer();
    log.append(Array.from({ length: 9_000 }, (_, n) => rowOf({ seq: n + 1 })));
    expect(log.log().rows).toHaveLength(5_000);
    expect(log.lastSeq).toBe(9_000);
  });

  test("attempts are told from an item's rows: how long each waited and ran", () => {
    const at = (second: number): string => new Date(second * 1_000).toISOString();
    const claim = { event: "item.claimed", from: "todo", to: "claimed" };
    const rows = [
      rowOf({ ...claim, at: at(5), attempt: 1 }),
      rowOf({ event: "item.failed", from: "claimed", to: "failed", at: at(9), reason: { code: "exit" } }),
      rowOf({ event: "item.requeued", from: "failed", to: "todo", at: at(9) }),
      rowOf({ ...claim, at: at(12), attempt: 2 }),
    ];
    expect(attemptsOf(rows, 1_000)).toMatchObject([
      { number: 1, queuedAt: 1_000, startedAt: 5_000, endedAt: 9_000, to: "failed", reason: { code: "exit" } },
      { number: 2, queuedAt: 9_000, startedAt: 12_000, endedAt: undefined },
    ]);
  });
});

test("of many refusals of one action the first are told one by one, and all are counted", () => {
  const actor = createActor(bulkMachine, { input: { verb: "cancel" } }).start();
  actor.send({ type: "apply", count: 30 });
  for (let n = 0; n < 29; n++) actor.send({ type: "failed", failure: { key: `k${n}`, why: "no" } });
  actor.send({ type: "succeeded" });
  const { refused, failures, succeeded } = actor.getSnapshot().context;
  expect([refused, failures.length, succeeded]).toEqual([29, 20, 1]);
});

describe("the address", () => {
  test("says everything that was chosen, and nothing else is taken from it", () => {
    const address: Address = { view: "log", q: "state:failed a b", item: idOf(7), project: idOf(1), at: 12, since: 3 };
    expect(readAddress(writeAddress(address).slice(1))).toEqual(address);
    expect(writeAddress(readAddress(""))).toBe("/");
    expect(readAddress("?view=../x&item=../../healthz&project=%2e%2e&at=-1&since=2")).toEqual(readAddress(""));
  });
});

describe("the connection", () => {
  test("C2: attempts are spaced further and further apart; C3: a page that nobody sees asks for nothing", () => {
    const actor = createActor(connectionMachine).start();
    const delays: number[] = [];
    for (let n = 0; n < 8; n++) {
      actor.send({ type: "lost", why: "gone" });
      expect(actor.getSnapshot().value).toBe("waiting");
      delays.push(retryDelayMs(actor.getSnapshot().context));
      actor.send({ type: "retry" });
    }
    expect(delays).toEqual([500, 1_000, 2_000, 4_000, 8_000, RETRY_MS_MAX, RETRY_MS_MAX, RETRY_MS_MAX]);
    actor.send({ type: "opened" });
    expect(actor.getSnapshot()).toMatchObject({ value: "live", context: { failures: 0, why: "" } });
    actor.send({ type: "hidden" });
    actor.send({ type: "retry" });
    expect(actor.getSnapshot().value).toBe("asleep");
    actor.send({ type: "shown" });
    actor.send({ type: "refused", why: "no token" });
    expect(actor.getSnapshot()).toMatchObject({ value: "refused", context: { why: "no token" } });
  });
});

test("buttons are what the item's machine takes", () => {
  const can = (status: "todo" | "claimed" | "done" | "failed" | "cancelled"): string[] =>
    (["requeue", "cancel"] as const).filter((event) => canNow(itemOf({ status, attempt: 1 }), event));
  expect([can("todo"), can("claimed"), can("failed")]).toEqual([["cancel"], ["cancel"], ["requeue", "cancel"]]);
  expect([can("done"), can("cancelled")]).toEqual([[], []]);
});

test("events are read from the stream however its bytes are cut", async () => {
  const text = 'id: 1\nevent: a\ndata: {"x":1}\n\n: still here\n\nid: 2\nevent: b\ndata: ä\n\n';
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 7, bytes.length]) {
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
        controller.close();
      },
    });
    const events = [];
    for await (const some of readEvents(stream)) events.push(...some);
    expect(events).toEqual([
      { id: "1", event: "a", data: '{"x":1}' },
      { id: "2", event: "b", data: "ä" },
    ]);
  }
});
