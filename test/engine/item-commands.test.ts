/**
 * Goal: a person cancels items and tries again what has failed: structured (nothing started is left), durable, explained.
 * Method: a worker and a clock that are the test's; the journal is read afterwards.
 */
import { expect, test } from "vitest";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { resumeRun } from "../../src/engine/resume-run.ts";
import { virtualEnv } from "../support/virtual-env.ts";
import { manualExecutor } from "../support/manual-executor.ts";
import { watchedRun } from "../support/watched-run.ts";

const FAILED = { kind: "failed", reason: { code: "exit", message: "exit 1" }, retryable: true } as const;
const CHAIN = {
  tasks: { a: { run: "a" }, b: { run: "b", needs: ["a"] }, c: { run: "c", needs: ["b"] }, d: { run: "d" } },
};

test("S1-12: a live item that is cancelled is aborted; its promise resolves only when nothing of it runs (I16)", async () => {
  const { run, executor, env, names } = watchedRun(CHAIN, {}, "ignore");
  const ended = run.start();
  await env.settle();
  let answer: readonly string[] | undefined;
  void run.cancelItem("a", { reason: "not wanted" }).then((keys) => (answer = keys));
  await env.settle();
  expect(executor.aborted).toEqual([{ item: "a", reason: "cancelled" }]);
  expect(run.snapshot().items.get("a")).toMatchObject({ status: "cancelled", reason: { message: "not wanted" } });
  expect(answer).toBeUndefined();
  executor.finish("a", { kind: "aborted" });
  await env.settle();
  expect(answer).toEqual(["a"]);
  executor.finish("d");
  const result = await ended;
  expect(result.blocked).toEqual([
    { item: "b", by: ["a"], reason: "blocked_by_failure" },
    { item: "c", by: ["a"], reason: "blocked_by_failure" },
  ]);
  expect(names()).toContain("item.cancelled a");
});

test("complaint 8: what a cancelled attempt still reports is refused by its token and kept in the log", async () => {
  const { run, executor, env, events } = watchedRun(CHAIN, {}, "ignore");
  const ended = run.start();
  await env.settle();
  const cancelled = run.cancelItem("a");
  await env.settle();
  executor.finish("a", { kind: "done", output: 1 });
  await cancelled;
  executor.finish("d");
  await ended;
  expect(run.snapshot().items.get("a")).toMatchObject({ status: "cancelled" });
  expect(run.snapshot().items.get("a")).not.toHaveProperty("output");
  expect(events.find(({ name, key }) => name === "item.note" && key === "a")).toMatchObject({
    event: "complete",
    reason: { code: "stale_fencing_token" },
  });
});

test("with its dependents: everything behind it is cancelled in the same batch, so nothing is left blocked", async () => {
  const { run, executor, env } = watchedRun(CHAIN);
  const ended = run.start();
  await env.settle();
  expect(await run.cancelItem("a", { withDependents: true })).toEqual(["a", "b", "c"]);
  executor.finish("d");
  expect(await ended).toMatchObject({ outcome: "cancelled", blocked: [], counts: { done: 1, cancelled: 3, todo: 0 } });
});

test("S2-16: a dotted id cancels everything below it", async () => {
  const tasks = { "P1.M1": { run: "x" }, "P1.M1.T1": { run: "x" }, "P1.M2": { run: "x" } };
  const { run, executor, env } = watchedRun({ tasks });
  const ended = run.start();
  await env.settle();
  expect(await run.cancelItem("P1.M1")).toEqual(["P1.M1", "P1.M1.T1"]);
  executor.finish("P1.M2");
  expect((await ended).outcome).toBe("cancelled");
});

