/**
 * Goal: U1-U3 and what a rollback means to the rest of a run: what begins one, what does not, what it leaves alone, who may stop it.
 * Method: the real engine on virtual time, with attempts and undos that end when the test says so. A bug would look like: an undo
 * beside live work, one that is lost or run twice over a stop, a hanging one that holds the others, a rollback for a forgiven failure.
 */
import { describe, expect, test } from "vitest";
import { createRun } from "../../src/engine/create-run.ts";
import { resumeRun } from "../../src/engine/resume-run.ts";
import { retryRun } from "../../src/engine/retry-run.ts";
import type { RunOptions } from "../../src/engine/run.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { FAILED, rollingRun, work } from "../support/rolling-run.ts";
import { manualExecutor } from "../support/manual-executor.ts";
import { virtualEnv } from "../support/virtual-env.ts";
import { watchedRun } from "../support/watched-run.ts";

/** Another process with what the first one left. */
async function goOn(journal: ReturnType<typeof memoryJournal>, run: ReturnType<typeof createRun>) {
  const env = virtualEnv(2);
  env.jump(60_000);
  const executor = manualExecutor();
  const next = resumeRun(await journal.recover(run.id), run.plan, { journal, env, executors: [executor] });
  return { env, executor, run: next, ended: next.start() };
}

