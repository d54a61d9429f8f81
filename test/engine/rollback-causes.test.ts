/**
 * Goal: what begins a rollback, and what does not: a failure that is forgiven, or that a group still keeps, is not the run's.
 * Method: the real engine on virtual time, with attempts that end when the test says so.
 */
import { describe, expect, test } from "vitest";
import type { TaskDefinition } from "../../src/plan/plan.ts";
import { FAILED, rollingRun, work } from "../support/rolling-run.ts";
import { watchedRun } from "../support/watched-run.ts";

describe("S1: a rollback begins", () => {
  test("when a person cancels the run, and the run is cancelled", async () => {
    const { run, env, ended, finish } = rollingRun({ a: work(), b: work(["a"]), c: work(["b"]) });
    await finish("a");
    const cancelled = run.cancel("enough");
    await env.settle();
    expect(run.snapshot().status).toBe("rollingBack");
    await finish("a");
    expect(await cancelled).toBe(await ended);
    expect(await ended).toMatchObject({
      outcome: "cancelled",
      reason: { message: "enough" },
      rollback: { undone: ["a"] },
    });
  });

  test("when the run is out of time", async () => {
    const { env, ended, finish } = rollingRun({ a: work(), b: work(["a"]) }, { deadlineMs: 5_000 });
    await finish("a");
    await env.advance(5_000);
    await finish("a");
    expect(await ended).toMatchObject({
      outcome: "failed",
      reason: { code: "run_deadline" },
      rollback: { undone: ["a"] },
    });
  });

  test("with an empty account when nothing was done", async () => {
    const { ended, finish } = rollingRun({ bad: work() });
    await finish(["bad", FAILED]);
    expect((await ended).rollback).toEqual({ undone: [], skipped: [], failed: [] });
  });

  test("after a group that lets its members end has ended", async () => {
    const { executor, ended, finish } = rollingRun(
      { a: work(), bad: work([], { group: "all" }), other: work([], { group: "all" }) },
      {},
      { groups: { all: { onError: "settleAll" } } },
    );
    await finish("a", ["bad", FAILED]);
    expect(executor.running).toEqual(["other"]);
    await finish("other", "other", "a");
    expect((await ended).rollback).toMatchObject({ undone: ["other", "a"] });
  });

  test("not for a failure that the plan allows", async () => {
    const { ended, finish } = rollingRun({ a: work(), bad: work([], { allowFailure: true }) });
    await finish("a", ["bad", FAILED]);
    const result = await ended;
    expect([result.outcome, result.rollback]).toEqual(["done", undefined]);
  });

  test("not for a failure in a race that something else won; when the run fails later, the winner is undone", async () => {
    const race = { groups: { both: { onError: "settleAll", race: "first" } } } as const;
    const tasks = (last: TaskDefinition): Record<string, TaskDefinition> => ({
      one: work([], { group: "both" }),
      two: work([], { group: "both" }),
      first: { join: "any", needs: ["one", "two"] },
      last,
    });
    const won = rollingRun(tasks({ run: "x", needs: ["first"] }), {}, race);
    await won.finish(["one", FAILED], "two", "last");
    const result = await won.ended;
    expect([result.outcome, result.rollback]).toEqual(["done", undefined]);
    const lost = rollingRun(tasks({ run: "x", needs: ["first"] }), {}, race);
    await lost.finish(["one", FAILED], "two", ["last", FAILED], "two");
    expect((await lost.ended).rollback).toEqual({ undone: ["two"], skipped: [], failed: [] });
  });

  test("not when a run is stalled, or was cancelled before its start", async () => {
    const stalled = rollingRun({ a: work(), review: { undo: "x", needs: ["a"] } });
    await stalled.finish("a");
    const result = await stalled.ended;
    expect([result.outcome, result.rollback]).toEqual(["stalled", undefined]);
    const { run } = watchedRun({ tasks: { a: work() }, onFailure: "rollback" });
    expect((await run.cancel()).rollback).toBeUndefined();
  });

  test("whatever the plan says, as the option says", async () => {
    const isolated = watchedRun(
      { tasks: { a: work(), bad: work(["a"]) }, onFailure: "rollback" },
      { onFailure: "isolate" },
    );
    const ended = isolated.run.start();
    await isolated.env.settle();
    isolated.executor.finish("a");
    await isolated.env.settle();
    isolated.executor.finish("bad", FAILED);
    expect((await ended).rollback).toBeUndefined();
  });
});
