/**
 * Goal: what an item's `prepare` makes ready is made ahead of the item, within a limit of its own, once for the same inputs, and a
 * failure of it is a failed attempt (P6, P7).
 * Method: the real engine; attempts that end when the test says so, on virtual time. A bug would look like: work before its prepare,
 * a prepare too many at once or a second time, a prepare that outlives its item, a run that ends or hangs while items are prepared.
 */
import { describe, expect, test } from "vitest";
import { createRun } from "../../src/engine/create-run.ts";
import type { TaskDefinition } from "../../src/plan/plan.ts";
import { inWords } from "../../src/scheduler/why-in-words.ts";
import { gatedJournal } from "../support/gated-journal.ts";
import { manualExecutor } from "../support/manual-executor.ts";
import { virtualEnv } from "../support/virtual-env.ts";
import { watchedRun } from "../support/watched-run.ts";

const failure = { kind: "failed", reason: { code: "exit", message: "exit code 1" }, retryable: true } as const;
const prepared: TaskDefinition = { prepare: "p", run: "x" };
const three = { tasks: { a: prepared, b: prepared, c: prepared } };

describe("S2-02: the prepare of an item", () => {
  test("comes before its work and takes no slot; what it answers is the work's input `prepare`", async () => {
    const { run, env, executor, events } = watchedRun({
      tasks: { n: { run: "x" }, a: { ...prepared, needs: ["n"] } },
    });
    const ended = run.start();
    await env.settle();
    executor.finish("n", { kind: "done", output: 1 });
    await env.settle();
    expect(executor.started).toEqual(["n#1", "a#1 prepare"]);
    expect(executor.request("a").inputs()).toEqual({ n: 1 });
    expect(run.snapshot().items.get("a")).toMatchObject({ status: "todo", stage: "preparing", attempt: 0 });
    expect(run.snapshot().counts).toMatchObject({ claimed: 0 });
    expect(run.why("a")).toEqual({ state: "waiting", item: "a", for: [{ kind: "preparing" }] });
    expect(inWords(run.why("a"))).toBe("a waits:\n  for its prepare: it is being prepared");
    executor.finish("a", { kind: "done", output: { at: "x" } });
    await env.settle();
    expect(executor.started.at(-1)).toBe("a#1");
    expect(executor.request("a").inputs()).toEqual({ n: 1, prepare: { at: "x" } });
    expect(run.snapshot().items.get("a")).not.toHaveProperty("stage");
    executor.finish("a", { kind: "done", output: 2 });
    expect(await ended).toMatchObject({ outcome: "done" });
    expect(run.snapshot().items.get("a")).toMatchObject({ output: 2 });
    const notes = events.filter(({ name }) => name === "item.note").map(({ event, from, to }) => [event, from, to]);
    expect(notes).toEqual([
      ["prepare_start", "todo", "todo"],
      ["prepared", "todo", "todo"],
    ]);
  });

  test("that fails is a failed attempt with its own code: it is prepared again, up to the attempts there are", async () => {
    const { run, env, executor, names } = watchedRun({ tasks: { a: { ...prepared, attemptsMax: 2 } } });
    const ended = run.start();
    await env.settle();
    executor.finish("a", failure);
    await env.settle();
    expect(run.snapshot().items.get("a")).toMatchObject({ status: "todo", attempt: 1, stage: "preparing" });
    executor.finish("a", failure);
    const { failures } = await ended;
    expect(executor.started).toEqual(["a#1 prepare", "a#2 prepare"]);
    const reason = { code: "prepare_failed", message: "not prepared: exit code 1", data: { prepareCode: "exit" } };
    expect(failures).toEqual([{ item: "a", reason }]);
    expect(names().filter((name) => name.startsWith("item."))).toEqual([
      "item.note a",
      "item.claimed a",
      "item.failed a",
      "item.requeued a",
      "item.note a",
      "item.claimed a",
      "item.failed a",
    ]);
  });

  test("that cannot be tried again ends the item at once; under fail-fast also what is prepared beside it", async () => {
    const { run, env, executor } = watchedRun(three, { onFailure: "fail-fast", prepareItemsMax: 2 });
    const ended = run.start();
    await env.settle();
    executor.finish("a", { ...failure, retryable: false });
    const result = await ended;
    expect(result).toMatchObject({ outcome: "failed", counts: { failed: 1, todo: 2 } });
    expect(executor.running).toEqual([]);
    expect(executor.aborted).toEqual([{ item: "b", reason: "fail_fast" }]);
    expect(run.snapshot().items.get("b")).toMatchObject({ status: "todo", stage: "prepare_stopped" });
  });

  test("is tried again after the backoff, when that is over", async () => {
    const backoff = { initial: 1_000, jitter: false };
    const { run, env, executor } = watchedRun({ tasks: { a: { ...prepared, attemptsMax: 2, backoff } } });
    const ended = run.start();
    await env.settle();
    executor.finish("a", failure);
    await env.advance(999);
    expect(executor.started).toEqual(["a#1 prepare"]);
    await env.advance(1);
    executor.finish("a");
    await env.settle();
    executor.finish("a");
    expect(await ended).toMatchObject({ outcome: "done" });
    expect(executor.started).toEqual(["a#1 prepare", "a#2 prepare", "a#2"]);
  });

  test("has the timeout for itself; the work has all of it again, and nothing starts before the late one is gone", async () => {
    const { run, env, executor } = watchedRun(
      { tasks: { a: { ...prepared, timeout: 1_000, attemptsMax: 2 } } },
      {},
      "ignore",
    );
    const ended = run.start();
    await env.advance(1_000);
    expect(executor.aborted).toEqual([{ item: "a", reason: "timeout" }]);
    const message = "its prepare ran longer than its timeout of 1000 ms";
    expect(run.snapshot().items.get("a")).toMatchObject({ status: "todo", reason: { code: "timeout", message } });
    expect(executor.started).toEqual(["a#1 prepare"]);
    executor.finish("a", { kind: "aborted" });
    await env.advance(900);
    executor.finish("a");
    await env.advance(900);
    executor.finish("a");
    expect(await ended).toMatchObject({ outcome: "done" });
    expect(executor.started).toEqual(["a#1 prepare", "a#2 prepare", "a#2"]);
    expect(env.armed).toBe(0);
  });

  test("of a later attempt ends with the item's deadline", async () => {
    const { run, env, executor } = watchedRun({ tasks: { a: { ...prepared, deadline: 1_000, attemptsMax: 3 } } });
    const ended = run.start();
    await env.settle();
    executor.finish("a", failure);
    await env.advance(1_000);
    expect((await ended).failures).toMatchObject([{ item: "a", reason: { code: "deadline" } }]);
    expect(executor.running).toEqual([]);
  });

  test("that stops although nobody asked it to has failed", async () => {
    const { run, env, executor } = watchedRun({ tasks: { a: prepared } });
    const ended = run.start();
    await env.settle();
    executor.finish("a", { kind: "aborted" });
    expect((await ended).failures).toMatchObject([
      { item: "a", reason: { code: "prepare_failed", data: { prepareCode: "aborted" } } },
    ]);
  });
});