describe("S1: when an item fails under rollback", () => {
  test("everything that is live is stopped and awaited, then what is done is undone, last first, one at a time", async () => {
    const { run, executor, ended, finish, undos, names } = rollingRun(
      { a: work(), b: work(), c: work(["a"]), slow: work(), later: work(["slow"]), bad: work(["b"]) },
      { onAbort: "ignore" },
    );
    await finish("b", "a", "c", ["bad", FAILED]);
    expect(executor.aborted).toEqual([{ item: "slow", reason: "fail_fast" }]);
    expect([run.snapshot().status, undos()]).toEqual(["settling", []]);
    await finish(["slow", { kind: "done" }]);
    expect([run.snapshot().status, undos()]).toEqual(["rollingBack", ["c#1 undo"]]);
    expect(run.snapshot().items.get("c")).toMatchObject({ status: "done", stage: "undoing" });
    await finish("c");
    expect([executor.running, undos()]).toEqual([["a"], ["c#1 undo", "a#1 undo"]]);
    await finish("a", "b");
    expect(await ended).toMatchObject({
      outcome: "failed",
      reason: { code: "fail_fast", data: { item: "bad" } },
      counts: { done: 3, failed: 1, cancelled: 1, todo: 1 },
      rollback: { undone: ["c", "a", "b"], skipped: [], failed: [] },
      failures: [{ item: "bad", reason: { message: "exit code 1" } }],
    });
    const heard = names();
    expect(heard.slice(heard.indexOf("run.rolling_back"))).toEqual([
      "run.rolling_back",
      ...["c", "a", "b"].flatMap((key) => [`item.note ${key}`, `item.undone ${key}`]),
      "run.finished",
    ]);
  });

  test("an undo gets what its item got and what it gave, and what it answers is not looked at", async () => {
    const { executor, ended, finish, run } = rollingRun({ a: work(), b: work(["a"]), bad: { run: "x", needs: ["b"] } });
    await finish(["a", { kind: "done", output: 1 }], ["b", { kind: "done", output: { id: 7 } }], ["bad", FAILED]);
    expect(executor.request("b").inputs()).toEqual({ a: 1, b: { id: 7 } });
    expect(executor.request("b")).toMatchObject({ stage: "undo", attempt: 1, task: { run: "x" } });
    await finish(["b", { kind: "done", output: "undone" }], "a");
    await ended;
    expect(run.snapshot().items.get("b")).toMatchObject({ stage: "undone", output: { id: 7 } });
  });

  test("what has no undo is told apart from what was undone, and a join, which does nothing, from both", async () => {
    const { ended, finish } = rollingRun({
      a: { run: "x" },
      b: work(),
      both: { join: "all", needs: ["a", "b"] },
      bad: { run: "x", needs: ["both"], undo: "x" },
    });
    await finish("a", "b", ["bad", FAILED], "b");
    expect((await ended).rollback).toEqual({ undone: ["b"], skipped: ["a"], failed: [] });
  });

  test("U3: an undo that fails is told with its reason and has no second attempt; the others go on", async () => {
    const { ended, finish, run, undos } = rollingRun({
      a: work([], { attemptsMax: 3 }),
      b: work(["a"]),
      bad: work(["b"]),
    });
    await finish("a", "b", ["bad", FAILED], ["b", FAILED], "a");
    const { rollback } = await ended;
    expect(rollback).toEqual({ undone: ["a"], skipped: [], failed: [{ item: "b", reason: FAILED.reason }] });
    expect(undos()).toEqual(["b#1 undo", "a#1 undo"]);
    expect(run.snapshot().items.get("b")).toMatchObject({ status: "done", stage: "undo_failed" });
  });

  test("U3: one that hangs is stopped after the timeout of its task, else after five minutes, and awaited", async () => {
    const { env, executor, ended, finish } = rollingRun(
      { a: work(), b: work(["a"], { timeout: "10s" }), bad: work(["b"]) },
      { onAbort: "ignore" },
    );
    await finish("a", "b", ["bad", FAILED]);
    await env.advance(9_999);
    expect(executor.aborted).toEqual([]);
    await env.advance(1);
    expect([executor.aborted, executor.running]).toEqual([[{ item: "b", reason: "timeout" }], ["b"]]);
    await finish(["b", { kind: "aborted", note: "something of it still runs" }]);
    await env.advance(299_999);
    expect(executor.running).toEqual(["a"]);
    await env.advance(1);
    expect(executor.aborted).toHaveLength(2);
    // It was told to stop, and is done all the same: then it has undone its item.
    await finish(["a", { kind: "done" }]);
    expect((await ended).rollback).toEqual({
      undone: ["a"],
      skipped: [],
      failed: [
        {
          item: "b",
          reason: {
            code: "timeout",
            message: "its undo ran longer than 10000 ms; something of it still runs",
            data: { timeout_ms: 10_000 },
          },
        },
      ],
    });
    expect(env.armed).toBe(0);
  });

  test("U3: a function that undoes, hangs and does not listen is given up; the others go on", async () => {
    const env = virtualEnv();
    const problems: string[] = [];
    const order: string[] = [];
    const run = createRun(
      {
        onFailure: "rollback",
        tasks: {
          a: { run: () => 1, undo: () => void order.push("a") },
          b: { needs: ["a"], run: () => 2, timeout: "1s", undo: () => new Promise(() => {}) },
          bad: { needs: ["b"], run: () => Promise.reject(new Error("no")) },
        },
      },
      { env, onProblem: ({ message }) => problems.push(message) },
    );
    const ended = run.start();
    await env.advance(1_000);
    expect(order).toEqual([]);
    await env.advance(5_000);
    expect((await ended).rollback).toMatchObject({
      undone: ["a"],
      failed: [{ item: "b", reason: { code: "timeout" } }],
    });
    expect(problems).toEqual([expect.stringMatching(/^undo of b: /)]);
  });

  test("functions of the plan undo too", async () => {
    const log: unknown[] = [];
    const run = createRun({
      onFailure: "rollback",
      tasks: {
        order: { run: () => ({ id: 42 }), undo: ({ inputs }) => void log.push(inputs) },
        pay: { needs: ["order"], run: () => "paid", undo: () => Promise.reject(new Error("bank is closed")) },
        send: {
          needs: ["pay"],
          run: () => {
            throw new Error("no address");
          },
        },
      },
    });
    expect(await run.start()).toMatchObject({
      outcome: "failed",
      rollback: { undone: ["order"], skipped: [], failed: [{ item: "pay", reason: { message: "bank is closed" } }] },
    });
    expect(log).toEqual([{ order: { id: 42 } }]);
  });
});

