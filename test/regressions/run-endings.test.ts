/**
 * Goal: each way of ending or leaving a run that once went wrong stays right.
 * Method: the shortest sequence that showed the bug, on the real engine with attempts and time in the test's hands.
 */
import { describe, expect, test } from "vitest";
import type { Executor, ReportOutcome } from "../../src/executors/executor.ts";
import { createRun } from "../../src/engine/create-run.ts";
import { resumeRun } from "../../src/engine/resume-run.ts";
import type { RunEvent, RunOptions } from "../../src/engine/run.ts";
import type { RunRecord } from "../../src/journal/journal.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import type { TaskDefinition } from "../../src/plan/plan.ts";
import { gatedJournal } from "../support/gated-journal.ts";
import { manualExecutor } from "../support/manual-executor.ts";
import { virtualEnv } from "../support/virtual-env.ts";

const failure = { kind: "failed", reason: { code: "exit" }, retryable: true } as const;

function setUp(tasks: Record<string, TaskDefinition>, options: RunOptions = {}, onAbort?: "report" | "ignore") {
  const env = virtualEnv();
  const executor = manualExecutor(onAbort);
  const run = createRun({ tasks }, { liveItemsMax: 4, ...options, env, executors: [executor] });
  const events: RunEvent[] = [];
  run.audit$.subscribe({ next: (event) => events.push(event), error: () => {} });
  return { env, executor, run, events };
}

/** What a promise has come to when everything is quiet; `pending` is what a hang looks like. */
async function now(env: { settle(): Promise<void> }, promise: Promise<unknown>): Promise<unknown> {
  return Promise.race([answer(promise), env.settle().then(() => "pending")]);
}

/** The value, or the code of the error. */
function answer(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: { readonly code?: string }) => error.code ?? error);
}

test("a journal that refuses a batch at once ends the run, and everybody who waits for that batch is told", async () => {
  const journal = memoryJournal();
  const { env, run } = setUp({ a: { run: "x" } }, { journal });
  await journal.close();
  const cap = run.setCap(2);
  expect(await now(env, Promise.all([answer(run.start()), answer(cap)]))).toEqual([
    "journal_unavailable",
    "journal_unavailable",
  ]);
});

describe("cancel", () => {
  test("ends the run at once while an item waits for its next attempt, and leaves no timer", async () => {
    const { env, executor, run } = setUp({
      a: { run: "x", attemptsMax: 2, backoff: { initial: "10m", jitter: false } },
    });
    const ended = run.start();
    await env.settle();
    executor.finish("a", failure);
    await env.settle();
    expect(run.why("a")).toMatchObject({ for: [{ kind: "delay" }] });
    expect(await now(env, run.cancel())).toMatchObject({ outcome: "cancelled" });
    expect(await ended).toMatchObject({ outcome: "cancelled", counts: { todo: 1 } });
    expect(env.armed).toBe(0);
  });

  test("before start in the same breath: nothing is published after run.finished", async () => {
    const { env, executor, run, events } = setUp({ a: { run: "x" } });
    const cancelled = run.cancel();
    const ended = run.start();
    expect(await now(env, cancelled)).toMatchObject({ outcome: "cancelled" });
    expect(await ended).toMatchObject({ outcome: "cancelled" });
    expect(events.map(({ name }) => name)).toEqual(["run.finished"]);
    expect(executor.started).toEqual([]);
  });

  test("of a run that goes on, before its start, leaves nothing claimed", async () => {
    const { env, again } = await interrupted({ a: { run: "x" }, b: { run: "x" } });
    const result = await now(env, again.cancel());
    expect(result).toMatchObject({ outcome: "cancelled", counts: { claimed: 0 } });
  });

  test("that arrives while the end of the run is being stored is answered", async () => {
    const { env, run, journal } = await lastBatchUnderWay();
    const answers = [run.cancel(), run.setCap(7), run.pause()].map(answer);
    await env.settle();
    journal.acknowledge();
    expect(await now(env, answers[0]!)).toMatchObject({ outcome: "done" });
    expect(await now(env, answers[1]!)).toBe("already_settled");
    expect(await now(env, answers[2]!)).toBe("not_ready");
  });
});

