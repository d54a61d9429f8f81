/**
 * Goal: L2 and I7 — nothing outside sees what the journal does not have, and a failed commit leaves nothing behind.
 * Method: a journal whose acknowledgements the test gives or refuses; every door of the run is watched meanwhile. The bug would
 * look like: an executor that starts, an event, a snapshot or a reply before its acknowledgement.
 */
import { describe, expect, test } from "vitest";
import { from } from "rxjs";
import { createRun } from "../../src/engine/create-run.ts";
import { resumeRun } from "../../src/engine/resume-run.ts";
import type { RunEvent } from "../../src/engine/run.ts";
import type { JournalEntry } from "../../src/journal/journal.ts";
import { foldAudit } from "../../src/journal/fold.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { checkPlan } from "../../src/plan/check-plan.ts";
import { checkSnapshotInvariants } from "../../src/state/invariants.ts";
import { gatedJournal } from "../support/gated-journal.ts";
import { manualExecutor } from "../support/manual-executor.ts";
import { virtualEnv } from "../support/virtual-env.ts";

const plan = { tasks: { a: { run: "x" }, b: { needs: ["a"], run: "x" } } };

function setUp({ startsFirst = false } = {}) {
  const env = virtualEnv();
  const journal = gatedJournal();
  const executor = Object.assign(manualExecutor(), { startsFirst });
  const run = createRun(plan, { env, journal, executors: [executor], liveItemsMax: 2 });
  const events: RunEvent[] = [];
  const seqs: number[] = [];
  const actorStates: string[] = [];
  run.audit$.subscribe({ next: (event) => events.push(event), error: () => {} });
  run.changes$.subscribe({ next: ({ seq }) => seqs.push(seq), error: () => {} });
  from(run.actor).subscribe({ next: (snapshot) => actorStates.push(JSON.stringify(snapshot.value)), error: () => {} });
  return { env, journal, executor, run, events, seqs, actorStates };
}

describe("before the acknowledgement", () => {
  test.each([
    ["", {}],
    [", also when it starts first", { startsFirst: true }],
  ])(
    "L2: a claim that is not durable starts no process, shows no event, no snapshot and no state of the actor%s",
    async (_, which) => {
      const { env, journal, executor, run, events, seqs, actorStates } = setUp(which);
      const ended = run.start();
      await env.settle();
      expect(journal.waiting).toHaveLength(1);
      expect(journal.waiting[0]!.map(({ event }) => event)).toEqual(["start", "claim"]);
      expect(executor.started).toEqual([]);
      expect(events).toEqual([]);
      expect(seqs).toEqual([0]);
      expect(actorStates.filter((state) => state.includes("running"))).toEqual([]);
      journal.acknowledge();
      await env.settle();
      expect(executor.started).toEqual(["a#1"]);
      expect(events.map(({ name }) => name)).toEqual(["run.started", "item.claimed"]);
      expect(run.snapshot()).toMatchObject({ seq: 2, status: "running" });
      expect(actorStates.at(-1)).toContain("running");
      executor.finish("a");
      await env.settle();
      // The completion and the claim that it allows are one batch; the dependent still waits for the disk.
      expect(journal.waiting.map((batch) => batch.map(({ event }) => event))).toEqual([["complete", "claim"]]);
      expect(executor.started).toEqual(["a#1"]);
      expect(run.snapshot().items.get("a")!.status).toBe("claimed");
      journal.acknowledge();
      await env.settle();
      expect(executor.started).toEqual(["a#1", "b#1"]);
      executor.finish("b");
      await env.settle();
      // The last completion and the end of the run are two batches at most; the promise waits for both.
      while (journal.waiting.length > 0) {
        journal.acknowledge();
        await env.settle();
      }
      expect((await ended).outcome).toBe("done");
    },
  );

  test("L2: what starts first is started when its claim is durable, before that is shown", async () => {
    const { env, journal, executor, run } = setUp({ startsFirst: true });
    const shown: [string, number][] = [];
    const start = executor.start.bind(executor);
    executor.start = (request, report) => {
      shown.push([request.item, run.snapshot().seq]);
      return start(request, report);
    };
    void run.start();
    await env.settle();
    expect(shown).toEqual([]);
    journal.acknowledge();
    await env.settle();
    expect(shown).toEqual([["a", 0]]);
    expect(run.snapshot().items.get("a")!.status).toBe("claimed");
  });

  test("a command is answered when it is durable", async () => {
    const { env, journal, executor, run } = setUp();
    void run.start();
    await env.settle();
    journal.acknowledge();
    await env.settle();
    let paused = false;
    const pausing = run.pause().then(() => (paused = true));
    await env.settle();
    expect(paused).toBe(false);
    expect(run.snapshot().status).toBe("running");
    journal.acknowledge();
    await pausing;
    expect(run.snapshot().status).toBe("paused");
    executor.finish("a");
    await env.settle();
    expect(journal.waiting.map((batch) => batch.map(({ event }) => event))).toEqual([["complete"]]);
  });
});

