/**
 * Goal: the deadline of a whole run: live items are aborted, nothing starts afterwards, the run has failed and says why; it counts
 * over restarts by the wall clock.
 * Method: a worker and a clock that are the test's.
 */
import { expect, test } from "vitest";
import { resultOnWire } from "../../src/engine/event-on-wire.ts";
import { resumeRun } from "../../src/engine/resume-run.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { inWords } from "../../src/scheduler/why-in-words.ts";
import { manualExecutor } from "../support/manual-executor.ts";
import { virtualEnv } from "../support/virtual-env.ts";
import { watchedRun } from "../support/watched-run.ts";

const PLAN = { deadline: "10s", tasks: { a: { run: "a" }, b: { run: "b", needs: ["a"] }, c: { run: "c" } } };

test("S2-19: at its deadline a run stops what is live, starts nothing more, and has failed with a reason of its own", async () => {
  const { run, executor, env, events } = watchedRun(PLAN, {}, "ignore");
  const ended = run.start();
  await env.advance(9_999);
  expect(executor.aborted).toEqual([]);
  executor.finish("c");
  await env.advance(1);
  expect(executor.aborted).toEqual([{ item: "a", reason: "run_deadline" }]);
  executor.finish("a");
  const result = await ended;
  const reason = { code: "run_deadline", data: { deadline_ms: 10_000 } };
  expect(result).toMatchObject({ outcome: "failed", reason, counts: { done: 1, cancelled: 1, todo: 1 }, failures: [] });
  expect(result.blocked).toEqual([{ item: "b", by: ["a"], reason: "blocked_by_failure" }]);
  expect(run.snapshot().items.get("a")).toMatchObject({ status: "cancelled", reason });
  expect(events.find(({ name }) => name === "run.settling")).toMatchObject({ event: "abort", reason });
  expect(env.armed).toBe(0);
});

test("an item between two attempts at the end of its run was tried: the result says how, and so does why", async () => {
  const { run, executor, env } = watchedRun({
    deadline: "10s",
    tasks: {
      flaky: { run: "flaky", attemptsMax: 3, backoff: { initial: "30s", jitter: false } },
      behind: { run: "behind", needs: ["flaky"] },
    },
  });
  const ended = run.start();
  await env.settle();
  const real = { code: "exit", message: "exit code 7" };
  executor.finish("flaky", { kind: "failed", reason: real, retryable: true });
  await env.advance(10_000);
  const result = await ended;
  expect(result.failures).toEqual([]);
  expect(result.blocked).toEqual([
    { item: "flaky", by: [], reason: "not_tried_again", attempt: 1, lastReason: real },
    { item: "behind", by: ["flaky"], reason: "not_started" },
  ]);
  expect(resultOnWire(result)).toMatchObject({ blocked: [{ attempt: 1, last_reason: real }, { item: "behind" }] });
  expect(run.why("flaky")).toEqual({
    state: "waiting",
    item: "flaky",
    for: [{ kind: "run_ended" }],
    last: { attempt: 1, reason: "exit code 7" },
  });
  expect(inWords(run.why("flaky"))).toMatch(/or has ended.*\nAttempt 1 of it ended: exit code 7\.$/);
});

test("a run that ends in time has no reason and leaves no timer; the option wins over the plan", async () => {
  const { run, executor, env } = watchedRun(PLAN, { deadlineMs: 20_000 });
  const ended = run.start();
  await env.advance(15_000);
  for (const item of ["a", "b", "c"]) {
    executor.finish(item);
    await env.settle();
  }
  const result = await ended;
  expect(result.outcome).toBe("done");
  expect(result).not.toHaveProperty("reason");
  expect(env.armed).toBe(0);
});

test("the deadline of the run counts while it is paused, and while an item waits out its backoff", async () => {
  const paused = watchedRun(PLAN);
  const ended = paused.run.start();
  await paused.run.pause();
  await paused.env.advance(10_000);
  expect((await ended).reason).toMatchObject({ code: "run_deadline" });
  const waiting = watchedRun({
    deadline: "1s",
    tasks: { a: { run: "a", attemptsMax: 2, backoff: { initial: "1h", jitter: false } } },
  });
  const gaveUp = waiting.run.start();
  await waiting.env.settle();
  waiting.executor.finish("a", { kind: "failed", reason: { code: "exit" }, retryable: true });
  await waiting.env.advance(1_000);
  expect(await gaveUp).toMatchObject({ outcome: "failed", durationMs: 1_000, counts: { todo: 1 } });
});

test("it counts over restarts: a run that goes on too late fails at once and starts nothing", async () => {
  const journal = memoryJournal();
  const first = watchedRun(PLAN, { journal });
  void first.run.start().catch(() => {});
  await first.env.advance(4_000);
  await first.run.stop();
  const goOn = async (later: number, options = {}) => {
    const env = virtualEnv();
    env.jump(later);
    const executor = manualExecutor();
    const recovered = await journal.recover(first.run.id);
    const run = resumeRun(recovered, first.run.plan, { journal, env, executors: [executor], ...options });
    return { env, executor, run, ended: run.start() };
  };
  const inTime = await goOn(9_000);
  inTime.ended.catch(() => {});
  await inTime.env.advance(900);
  expect(inTime.executor.running).toEqual(["a", "c"]);
  await inTime.run.stop();
  const late = await goOn(3_600_000);
  expect(await late.ended).toMatchObject({ outcome: "failed", reason: { code: "run_deadline" } });
  expect(late.executor.started).toEqual([]);
});

test("R1: a run that was out of time when its process died ends as failed, with that reason", async () => {
  const journal = memoryJournal();
  const first = watchedRun(PLAN, { journal }, "ignore");
  void first.run.start().catch(() => {});
  await first.env.advance(10_000);
  void first.run.stop();
  await first.env.settle();
  const recovered = await journal.recover(first.run.id);
  expect(recovered.status).toBe("settling");
  const run = resumeRun(recovered, first.run.plan, { journal, env: virtualEnv(), executors: [manualExecutor()] });
  expect(await run.start()).toMatchObject({ outcome: "failed", reason: { code: "run_deadline" } });
});

test.each([0, -1, 1.5, Number.NaN, Infinity])("deadlineMs %s is refused", (deadlineMs) => {
  expect(() => watchedRun({ tasks: { a: { run: "a" } } }, { deadlineMs })).toThrow(/deadlineMs/);
});
