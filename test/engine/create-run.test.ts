/**
 * Goal: the promises of a run that people build on, seen through the public face: order, cap, outputs, failures, time, stopping.
 * Method: real engine and machines; attempts end when the test says so (executor port), time moves when the test says so (Env).
 */
import { describe, expect, test } from "vitest";
import type { PlanDefinition } from "../../src/plan/plan.ts";
import { createRun } from "../../src/engine/create-run.ts";
import type { RunSnapshot } from "../../src/items/snapshot.ts";
import type { TaskContext } from "../../src/items/task-function.ts";
import { virtualEnv } from "../support/virtual-env.ts";
import { watchedRun } from "../support/watched-run.ts";

const diamond: PlanDefinition = {
  name: "diamond",
  tasks: {
    a: { run: "a" },
    b: { needs: ["a"], run: "b" },
    c: { needs: ["a"], run: "c" },
    d: { needs: ["b", "c"], run: "d" },
  },
};

describe("order", () => {
  test("I4: an item starts when all its needs are done, and not before", async () => {
    const { env, executor, run } = watchedRun(diamond);
    const ended = run.start();
    await env.settle();
    expect(executor.running).toEqual(["a"]);
    executor.finish("a");
    await env.settle();
    expect(executor.running).toEqual(["b", "c"]);
    await env.advance(20);
    executor.finish("c");
    await env.advance(10);
    expect(executor.running).toEqual(["b"]);
    executor.finish("b");
    await env.settle();
    executor.finish("d");
    const result = await ended;
    expect(result).toMatchObject({
      outcome: "done",
      counts: { done: 4, todo: 0 },
      liveItemsPeak: 2,
      failures: [],
      blocked: [],
    });
    expect(result).toMatchObject({ durationMs: 30, sequentialMs: 50, criticalPathMs: 30 });
    expect(result.criticalPath).toEqual([{ item: "b", ms: 30 }]);
  });

  test("I6: as soon as a slot is free and an item is ready it starts, in order of priority, longest remaining path, age", async () => {
    const tasks = {
      late: { run: "x" },
      first: { run: "x", priority: 0 },
      long: { run: "x" },
      tail: { run: "x", needs: ["long"] },
    };
    const { env, executor, run } = watchedRun({ tasks }, { liveItemsMax: 1 });
    const ended = run.start();
    for (const expected of ["first", "long", "late", "tail"]) {
      await env.settle();
      expect(executor.running).toEqual([expected]);
      executor.finish(expected);
    }
    expect((await ended).liveItemsPeak).toBe(1);
  });

  test("sequential runs one at a time in topological order; layers waits for a whole layer and says so", async () => {
    const sequential = watchedRun(diamond, { schedule: "sequential" });
    const first = sequential.run.start();
    for (let i = 0; i < 4; i++) {
      await sequential.env.settle();
      expect(sequential.executor.running).toHaveLength(1);
      sequential.executor.finish(sequential.executor.running[0]!);
    }
    await first;
    expect(sequential.executor.started).toEqual(["a#1", "b#1", "c#1", "d#1"]);

    const wide: PlanDefinition = { tasks: { a: { run: "x" }, b: { run: "x" }, c: { needs: ["a"], run: "x" } } };
    const layers = watchedRun(wide, { schedule: "layers" });
    const second = layers.run.start();
    await layers.env.settle();
    layers.executor.finish("a");
    await layers.env.settle();
    expect(layers.executor.running).toEqual(["b"]);
    layers.executor.finish("b");
    await layers.env.settle();
    layers.executor.finish("c");
    await second;
    expect(layers.names().filter((name) => name.startsWith("layer"))).toEqual([
      "layer.started",
      "layer.finished",
      "layer.started",
      "layer.finished",
    ]);
    expect(layers.events.find(({ name }) => name === "layer.started")?.data).toEqual({ index: 0, count: 2 });
  });

  test("outputs flow to dependents by task id; a need without output gives null", async () => {
    const { env, executor, run } = watchedRun({
      tasks: { a: { run: "x" }, b: { run: "x" }, c: { needs: ["a", "b"], run: "x" } },
    });
    const ended = run.start();
    await env.settle();
    executor.finish("a", { kind: "done", output: { answer: 42 } });
    executor.finish("b");
    await env.settle();
    expect({ ...executor.request("c").inputs() }).toEqual({ a: { answer: 42 }, b: null });
    executor.finish("c");
    expect((await ended).snapshot.items.get("a")).toMatchObject({ status: "done", output: { answer: 42 } });
  });

  test("S0-08: a task's function reads the run as it is, frozen, while it goes on", async () => {
    const seen: RunSnapshot[] = [];
    const look = async ({ snapshot }: TaskContext): Promise<void> => {
      seen.push(snapshot());
      await Promise.resolve();
      seen.push(snapshot());
    };
    const run = createRun({ tasks: { a: { run: () => 1 }, b: { needs: ["a"], run: look } } }, { env: virtualEnv() });
    expect((await run.start()).outcome).toBe("done");
    expect(seen.map(({ items }) => [...items].map(({ status }) => status))).toEqual([
      ["done", "claimed"],
      ["done", "claimed"],
    ]);
    expect(() => Object.assign(seen[0]!, { seq: 0 })).toThrow(TypeError);
    expect(run.snapshot().items.get("b")).toMatchObject({ status: "done" });
  });
});