describe("structured: what is being prepared", () => {
  test("stops with its item, and cancelItem answers when nothing of it is left", async () => {
    const { run, env, executor } = watchedRun(three, { prepareItemsMax: 1 }, "ignore");
    const ended = run.start();
    await env.settle();
    const cancelled = run.cancelItem("a");
    let isOver = false;
    void cancelled.then(() => (isOver = true));
    await env.settle();
    expect(executor.aborted).toEqual([{ item: "a", reason: "cancelled" }]);
    expect(run.snapshot().items.get("a")).toMatchObject({ status: "cancelled" });
    expect(run.snapshot().items.get("a")).not.toHaveProperty("stage");
    expect([isOver, executor.running]).toEqual([false, ["a"]]);
    executor.finish("a", { kind: "aborted" });
    await cancelled;
    for (const item of ["b", "c", "b", "c"]) {
      await env.settle();
      executor.finish(item);
    }
    expect(await ended).toMatchObject({ outcome: "cancelled", counts: { done: 2, cancelled: 1 } });
  });

  test("has no timeout any more when its item was cancelled and it is slow to stop", async () => {
    const tasks = { a: { ...prepared, timeout: "10s" }, b: { run: "x" } };
    const { run, env, executor } = watchedRun({ tasks }, {}, "ignore");
    const ended = run.start();
    await env.settle();
    const cancelled = run.cancelItem("a");
    await env.advance(20_000);
    executor.finish("a");
    await cancelled;
    executor.finish("b");
    expect(await ended).toMatchObject({ outcome: "cancelled", counts: { done: 1, cancelled: 1 } });
  });

  test.each(["cancel", "stop"] as const)("stops with the run: %s", async (how) => {
    const { run, env, executor } = watchedRun(three);
    const ended = run.start().catch((error: { code: string }) => error.code);
    await env.settle();
    await run[how]();
    expect(executor.running).toEqual([]);
    expect(executor.aborted).toHaveLength(3);
    if (how === "cancel") expect(await ended).toMatchObject({ outcome: "cancelled", counts: { todo: 3 } });
    else expect(await ended).toBe("interrupted");
    expect(run.snapshot().items.get("a")).toMatchObject({ status: "todo", stage: "prepare_stopped" });
    expect(env.armed).toBe(0);
  });

  test("Z1: holds back what stands behind it until nothing of it is left", async () => {
    const { run, env, executor } = watchedRun(
      {
        groups: { g: { race: "won" } },
        tasks: {
          a: { ...prepared, group: "g" },
          b: { run: "x", group: "g" },
          won: { join: "any", needs: ["a", "b"] },
          c: { ...prepared, needs: ["won"] },
        },
      },
      {},
      "ignore",
    );
    const ended = run.start();
    await env.settle();
    executor.finish("b");
    await env.settle();
    expect(executor.aborted).toEqual([{ item: "a", reason: "cancelled" }]);
    expect(executor.running).toEqual(["a"]);
    expect(run.why("c")).toMatchObject({ for: [{ kind: "ending", items: ["a"] }] });
    executor.finish("a", { kind: "aborted" });
    for (const stage of ["its prepare", "its work"]) {
      await env.settle();
      expect(executor.running, stage).toEqual(["c"]);
      executor.finish("c");
    }
    expect(await ended).toMatchObject({ outcome: "done" });
  });

  test("goes on while the run is paused, which it then neither ends nor starts more", async () => {
    const { run, env, executor } = watchedRun(three, { prepareItemsMax: 1 });
    const ended = run.start();
    await env.settle();
    await run.pause();
    executor.finish("a", { ...failure, retryable: false });
    await env.settle();
    expect([run.snapshot().status, executor.running]).toEqual(["paused", []]);
    await run.resume();
    for (const item of ["b", "c", "b", "c"]) {
      await env.settle();
      executor.finish(item);
    }
    expect(await ended).toMatchObject({ outcome: "failed", counts: { done: 2, failed: 1 } });
  });
});