test("an item that waits out its backoff is cancelled at once, and the run does not wait for it", async () => {
  const { run, executor, env } = watchedRun({
    tasks: { a: { run: "a", attemptsMax: 2, backoff: { initial: "1h", jitter: false } } },
  });
  const ended = run.start();
  await env.settle();
  executor.finish("a", FAILED);
  await env.settle();
  expect(await run.cancelItem("a")).toEqual(["a"]);
  expect(await ended).toMatchObject({ outcome: "cancelled", durationMs: 0 });
  expect(env.armed).toBe(0);
});

test("a failed item may still be cancelled; what it blocked is blocked by it as before", async () => {
  const { run, executor, env } = watchedRun(CHAIN);
  const ended = run.start();
  await env.settle();
  executor.finish("a", FAILED);
  await env.settle();
  await run.cancelItem("a");
  expect(run.why("c")).toMatchObject({ for: [{ kind: "blocked_by_failure", items: ["a"] }] });
  executor.finish("d");
  expect(await ended).toMatchObject({ failures: [], counts: { cancelled: 1, todo: 2 } });
});

test("what has settled cannot be cancelled, and what is not there is said to be missing", async () => {
  const { run, executor, env } = watchedRun(CHAIN);
  const ended = run.start();
  await env.settle();
  executor.finish("d");
  await env.settle();
  await expect(run.cancelItem("d")).rejects.toMatchObject({ code: "already_settled", message: /d, which is done/ });
  await expect(run.cancelItem("e")).rejects.toMatchObject({ code: "item_not_found" });
  await run.cancel();
  await ended;
  await expect(run.cancelItem("a")).rejects.toMatchObject({ code: "already_settled" });
  await expect(run.retry("a")).rejects.toMatchObject({ code: "already_settled" });
});

test("complaint 15: retry puts a failed item back with all its attempts, and what it blocked runs after it", async () => {
  const { run, executor, env, events } = watchedRun(CHAIN);
  const ended = run.start();
  await env.settle();
  executor.finish("a", FAILED);
  await env.settle();
  expect(run.why("c")).toMatchObject({ for: [{ kind: "blocked_by_failure", items: ["a"] }] });
  expect(await run.retry("a")).toEqual(["a"]);
  await env.settle();
  expect(executor.started).toEqual(["a#1", "d#1", "a#2"]);
  expect(events.find(({ name }) => name === "item.requeued")).toMatchObject({
    actor: "user",
    data: { reset: true },
    reason: { code: "exit" },
  });
  for (const item of ["a", "d", "b", "c"]) {
    executor.finish(item);
    await env.settle();
  }
  expect(await ended).toMatchObject({ outcome: "done", failures: [], blocked: [] });
});

test("only what has failed for good is retried", async () => {
  const { run, executor, env } = watchedRun(CHAIN);
  void run.start();
  await env.settle();
  await expect(run.retry("a")).rejects.toMatchObject({ code: "not_ready", message: /it is claimed/ });
  await expect(run.retry("b")).rejects.toMatchObject({ code: "not_ready", message: /it is todo/ });
  executor.finish("d");
  await env.settle();
  const message = "expected an item that has failed, to retry it, got d, which is done";
  await expect(run.retry("d")).rejects.toMatchObject({ code: "already_settled", message });
  await run.cancel();
});

test("an item whose attempt is still stopping after its timeout starts again only when it has (I5)", async () => {
  const { run, executor, env } = watchedRun({ tasks: { a: { run: "a", timeout: 100 } } }, {}, "ignore");
  const ended = run.start();
  await env.advance(150);
  expect(run.snapshot().items.get("a")).toMatchObject({ status: "failed" });
  await run.retry("a");
  await env.settle();
  expect(executor.started).toEqual(["a#1"]);
  executor.finish("a", { kind: "aborted" });
  await env.settle();
  expect(executor.started).toEqual(["a#1", "a#2"]);
  executor.finish("a");
  expect((await ended).outcome).toBe("done");
});