/** Found by `transitions-in-any-order.test.ts` with seed 20261121, path 417:33. */
describe("the deadline of an item between two attempts", () => {
  const waiting: TaskDefinition = {
    run: "x",
    attemptsMax: 3,
    deadline: "10s",
    backoff: { initial: "8s", jitter: false },
  };

  test("that passes while the end of its run is being stored writes nothing after the end", async () => {
    const journal = gatedJournal();
    const { env, executor, run } = setUp({ a: waiting }, { journal });
    const stored = async (): Promise<void> => {
      await env.settle();
      while (journal.waiting.length > 0) {
        journal.acknowledge();
        await env.settle();
      }
    };
    const ended = run.start();
    await stored();
    executor.finish("a", failure);
    await stored();
    void run.cancel();
    await env.settle();
    journal.acknowledge();
    await env.settle();
    expect(journal.waiting.flat().map(({ event }) => event)).toEqual(["drained"]);
    await env.advance(20_000);
    await stored();
    expect(await ended).toMatchObject({ outcome: "cancelled", counts: { todo: 1, failed: 0 } });
    const audit = await journal.audit(run.id, { limit: 100 });
    expect(audit.map(({ event }) => event)).toEqual(["start", "claim", "fail", "requeue", "cancel", "drained"]);
  });

  test("that passes while its run waits for what it told to stop fails nothing", async () => {
    const { env, executor, run, events } = setUp({ a: waiting, b: { run: "x" } }, {}, "ignore");
    const ended = run.start();
    await env.settle();
    executor.finish("a", failure);
    await env.settle();
    void run.cancel();
    await env.advance(20_000);
    executor.finish("b");
    expect(await ended).toMatchObject({ outcome: "cancelled", counts: { todo: 1, cancelled: 1, failed: 0 } });
    expect(events.filter(({ event }) => event === "timeout" || event === "fail")).toHaveLength(1);
  });
});

describe("stop", () => {
  test("that arrives while the end of the run is being stored is answered, and adds nothing after the end", async () => {
    const { env, run, journal, events } = await lastBatchUnderWay();
    const stopping = run.stop();
    await env.settle();
    journal.acknowledge();
    expect(await now(env, stopping)).toBeUndefined();
    expect(journal.waiting).toEqual([]);
    expect(events.at(-1)).toMatchObject({ name: "run.finished" });
    expect(await run.start()).toMatchObject({ outcome: "done" });
  });

  test("at once (graceful: false) does not spend the attempts that it kills", async () => {
    const { env, executor, run } = setUp({ a: { run: "x" } });
    const ended = run.start().catch((error: { code: string }) => error.code);
    await env.settle();
    await run.stop({ graceful: false });
    expect(await ended).toBe("interrupted");
    expect(executor.running).toEqual([]);
    expect(run.snapshot()).toMatchObject({ status: "running", counts: { todo: 1, failed: 0 } });
    expect(run.snapshot().items.get("a")).toMatchObject({ reason: { code: "interrupted" } });
  });

  test("with a backoff under way leaves no timer", async () => {
    const { env, executor, run } = setUp({
      a: { run: "x", attemptsMax: 2, backoff: { initial: "10m", jitter: false } },
      b: { run: "x", timeout: "1m" },
    });
    void run.start().catch(() => {});
    await env.settle();
    executor.finish("a", failure);
    await env.settle();
    await run.stop();
    expect(env.armed).toBe(0);
  });
});

describe("stop and setCap around a cancel that is being stored", () => {
  test("a stop before any start waits for it, and the run has ended as cancelled", async () => {
    const journal = gatedJournal();
    const { env, run } = setUp({ a: { run: "x" } }, { journal });
    const cancelling = answer(run.cancel());
    await env.settle();
    const stopping = run.stop();
    await env.settle();
    journal.acknowledge();
    expect(await now(env, cancelling)).toMatchObject({ outcome: "cancelled" });
    expect(await now(env, stopping)).toBeUndefined();
    expect(run.snapshot()).toMatchObject({ seq: 1, status: "cancelled" });
  });

  test("a new cap in the same breath is refused: nothing is stored after the end", async () => {
    const { env, run, events } = setUp({ a: { run: "x" } });
    const answers = [run.cancel(), run.setCap(1)].map(answer);
    expect(await now(env, answers[0]!)).toMatchObject({ outcome: "cancelled" });
    expect(await now(env, answers[1]!)).toBe("already_settled");
    expect(events.map(({ event }) => event)).toEqual(["cancel"]);
  });
});

test("a stop while the run is being stored for the first time waits for that", async () => {
  const store = memoryJournal();
  const created = Promise.withResolvers<void>();
  const journal = {
    ...gatedJournal(),
    createRun: (record: RunRecord) => created.promise.then(() => store.createRun(record)),
  };
  const asked: string[] = [];
  journal.append = async (runId, entries) => {
    asked.push(...entries.map(({ event }) => event));
    await store.append(runId, entries);
  };
  const { env, run } = setUp({ a: { run: "x" } }, { journal });
  const ended = answer(run.start());
  const stopping = run.stop();
  await env.settle();
  expect(asked).toEqual([]);
  created.resolve();
  expect(await now(env, stopping)).toBeUndefined();
  expect(await ended).toBe("interrupted");
  expect(asked).toEqual(["start", "stop"]);
});