describe("P7: a prepare whose item may not begin any more, since somebody tries again what it waits for", () => {
  const tasks = {
    n: { run: "x" },
    a: { ...prepared, needs: { n: "failed" as const }, timeout: "1s", attemptsMax: 1 },
  };

  test.each([
    ["fails", async ({ executor }: ReturnType<typeof watchedRun>) => executor.finish("a", failure)],
    ["takes too long", async ({ env }: ReturnType<typeof watchedRun>) => env.advance(2_000)],
  ])("and that %s: no attempt has failed, and it is prepared anew when the item may begin", async (_, end) => {
    const watched = watchedRun({ tasks });
    const { run, env, executor } = watched;
    const ended = run.start();
    await env.settle();
    executor.finish("n", { ...failure, retryable: false });
    await env.settle();
    expect(executor.started).toEqual(["n#1", "a#1 prepare"]);
    await run.retry("n");
    await end(watched);
    await env.settle();
    expect(run.snapshot().items.get("a")).toMatchObject({ status: "todo", attempt: 0 });
    executor.finish("n", { ...failure, retryable: false });
    await env.settle();
    expect(executor.started).toEqual(["n#1", "a#1 prepare", "n#2", "a#1 prepare"]);
    executor.finish("a", { kind: "done" });
    await env.settle();
    executor.finish("a", { kind: "done" });
    const { items } = await ended.then(() => run.snapshot());
    expect(items.get("a")).toMatchObject({ status: "done", attempt: 1 });
  });
});