describe("S1: while what was done is undone", () => {
  async function undoing(options: RunOptions = {}) {
    const rolling = rollingRun({ a: work(), b: work(["a"]), bad: work(["b"]), never: work(["bad"]) }, options);
    await rolling.finish("a", "b", ["bad", FAILED]);
    expect(rolling.undos()).toEqual(["b#1 undo"]);
    return rolling;
  }

  test("nothing of the run can be cancelled, tried again, paused or claimed; asking for the end waits for it", async () => {
    const { run, env, executor, ended, finish } = await undoing({ deadlineMs: 60_000 });
    for (const asked of [run.cancelItem("never"), run.retry("bad"), run.pause()])
      await expect(asked).rejects.toMatchObject({ code: "not_ready" });
    const cancelled = run.cancel();
    await env.advance(60_000);
    expect(executor.running).toEqual(["b"]);
    await finish("b", "a");
    expect(await cancelled).toBe(await ended);
    expect(await ended).toMatchObject({
      outcome: "failed",
      counts: { failed: 1, todo: 1 },
      rollback: { undone: ["b", "a"] },
    });
  });

  test("why says what becomes of an item", async () => {
    const { run, ended, finish } = await undoing();
    expect(run.why("b")).toEqual({ state: "done", item: "b", stage: "undoing" });
    await finish(["b", FAILED]);
    expect(run.why("b")).toEqual({ state: "done", item: "b", stage: "undo_failed", stageReason: "exit code 1" });
    expect(run.why("never")).toMatchObject({ for: [{ kind: "blocked_by_failure", items: ["bad"] }] });
    await finish("a");
    await ended;
    expect(run.why("a")).toEqual({ state: "done", item: "a", stage: "undone" });
  });

  test.each([true, false])(
    "a stop (graceful: %s) leaves it to the next process, which begins with the one it cut short",
    async (graceful) => {
      const journal = memoryJournal();
      const { run, ended, finish } = await undoing({ journal });
      await finish("b");
      await run.stop({ graceful });
      await expect(ended).rejects.toMatchObject({ code: "interrupted" });
      expect(await journal.read(run.id)).toMatchObject({ status: "rollingBack" });
      const next = await goOn(journal, run);
      await next.env.settle();
      expect(next.executor.started).toEqual(["a#1 undo"]);
      next.executor.finish("a");
      expect(await next.ended).toMatchObject({
        outcome: "failed",
        reason: { code: "fail_fast" },
        rollback: { undone: ["b", "a"], skipped: [], failed: [] },
      });
    },
  );

  test("one that fails on being stopped has failed, and is not run again", async () => {
    const journal = memoryJournal();
    const { run, finish, executor, ended } = rollingRun(
      { a: work(), bad: work(["a"]) },
      { journal, onAbort: "ignore" },
    );
    await finish("a", ["bad", FAILED]);
    const stopped = run.stop();
    await finish(["a", FAILED]);
    await stopped;
    await expect(ended).rejects.toMatchObject({ code: "interrupted" });
    expect(executor.aborted).toHaveLength(1);
    const next = await goOn(journal, run);
    expect((await next.ended).rollback).toMatchObject({ undone: [], failed: [{ item: "a" }] });
    expect(next.executor.started).toEqual([]);
  });

  test("the process that goes on knows that a person had cancelled an item, and not more", async () => {
    const journal = memoryJournal();
    const { run, finish, ended } = rollingRun({ a: work(), b: work() }, { journal });
    await finish("a");
    await run.cancelItem("b");
    await run.stop();
    await expect(ended).rejects.toMatchObject({ code: "interrupted" });
    const next = await goOn(journal, run);
    await next.env.settle();
    next.executor.finish("a");
    expect(await next.ended).toMatchObject({ outcome: "cancelled", rollback: { undone: ["a"] } });
  });

  test("an interrupted run that is cancelled is taken back by whoever cancels it", async () => {
    const journal = memoryJournal();
    const { run, finish, ended } = rollingRun({ a: work(), b: work(["a"]) }, { journal });
    await finish("a");
    await run.stop();
    await expect(ended).rejects.toMatchObject({ code: "interrupted" });
    const env = virtualEnv(2);
    const executor = manualExecutor();
    const next = resumeRun(await journal.recover(run.id), run.plan, { journal, env, executors: [executor] });
    const cancelled = next.cancel();
    await env.settle();
    executor.finish("a");
    expect(await cancelled).toMatchObject({ outcome: "cancelled", rollback: { undone: ["a"] } });
  });
});