test("a run that was left can be told to cancel and to retry items without going on; the one that goes on knows", async () => {
  const journal = memoryJournal();
  const first = watchedRun(CHAIN, { journal });
  void first.run.start().catch(() => {});
  await first.env.settle();
  first.executor.finish("a", FAILED);
  await first.env.settle();
  await first.run.stop();
  const worker = manualExecutor();
  const told = resumeRun(await journal.recover(first.run.id), first.run.plan, {
    journal,
    env: virtualEnv(),
    executors: [worker],
  });
  expect(await told.retry("a")).toEqual(["a"]);
  expect(await told.cancelItem("c")).toEqual(["c"]);
  await told.stop();
  expect(worker.started).toEqual([]);
  const env = virtualEnv();
  const executor = manualExecutor();
  const run = resumeRun(await journal.recover(first.run.id), first.run.plan, { journal, env, executors: [executor] });
  const ended = run.start();
  for (const item of ["a", "b", "d"]) {
    await env.settle();
    executor.finish(item);
  }
  expect(await ended).toMatchObject({ outcome: "cancelled", counts: { done: 3, cancelled: 1 } });
});

test("S1-12: a signal cancels the run with its reason, and is let go when the run has ended", async () => {
  const abort = new AbortController();
  const { run, executor, env } = watchedRun(CHAIN, { signal: abort.signal });
  const ended = run.start();
  await env.settle();
  abort.abort(new Error("the tab was closed"));
  expect(await ended).toMatchObject({ outcome: "cancelled" });
  expect(executor.running).toEqual([]);
  expect(run.snapshot().items.get("a")).toMatchObject({ reason: { code: "cancelled", message: "the tab was closed" } });
});

test("S1-12: a signal that is aborted already lets nothing start", async () => {
  const { run, executor } = watchedRun(CHAIN, { signal: AbortSignal.abort() });
  expect(await run.start()).toMatchObject({ outcome: "cancelled", counts: { todo: 4 } });
  expect(executor.started).toEqual([]);
});

test("a cap that a person gave counts after a resume too", async () => {
  const journal = memoryJournal();
  const first = watchedRun(
    { tasks: { a: { run: "a" }, b: { run: "b" }, c: { run: "c" } } },
    { journal, liveItemsMax: 3 },
  );
  void first.run.start().catch(() => {});
  await first.run.setCap(1);
  await first.run.stop();
  const again = async (options: { liveItemsMax?: number }): Promise<string[]> => {
    const env = virtualEnv();
    const executor = manualExecutor();
    const recovered = await journal.recover(first.run.id);
    const run = resumeRun(recovered, first.run.plan, { journal, env, executors: [executor], ...options });
    void run.start().catch(() => {});
    await env.settle();
    const running = executor.running;
    await run.stop();
    return running;
  };
  expect(await again({})).toHaveLength(1);
  expect(await again({ liveItemsMax: 2 })).toHaveLength(2);
});

test("S1-11: a layer that was open before a resume is not started again, and ends once", async () => {
  const journal = memoryJournal();
  const plan = { tasks: { a: { run: "a" }, b: { run: "b" }, c: { run: "c", needs: ["a", "b"] } } };
  const first = watchedRun(plan, { journal, schedule: "layers" });
  void first.run.start().catch(() => {});
  await first.env.settle();
  first.executor.finish("a");
  await first.env.settle();
  await first.run.stop();
  const env = virtualEnv();
  const executor = manualExecutor();
  const recovered = await journal.recover(first.run.id);
  const run = resumeRun(recovered, first.run.plan, { journal, env, executors: [executor] });
  const ended = run.start();
  for (const item of ["b", "c"]) {
    await env.settle();
    executor.finish(item);
  }
  await ended;
  const layers = (await journal.audit(run.id)).filter(({ event }) => event.startsWith("layer_"));
  expect(layers.map(({ event, data }) => [event, data])).toEqual([
    ["layer_start", { index: 0, count: 2 }],
    ["layer_finish", { index: 0, count: 2 }],
    ["layer_start", { index: 1, count: 1 }],
    ["layer_finish", { index: 1, count: 1 }],
  ]);
});