describe("failures", () => {
  test("isolate: independent items go on, items behind the failure are reported as blocked by it and never as a deadlock", async () => {
    const tasks = {
      bad: { run: "x" },
      behind: { needs: ["bad"], run: "x" },
      further: { needs: ["behind"], run: "x" },
      free: { run: "x" },
    };
    const { env, executor, run } = watchedRun({ tasks });
    const ended = run.start();
    await env.settle();
    executor.finish("bad", { kind: "failed", reason: { code: "exit", message: "exit code 3" }, retryable: true });
    await env.settle();
    expect(run.why("further")).toMatchObject({
      state: "waiting",
      for: [{ kind: "blocked_by_failure", items: ["bad"] }],
    });
    executor.finish("free");
    const result = await ended;
    expect(result.outcome).toBe("failed");
    expect(result.counts).toEqual({ todo: 2, claimed: 0, done: 1, failed: 1, cancelled: 0 });
    expect(result.failures).toEqual([{ item: "bad", reason: { code: "exit", message: "exit code 3" } }]);
    expect(result.blocked).toEqual([
      { item: "behind", by: ["bad"], reason: "blocked_by_failure" },
      { item: "further", by: ["bad"], reason: "blocked_by_failure" },
    ]);
  });

  test("fail-fast: live items are told to stop, nothing starts afterwards, the run ends when they are gone", async () => {
    const tasks = { bad: { run: "x" }, other: { run: "x" }, later: { needs: ["other"], run: "x" } };
    const { env, executor, run } = watchedRun({ tasks, onFailure: "fail-fast" }, {}, "ignore");
    let ended = false;
    const result = run.start().finally(() => (ended = true));
    await env.settle();
    executor.finish("bad", { kind: "failed", reason: { code: "exit" }, retryable: false });
    await env.settle();
    expect(executor.aborted).toEqual([{ item: "other", reason: "fail_fast" }]);
    expect(ended).toBe(false);
    executor.finish("other", { kind: "aborted" });
    expect(await result).toMatchObject({ outcome: "failed", counts: { failed: 1, cancelled: 1, todo: 1 } });
    expect(executor.started.toSorted()).toEqual(["bad#1", "other#1"]);
  });

  test("a failed attempt is tried again after its backoff while its slot is free; failure and requeue are one batch (I8)", async () => {
    const tasks = {
      flaky: { run: "x", attemptsMax: 2, backoff: { initial: 1000, jitter: false } },
      other: { run: "x" },
    };
    const { env, executor, run, events } = watchedRun({ tasks }, { liveItemsMax: 1 });
    const ended = run.start();
    await env.settle();
    executor.finish("flaky", { kind: "failed", reason: { code: "exit" }, retryable: true });
    await env.settle();
    expect(executor.running).toEqual(["other"]);
    expect(run.why("flaky")).toMatchObject({ state: "waiting", for: [{ kind: "delay" }] });
    executor.finish("other");
    await env.advance(999);
    expect(executor.running).toEqual([]);
    await env.advance(1);
    expect(executor.started).toEqual(["flaky#1", "other#1", "flaky#2"]);
    executor.finish("flaky", { kind: "failed", reason: { code: "exit" }, retryable: true });
    expect(await ended).toMatchObject({ outcome: "failed", counts: { failed: 1, done: 1 } });
    const failed = events.findIndex(({ name }) => name === "item.failed");
    expect(events[failed + 1]).toMatchObject({ name: "item.requeued", key: "flaky", at: events[failed]!.at });
  });

  test("a failure that is not retryable ends the item at once", async () => {
    const { env, executor, run } = watchedRun({ tasks: { a: { run: "x", attemptsMax: 5 } } });
    const ended = run.start();
    await env.settle();
    executor.finish("a", { kind: "failed", reason: { code: "threw" }, retryable: false });
    expect(await ended).toMatchObject({ outcome: "failed", counts: { failed: 1 } });
    expect(executor.started).toEqual(["a#1"]);
  });

  test("a plan whose open items all wait for somebody to claim them ends as stalled and says what holds each item (S2-12)", async () => {
    const { env, executor, run } = watchedRun({
      tasks: { code: { run: "x" }, review: { needs: ["code"] }, ship: { needs: ["review"], run: "x" } },
    });
    const ended = run.start();
    await env.settle();
    executor.finish("code");
    const result = await ended;
    expect(result.outcome).toBe("stalled");
    expect(result.blocked).toEqual([
      { item: "review", by: [], reason: "claim" },
      { item: "ship", by: ["review"], reason: "claim" },
    ]);
  });
});