describe("S1: a run that was rolled back is tried again as a new one", () => {
  test("which does again what was undone, and what was done on top of it", async () => {
    const journal = memoryJournal();
    const first = rollingRun(
      {
        db: work(),
        tables: { run: "x", needs: ["db"] },
        kept: { run: "x" },
        stuck: work(),
        bad: work(["tables", "kept", "stuck"]),
      },
      { journal },
    );
    await first.finish("kept", "stuck", "db", "tables", ["bad", FAILED], "db", ["stuck", FAILED]);
    expect((await first.ended).rollback).toMatchObject({
      undone: ["db"],
      skipped: ["tables", "kept"],
      failed: [{ item: "stuck" }],
    });
    const env = virtualEnv(2);
    const executor = manualExecutor();
    const again = retryRun(await journal.read(first.run.id), first.run.plan, { journal, env, executors: [executor] });
    const ended = again.start();
    await env.settle();
    expect(new Set(executor.running)).toEqual(new Set(["db", "stuck"]));
    for (const item of ["stuck", "db", "tables"]) {
      executor.finish(item);
      await env.settle();
    }
    executor.finish("bad", FAILED);
    await env.settle();
    // What was taken over is undone with the rest: it is done in this run.
    for (const item of ["db", "stuck"]) {
      executor.finish(item);
      await env.settle();
    }
    expect((await ended).rollback).toEqual({ undone: ["db", "stuck"], skipped: ["tables", "kept"], failed: [] });
  });

  test("in which what was taken over counts as done in the order in which it was", async () => {
    const journal = memoryJournal();
    const first = watchedRun({ tasks: { a: work(), b: work(), bad: work(["a", "b"]) } }, { journal });
    const ended = first.run.start();
    for (const [item, outcome] of [["b"], ["a"], ["bad", FAILED]] as const) {
      await first.env.settle();
      first.executor.finish(item, outcome);
    }
    expect((await ended).rollback).toBeUndefined();
    const env = virtualEnv(2);
    const executor = manualExecutor();
    const options = { journal, env, executors: [executor], onFailure: "rollback" } as const;
    const again = retryRun(await journal.read(first.run.id), first.run.plan, options).start();
    for (const [item, outcome] of [["bad", FAILED], ["a"], ["b"]] as const) {
      await env.settle();
      executor.finish(item, outcome);
    }
    expect((await again).rollback).toMatchObject({ undone: ["a", "b"] });
  });
});

test("S1: items that were added while the run went on are undone like any others, in the next process too", async () => {
  const journal = memoryJournal();
  const { run, finish, ended } = rollingRun({ a: work(), last: work(["a"]) }, { journal });
  await finish("a");
  await run.add({ more: work(["a"]) });
  await finish("more", ["last", FAILED]);
  await run.stop();
  await expect(ended).rejects.toMatchObject({ code: "interrupted" });
  const next = await goOn(journal, run);
  await next.env.settle();
  expect(next.executor.started).toEqual(["more#1 undo"]);
  next.executor.finish("more");
  await next.env.settle();
  next.executor.finish("a");
  expect((await next.ended).rollback).toEqual({ undone: ["more", "a"], skipped: [], failed: [] });
});