test("I12: entries by steps are those of the stream of events, durable ones, and tell of the run what that tells", async () => {
  const { env, journal, executor, run, events } = setUp();
  const steps: (readonly JournalEntry[])[] = [];
  run.entries$.subscribe((entries) => void steps.push(entries));
  const ended = run.start();
  await env.settle();
  expect(steps).toEqual([]);
  for (const item of ["a", "b"]) {
    journal.acknowledge();
    await env.settle();
    executor.finish(item);
    await env.settle();
  }
  for (; journal.waiting.length > 0; await env.settle()) journal.acknowledge();
  await ended;
  expect(steps.flat().map(({ seq }) => seq)).toEqual(events.map(({ seq }) => seq));
  expect(steps.length).toBeLessThan(events.length);
  expect(steps.flat().at(-1)).toEqual(events.at(-1));
});

describe("several batches that wait for the disk", () => {
  test("L2: what happens while one waits goes to the journal at once, and what follows from each comes in order", async () => {
    const { env, journal, executor, run, events } = setUp();
    const free = { tasks: { a: { run: "x" }, b: { run: "x" }, c: { run: "x", needs: ["a", "b"] } } };
    const wide = createRun(free, { env, journal, executors: [executor], liveItemsMax: 2 });
    wide.audit$.subscribe((event) => events.push(event));
    void wide.start();
    await env.settle();
    journal.acknowledge();
    await env.settle();
    executor.finish("a");
    await env.settle();
    executor.finish("b");
    await env.settle();
    expect(journal.waiting.map((batch) => batch.map(({ event }) => event))).toEqual([
      ["complete"],
      ["complete", "claim"],
    ]);
    expect(wide.snapshot().counts).toMatchObject({ claimed: 2, done: 0 });
    journal.acknowledge();
    await env.settle();
    expect(wide.snapshot().counts).toMatchObject({ claimed: 1, done: 1 });
    expect(executor.started).toEqual(["a#1", "b#1"]);
    journal.acknowledge();
    await env.settle();
    expect(executor.started).toEqual(["a#1", "b#1", "c#1"]);
    expect(run.snapshot().seq).toBe(0);
  });

  test("L2: a snapshot never shows a state of the run that was decided after it", async () => {
    const { env, journal, executor, run } = setUp();
    void run.start();
    await env.settle();
    journal.acknowledge();
    await env.settle();
    executor.finish("a");
    await env.settle();
    const pausing = run.pause();
    await env.settle();
    expect(journal.waiting).toHaveLength(2);
    journal.acknowledge();
    await env.settle();
    expect(run.snapshot()).toMatchObject({ status: "running", counts: { done: 1 } });
    journal.acknowledge();
    await pausing;
    expect(run.snapshot().status).toBe("paused");
  });

  test("a refused one takes all that wait behind it along: none of them was seen", async () => {
    const { env, journal, executor, run, events } = setUp();
    const ended = run.start();
    await env.settle();
    journal.acknowledge();
    await env.settle();
    executor.finish("a");
    await env.settle();
    const pausing = run.pause();
    await env.settle();
    const seen = events.length;
    journal.refuse();
    await expect(ended).rejects.toMatchObject({ code: "journal_unavailable" });
    await expect(pausing).rejects.toMatchObject({ code: "journal_unavailable" });
    expect(events).toHaveLength(seen);
    expect(run.snapshot()).toMatchObject({ status: "running", counts: { done: 0, claimed: 1 } });
  });
});