describe("time", () => {
  test("a timeout moves the item at once, aborts the attempt, and gives the slot on only when it is gone (I5, I16)", async () => {
    const tasks = { slow: { run: "x", timeout: "1s", attemptsMax: 2 }, next: { run: "x", priority: 9 } };
    const { env, executor, run } = watchedRun({ tasks }, { liveItemsMax: 1 }, "ignore");
    const ended = run.start();
    await env.settle();
    await env.advance(1000);
    expect(run.snapshot().items.get("slow")).toMatchObject({ status: "todo", attempt: 1, reason: { code: "timeout" } });
    expect(executor.aborted).toEqual([{ item: "slow", reason: "timeout" }]);
    expect(executor.running).toEqual(["slow"]);
    executor.finish("slow", { kind: "aborted" });
    await env.settle();
    expect(executor.started).toEqual(["slow#1", "slow#2"]);
    executor.finish("slow");
    await env.settle();
    executor.finish("next");
    expect(await ended).toMatchObject({ outcome: "done" });
  });

  test("I2: a late report is refused by its token and shown in the audit log", async () => {
    const { env, executor, run, events } = watchedRun({ tasks: { slow: { run: "x", timeout: 10 } } }, {}, "ignore");
    const ended = run.start();
    await env.settle();
    await env.advance(10);
    executor.finish("slow", { kind: "done", output: "too late" });
    const result = await ended;
    expect(result).toMatchObject({ outcome: "failed", failures: [{ item: "slow", reason: { code: "timeout" } }] });
    expect(result.snapshot.items.get("slow")).not.toHaveProperty("output");
    expect(events.find(({ name }) => name === "item.note")).toMatchObject({
      key: "slow",
      from: "failed",
      to: "failed",
      reason: { code: "stale_fencing_token" },
    });
  });

  test("a deadline counts over all attempts from the first claim and is final", async () => {
    const tasks = { slow: { run: "x", timeout: 600, deadline: 1000, attemptsMax: 9 } };
    const { env, executor, run } = watchedRun({ tasks });
    const ended = run.start();
    await env.settle();
    await env.advance(600);
    expect(executor.started).toEqual(["slow#1", "slow#2"]);
    await env.advance(400);
    expect(await ended).toMatchObject({
      outcome: "failed",
      failures: [{ item: "slow", reason: { code: "deadline" } }],
    });
  });

  test("I14: a jump of the wall clock ends nothing", async () => {
    const { env, executor, run } = watchedRun({ tasks: { a: { run: "x", timeout: "1h" } } });
    const ended = run.start();
    await env.settle();
    env.jump(24 * 3_600_000);
    await env.advance(1000);
    executor.finish("a");
    expect(await ended).toMatchObject({ outcome: "done" });
  });
});