test("P6: a prepare starts only when the note that tells of it is durable, and so does the work after it", async () => {
  const env = virtualEnv();
  const executor = manualExecutor();
  const journal = gatedJournal();
  const run = createRun({ tasks: { a: prepared } }, { env, journal, executors: [executor] });
  void run.start();
  await env.settle();
  expect(journal.waiting[0]!.map(({ event }) => event)).toEqual(["start", "prepare_start"]);
  expect(executor.started).toEqual([]);
  journal.acknowledge();
  await env.settle();
  executor.finish("a");
  await env.settle();
  expect(journal.waiting[0]!.map(({ event }) => event)).toEqual(["prepared", "claim"]);
  expect(executor.started).toEqual(["a#1 prepare"]);
  journal.acknowledge();
  await env.settle();
  expect(executor.started).toEqual(["a#1 prepare", "a#1"]);
});

test("an item without `run` can be claimed when it is prepared, and the claim has what was prepared", async () => {
  const { run, env, executor } = watchedRun({ tasks: { a: { prepare: "p" } } }, { awaitClaims: true });
  const ended = run.start();
  await env.settle();
  await expect(run.claims.claim("a", { agent: "w" })).rejects.toMatchObject({ code: "not_ready" });
  expect(await run.claims.claimNext({ agent: "w" })).toBeUndefined();
  const waiting = run.claims.claimNext({ agent: "w", waitMs: 60_000 });
  await env.settle();
  executor.finish("a", { kind: "done", output: 3 });
  const claim = (await waiting)!;
  expect(claim).toMatchObject({ item: "a", inputs: { prepare: 3 } });
  await run.claims.complete(claim);
  expect(await ended).toMatchObject({ outcome: "done" });
});

test("a run whose prepare nothing can run is refused before it begins", () => {
  expect(() => createRun({ tasks: { a: { prepare: "p", run: () => 1 } } })).toThrow(
    "expected an executor for the prepare of a, got none that takes it",
  );
});

test("functions: prepare, work and verify see what they should", async () => {
  const seen: unknown[] = [];
  const result = await createRun({
    tasks: {
      n: { run: () => 1 },
      a: {
        needs: ["n"],
        matrix: { m: [1, 2] },
        prepare: async ({ inputs, matrix, attempt }) => (seen.push({ ...inputs, ...matrix, attempt }), [matrix["m"]!]),
        run: ({ inputs }) => inputs["prepare"],
        verify: ({ inputs, matrix }) => void seen.push({ ...inputs, ...matrix }),
      },
    },
  }).start();
  expect(result.outcome).toBe("done");
  expect(seen).toEqual([
    { n: 1, m: 1, attempt: 1 },
    { n: 1, m: 2, attempt: 1 },
    { n: 1, m: 1, prepare: [1], a: [1] },
    { n: 1, m: 2, prepare: [2], a: [2] },
  ]);
});