describe("a commit that fails", () => {
  test("I7: the run ends with journal_unavailable, live work is stopped, nothing of the batch was seen", async () => {
    const { env, journal, executor, run, events, seqs } = setUp();
    const ended = run.start();
    await env.settle();
    journal.acknowledge();
    await env.settle();
    const before = { events: events.length, seqs: [...seqs] };
    const pausing = run.pause();
    await env.settle();
    journal.refuse();
    await expect(ended).rejects.toMatchObject({ code: "journal_unavailable" });
    expect(executor.running).toEqual([]);
    expect(executor.aborted).toEqual([{ item: "a", reason: "the run has ended" }]);
    expect(events).toHaveLength(before.events);
    expect(seqs).toEqual(before.seqs);
    expect(run.snapshot().status).toBe("running");
    await expect(Promise.race([pausing, env.settle().then(() => "pending")])).rejects.toMatchObject({
      code: "journal_unavailable",
    });
    await expect(run.setCap(3)).rejects.toMatchObject({ code: "journal_unavailable" });
  });

  test("what the journal has is enough to go on: done stays done, the interrupted attempt is given back and noted", async () => {
    const { env, journal, executor, run } = setUp();
    const ended = run.start().catch((error: unknown) => error);
    await env.settle();
    journal.acknowledge();
    await env.settle();
    executor.finish("a", { kind: "done", output: [1] });
    await env.settle();
    journal.acknowledge();
    await env.settle();
    executor.finish("b");
    await env.settle();
    journal.refuse();
    await ended;

    const recovered = await journal.recover(run.id);
    const second = manualExecutor();
    const again = resumeRun(recovered, checkPlan(plan), { env, journal, executors: [second] });
    expect(again.snapshot()).toMatchObject({ seq: 4, status: "running", counts: { done: 1, claimed: 1 } });
    const result = again.start();
    await env.settle();
    journal.acknowledge();
    await env.settle();
    expect(second.started).toEqual(["b#2"]);
    expect({ ...second.request("b").inputs() }).toEqual({ a: [1] });
    second.finish("b");
    await env.settle();
    while (journal.waiting.length > 0) {
      journal.acknowledge();
      await env.settle();
    }
    expect(await result).toMatchObject({ outcome: "done", counts: { done: 2 } });
    const audit = await journal.audit(run.id);
    expect(audit.map(({ seq }) => seq)).toEqual(audit.map((_, index) => index + 1));
    expect(audit.find(({ event }) => event === "release")).toMatchObject({
      actor: "recovery",
      item: 1,
      refunded: 1,
      reason: { code: "interrupted" },
    });
  });
});

test("I10 and I11: the fold of the audit log is the published state, and every snapshot on the way is consistent", async () => {
  const env = virtualEnv();
  const journal = memoryJournal();
  const executor = manualExecutor();
  const tasks = {
    a: { run: "x" },
    b: { needs: ["a"], run: "x", attemptsMax: 2 },
    c: { needs: ["a"], run: "x" },
    d: { needs: ["c"], run: "x" },
  };
  const run = createRun({ tasks }, { env, journal, executors: [executor], liveItemsMax: 2 });
  run.changes$.subscribe((snapshot) => checkSnapshotInvariants(snapshot));
  const ended = run.start();
  await env.settle();
  executor.finish("a", { kind: "done", output: "A" });
  await env.advance(5);
  executor.finish("b", { kind: "failed", reason: { code: "exit" }, retryable: true });
  executor.finish("c", { kind: "failed", reason: { code: "exit" }, retryable: true });
  await env.advance(5);
  executor.finish("b");
  const { snapshot } = await ended;
  const folded = foldAudit(await journal.audit(run.id));
  expect(folded).toMatchObject({ seq: snapshot.seq, status: snapshot.status });
  for (const row of folded.items) {
    const item = snapshot.items.at(row.item)!;
    const { status, attempt, seq, claimedAt, settledAt, reason, output } = row;
    expect({ ...item, liveMs: undefined }).toEqual({
      key: item.key,
      number: row.item,
      status,
      attempt,
      seq,
      claimedAt,
      settledAt,
      reason,
      output,
      liveMs: undefined,
    });
  }
  expect(folded.items).toHaveLength(3);
});

test("the live time of an attempt counts from its claim, as its timeout does: a slow disk makes neither longer than the other", async () => {
  const env = virtualEnv();
  const journal = gatedJournal();
  const executor = manualExecutor();
  const run = createRun({ tasks: { a: { run: "x", timeout: 500 } } }, { env, journal, executors: [executor] });
  const ended = run.start();
  await env.settle();
  await env.advance(300);
  journal.acknowledge();
  await env.advance(200);
  expect(executor.aborted).toEqual([]);
  while (journal.waiting.length > 0) {
    journal.acknowledge();
    await env.settle();
  }
  expect(executor.aborted).toEqual([{ item: "a", reason: "timeout" }]);
  const { failures, slowest, sequentialMs } = await ended;
  expect(failures).toMatchObject([{ item: "a", reason: { code: "timeout", data: { timeout_ms: 500 } } }]);
  expect({ slowest, sequentialMs }).toEqual({ slowest: [{ item: "a", ms: 500 }], sequentialMs: 500 });
});