describe("asking for things while it runs", () => {
  test("pause starts nothing new and lets live items go on; resume goes on", async () => {
    const { env, executor, run, names } = watchedRun(diamond);
    const ended = run.start();
    await env.settle();
    await run.pause();
    executor.finish("a");
    await env.settle();
    expect(executor.running).toEqual([]);
    expect(run.snapshot().status).toBe("paused");
    expect(run.why("b")).toMatchObject({ state: "waiting", for: [{ kind: "paused" }] });
    const message = "expected a run that is running, to pause it, got one that is paused";
    await expect(run.pause()).rejects.toMatchObject({ code: "not_ready", message });
    await run.resume();
    await env.settle();
    expect(executor.running).toEqual(["b", "c"]);
    for (const key of ["b", "c"]) executor.finish(key);
    await env.settle();
    executor.finish("d");
    expect((await ended).outcome).toBe("done");
    expect(names()).toEqual(expect.arrayContaining(["run.paused", "run.resumed"]));
  });

  test("setCap changes the cap at once and refuses what is no cap", async () => {
    const tasks = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`t${i}`, { run: "x" }]));
    const { env, executor, run } = watchedRun({ tasks }, { liveItemsMax: 1 });
    const ended = run.start();
    await env.settle();
    expect(executor.running).toHaveLength(1);
    await run.setCap(3);
    await env.settle();
    expect(executor.running).toHaveLength(3);
    for (const bad of [0, -1, Number.NaN, Infinity, 1.5])
      await expect(run.setCap(bad)).rejects.toMatchObject({ code: "invalid_usage" });
    await run.setCap(1);
    for (let i = 0; i < 6; i++) {
      executor.finish(executor.running[0]!);
      await env.settle();
    }
    expect(await ended).toMatchObject({ outcome: "done", liveItemsPeak: 3 });
  });

  test("cancel aborts what is live, starts nothing, and resolves when nothing is left running", async () => {
    const { env, executor, run } = watchedRun(diamond, {}, "ignore");
    const ended = run.start();
    await env.settle();
    let cancelled = false;
    const cancelling = run.cancel("changed my mind").finally(() => (cancelled = true));
    await env.settle();
    expect(executor.aborted).toEqual([{ item: "a", reason: "cancelled" }]);
    expect(cancelled).toBe(false);
    executor.finish("a", { kind: "aborted" });
    expect(await cancelling).toMatchObject({ outcome: "cancelled", counts: { cancelled: 1, todo: 3 } });
    expect(await ended).toMatchObject({ outcome: "cancelled" });
    expect(executor.started).toEqual(["a#1"]);
  });

  test("stop gives live items back without spending their attempt and leaves the run resumable", async () => {
    const { env, executor, run, events } = watchedRun(diamond);
    const ended = run.start();
    await env.settle();
    await run.stop({ reason: "signal" });
    await expect(ended).rejects.toMatchObject({ code: "interrupted" });
    expect(executor.running).toEqual([]);
    expect(run.snapshot()).toMatchObject({ status: "running", counts: { todo: 4 } });
    expect(events.find(({ event }) => event === "release")).toMatchObject({
      key: "a",
      from: "claimed",
      to: "todo",
      refunded: 1,
      reason: { code: "interrupted" },
    });
  });

  test("a run before its start: stop and cancel are fine, nothing runs", async () => {
    const stopped = watchedRun(diamond);
    await stopped.run.stop();
    expect(stopped.executor.started).toEqual([]);
    const cancelled = watchedRun(diamond);
    expect(await cancelled.run.cancel()).toMatchObject({ outcome: "cancelled" });
    expect(cancelled.executor.started).toEqual([]);
  });

  test("start twice is one run", async () => {
    const { env, executor, run } = watchedRun({ tasks: { a: { run: "x" } } });
    const first = run.start();
    expect(run.start()).toBe(first);
    await env.settle();
    executor.finish("a");
    await first;
    expect(executor.started).toEqual(["a#1"]);
  });

  test("S2-01: caps and words out of range are refused with what was expected and got", () => {
    for (const liveItemsMax of [0, -1, Number.NaN, Infinity, 2.5]) {
      expect(() => createRun(diamond, { liveItemsMax })).toThrow(/expected liveItemsMax to be a whole number/);
    }
    expect(() => createRun(diamond, { schedule: "fastest" as never })).toThrow(
      /expected schedule to be one of as-ready, layers, sequential/,
    );
    expect(() => createRun(diamond, { onFailure: "undo" as never })).toThrow(
      /expected onFailure to be one of isolate, fail-fast, rollback/,
    );
  });
});