describe("a failed commit", () => {
  test("in the same breath as a report ends the run instead of waiting for that report for ever", async () => {
    const journal = gatedJournal();
    const { env, executor, run } = setUp({ a: { run: "x" }, b: { run: "x" } }, { journal });
    const ended = run.start();
    await env.settle();
    journal.acknowledge();
    await env.settle();
    executor.finish("a");
    await env.settle();
    // The refusal is heard of before the engine has its turn for the report.
    journal.refuse();
    executor.finish("b");
    expect(await now(env, ended)).toBe("journal_unavailable");
  });
});

test("a report that is sent twice does not give on the slot of another attempt when the run is left", async () => {
  const open = new Map<string, ReportOutcome>();
  const executor: Executor = {
    accepts: () => true,
    start: ({ item }, report) => {
      open.set(item, report);
      return () => {};
    },
    stop: async () => {},
  };
  const journal = gatedJournal();
  const env = virtualEnv();
  const run = createRun(
    { tasks: { a: { run: "x" }, b: { needs: ["a"], run: "x" } } },
    { env, journal, executors: [executor] },
  );
  const ended = answer(run.start());
  await env.settle();
  journal.acknowledge();
  await env.settle();
  open.get("a")!({ kind: "done" });
  await env.settle();
  journal.acknowledge();
  await env.settle();
  void answer(run.setCap(2));
  await env.settle();
  journal.refuse();
  await env.settle();
  open.get("a")!({ kind: "done" });
  expect(await now(env, ended)).toBe("pending");
  open.get("b")!({ kind: "aborted" });
  expect(await now(env, ended)).toBe("journal_unavailable");
});

describe("commands before the start", () => {
  test("setCap is taken", async () => {
    const tasks = Object.fromEntries(Array.from({ length: 4 }, (_, i) => [`t${i}`, { run: "x" }]));
    const { env, executor, run } = setUp(tasks, { liveItemsMax: 1 });
    expect(await now(env, run.setCap(3))).toBeUndefined();
    const ended = run.start();
    await env.settle();
    expect(executor.running).toHaveLength(3);
    for (let i = 0; i < 4; i++) {
      executor.finish(executor.running[0]!);
      await env.settle();
    }
    expect(await ended).toMatchObject({ outcome: "done", liveItemsPeak: 3 });
  });

  test("of a run that goes on do not end it", async () => {
    const { env, executor, again } = await interrupted({ a: { run: "x" }, b: { run: "x" } });
    expect(await now(env, again.setCap(3))).toBeUndefined();
    const ended = again.start();
    await env.settle();
    for (const key of ["a", "b"]) executor.finish(key);
    expect(await now(env, ended)).toMatchObject({ outcome: "done", counts: { done: 2 } });
  });
});

test("a run that was aborting after a failure when its process ended goes on to end as failed", async () => {
  const { env, again } = await interrupted(
    { a: { run: "x" }, b: { run: "x" } },
    { onFailure: "fail-fast" },
    (executor) => executor.finish("a", { ...failure, retryable: false }),
  );
  expect(again.snapshot().status).toBe("settling");
  expect(await now(env, again.start())).toMatchObject({ outcome: "failed", counts: { failed: 1, cancelled: 1 } });
});

/** A run with all items live whose process has ended, and the run that goes on with it. */
async function interrupted(
  tasks: Record<string, TaskDefinition>,
  options: RunOptions = {},
  before: (executor: ReturnType<typeof manualExecutor>) => void = () => {},
) {
  const journal = memoryJournal();
  const first = setUp(tasks, { ...options, journal }, "ignore");
  void first.run.start();
  await first.env.settle();
  before(first.executor);
  await first.env.settle();
  const env = virtualEnv();
  const executor = manualExecutor();
  const again = resumeRun(await journal.recover(first.run.id), first.run.plan, { env, journal, executors: [executor] });
  return { env, executor, again };
}

/** A run whose last batch waits for its acknowledgement. */
async function lastBatchUnderWay() {
  const journal = gatedJournal();
  const { env, executor, run, events } = setUp({ a: { run: "x" } }, { journal });
  void run.start();
  for (let batch = 0; batch < 2; batch++) {
    await env.settle();
    journal.acknowledge();
    await env.settle();
    if (batch === 0) executor.finish("a");
  }
  expect(journal.waiting.map((entries) => entries.map(({ event }) => event))).toEqual([["drained"]]);
  return { env, run, journal, events };
}
