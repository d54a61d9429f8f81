/**
 * Goal: an item that has not started is edited while its run goes on: durable, checked whole, and as if it had always been so.
 * Method: as in `grow.test.ts`.
 */
import { expect, test } from "vitest";
import { createRun } from "../../src/engine/create-run.ts";
import { resumeRun } from "../../src/engine/resume-run.ts";
import { retryRun } from "../../src/engine/retry-run.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { checkSnapshotInvariants } from "../../src/state/invariants.ts";
import { manualExecutor } from "../support/manual-executor.ts";
import { virtualEnv } from "../support/virtual-env.ts";
import { watchedRun } from "../support/watched-run.ts";

const FAILED = { kind: "failed", reason: { code: "exit", message: "exit 1" }, retryable: false } as const;

test("it takes other needs, also ones that were added, and waits for them", async () => {
  const { run, executor, env, events } = watchedRun(
    { tasks: { a: { run: "a", priority: 0 }, b: { run: "b" }, c: { run: "c", needs: ["b"] } } },
    { liveItemsMax: 1 },
  );
  run.changes$.subscribe((snapshot) => checkSnapshotInvariants(snapshot));
  const ended = run.start();
  await env.settle();
  await run.add({ first: { run: "first" } });
  await run.edit("b", { needs: ["first"], run: "other", priority: 0 });
  expect(run.why("b")).toMatchObject({ for: [{ kind: "needs", items: [{ item: "first" }] }] });
  for (const key of ["a", "first", "b", "c"]) {
    await env.settle();
    expect(executor.running).toEqual([key]);
    if (key === "b") expect(executor.request("b").task.run).toBe("other");
    executor.finish(key);
  }
  const { outcome, criticalPath } = await ended;
  expect(outcome).toBe("done");
  expect(criticalPath.every(({ ms }) => ms === 0)).toBe(true);
  expect(events.find(({ name }) => name === "item.edited")).toMatchObject({
    key: "b",
    from: "todo",
    to: "todo",
    data: { changed: ["needs", "run", "priority"], task: { key: "b", run: "other", needs: [3], priority: 0 } },
  });
});

test("without its needs it starts at once; with a better priority it overtakes", async () => {
  const { run, executor, env } = watchedRun(
    { tasks: { a: { run: "a" }, b: { run: "b", needs: ["a"] }, c: { run: "c" }, d: { run: "d" } } },
    { liveItemsMax: 2 },
  );
  run.start().catch(() => {});
  await env.settle();
  expect(executor.running).toEqual(["a", "c"]);
  await run.edit("b", { needs: [] });
  await run.edit("b", { priority: 0 });
  executor.finish("c");
  await env.settle();
  expect(executor.running).toEqual(["a", "b"]);
  executor.finish("a");
  await env.settle();
  expect(executor.running).toEqual(["b", "d"]);
  await run.stop();
});

test("U4: what has started, has ended, or waits for another attempt is refused", async () => {
  const { run, executor, env } = watchedRun(
    {
      tasks: {
        live: { run: "x" },
        done: { run: "x" },
        failed: { run: "x" },
        tried: { run: "x", attemptsMax: 2, backoff: { initial: "1h" } },
        ending: { run: "x" },
      },
    },
    { liveItemsMax: 9 },
    "ignore",
  );
  run.start().catch(() => {});
  await env.settle();
  executor.finish("done");
  executor.finish("failed", FAILED);
  executor.finish("tried", { ...FAILED, retryable: true });
  void run.cancelItem("ending");
  await env.settle();
  const { seq } = run.snapshot();
  const refused = await Promise.allSettled(
    ["live", "done", "failed", "tried", "ending", "liv"].map((key) => run.edit(key, { title: "other" })),
  );
  expect(refused.map((each) => each.status === "rejected" && each.reason.code)).toEqual([
    "already_claimed",
    "already_settled",
    "not_ready",
    "not_ready",
    "already_claimed",
    "item_not_found",
  ]);
  await expect(run.edit("done", { needs: ["live"] })).rejects.toMatchObject({ code: "already_settled" });
  expect(run.snapshot().seq).toBe(seq);
  // A person has put it back: it may be another one now.
  await run.pause();
  await run.retry("failed");
  await run.edit("failed", { run: "mended" });
  await run.resume();
  await env.settle();
  expect(executor.request("failed").task.run).toBe("mended");
  executor.finish("ending", { kind: "aborted" });
  executor.finish("live");
  executor.finish("failed");
  await run.stop();
});

test("S2-13, U1: a need that closes a cycle is refused and changes nothing", async () => {
  const { run, executor, env } = watchedRun({
    tasks: { a: { run: "a" }, b: { run: "b", needs: ["a"] }, c: { run: "c", needs: ["b"] } },
  });
  const ended = run.start();
  await env.settle();
  const { seq } = run.snapshot();
  await expect(run.edit("b", { needs: ["a", "c"] })).rejects.toMatchObject({
    code: "plan_cycle",
    path: ["b", "c", "b"],
  });
  expect(run.snapshot().seq).toBe(seq);
  for (const key of ["a", "b", "c"]) {
    executor.finish(key);
    await env.settle();
  }
  expect((await ended).outcome).toBe("done");
});

test("a need on what failed blocks it and what is behind it, another edit frees them", async () => {
  const { run, executor, env } = watchedRun({
    tasks: { a: { run: "a" }, z: { run: "z" }, b: { run: "b", needs: ["z"] }, c: { run: "c", needs: ["b"] } },
  });
  const ended = run.start();
  await env.settle();
  executor.finish("a", FAILED);
  await env.settle();
  await run.edit("b", { needs: ["a"] });
  expect(run.why("c")).toMatchObject({ for: [{ kind: "blocked_by_failure", items: ["a"] }] });
  await run.edit("b", { needs: [] });
  await env.settle();
  expect(executor.running).toEqual(["z", "b"]);
  for (const key of ["z", "b", "c"]) {
    executor.finish(key);
    await env.settle();
  }
  expect(await ended).toMatchObject({ outcome: "failed", blocked: [], counts: { done: 3, failed: 1 } });
});

test("conditions, when and pools of it count from then on", async () => {
  const { run, executor, env } = watchedRun({
    pools: { p: 1 },
    tasks: {
      a: { run: "a" },
      b: { run: "b", needs: ["a"] },
      c: { run: "c", needs: ["a"] },
      d: { run: "d", needs: ["a"] },
      e: { run: "e", needs: ["a"] },
    },
  });
  const ended = run.start();
  await env.settle();
  await run.edit("b", { needs: { a: "failed" } });
  await run.edit("c", { when: { a: [1, 2] } });
  await run.edit("d", { uses: { p: 1 } });
  await run.edit("e", { uses: { p: 1 } });
  executor.finish("a", { kind: "done", output: 2 });
  await env.settle();
  expect(executor.running).toEqual(["c", "d"]);
  expect(run.snapshot().items.get("b")).toMatchObject({ status: "cancelled", reason: { code: "skipped" } });
  // Its places are the plan's again.
  await run.edit("e", { uses: null });
  await env.settle();
  expect(executor.running).toEqual(["c", "d", "e"]);
  for (const key of ["c", "d", "e"]) executor.finish(key);
  expect((await ended).outcome).toBe("done");
});

test("it becomes work for somebody outside, and work of this process again", async () => {
  const { run, executor, env } = watchedRun(
    { tasks: { a: { run: "a" }, b: { run: "b", needs: ["a"] } } },
    { awaitClaims: true },
  );
  const ended = run.start();
  await env.settle();
  await run.edit("b", { run: null });
  executor.finish("a");
  await env.settle();
  expect([executor.running, run.why("b")]).toMatchObject([[], { for: [{ kind: "claim" }] }]);
  await run.edit("b", { run: "again" });
  await env.settle();
  expect(executor.running).toEqual(["b"]);
  executor.finish("b");
  expect((await ended).outcome).toBe("done");
});

test("in layers it moves to the layer of its needs, with what is behind it, and never into one that has ended", async () => {
  const { run, executor, env } = watchedRun({
    schedule: "layers",
    tasks: {
      a: { run: "a" },
      b: { run: "b", needs: ["a"] },
      c: { run: "c", needs: ["b"] },
      d: { run: "d", needs: ["c"] },
    },
  });
  const ended = run.start();
  await env.settle();
  executor.finish("a");
  await env.settle();
  await run.edit("c", { needs: [] });
  await env.settle();
  expect(executor.running).toEqual(["b", "c"]);
  executor.finish("c");
  await env.settle();
  expect(run.why("d")).toMatchObject({ for: [{ kind: "layer", layer: 1 }] });
  await run.edit("d", { needs: ["c", "b"] });
  executor.finish("b");
  await env.settle();
  executor.finish("d");
  expect((await ended).outcome).toBe("done");
});

test("another process has it as it was edited, its needs included, before anything of it starts", async () => {
  const journal = memoryJournal();
  const plan = { tasks: { a: { run: "a" }, b: { run: "b", needs: ["a"] } } };
  const { run, env } = watchedRun(plan, { journal });
  run.start().catch(() => {});
  await env.settle();
  await run.add({ c: { run: "c", needs: ["a"] } });
  await run.edit("b", { needs: ["c"], timeout: "5m" });
  await run.edit("c", { title: "see" });
  await run.stop();
  const executor = manualExecutor();
  const next = virtualEnv(2);
  const again = resumeRun(await journal.recover(run.id), createRun(plan).plan, {
    journal,
    env: next,
    executors: [executor],
  });
  expect(again.plan.toText()).toBe(run.plan.toText());
  const ended = again.start();
  for (const key of ["a", "c", "b"]) {
    await next.settle();
    expect(executor.running).toEqual([key]);
    executor.finish(key);
  }
  expect((await ended).outcome).toBe("done");
  // And a retry of it, whose numbers are not in the order of the needs.
  expect((await journal.read(run.id)).growth).toHaveLength(3);
  const third = retryRun(await journal.read(run.id), again.plan, { journal, env: next, executors: [executor] });
  expect(await third.start()).toMatchObject({ outcome: "done", counts: { done: 3 } });
});

test("what was prepared for it counts when it is still what it would be prepared from", async () => {
  const { run, executor, env } = watchedRun(
    { tasks: { live: { run: "x" }, a: { run: "a", prepare: "p" } } },
    { liveItemsMax: 1 },
  );
  const ended = run.start();
  await env.settle();
  expect(executor.started).toEqual(["live#1", "a#1 prepare"]);
  executor.finish("a", { kind: "done", output: 1 });
  await env.settle();
  await run.edit("a", { title: "x" });
  await run.edit("a", { env: { A: "1" } });
  await env.settle();
  expect(executor.started.slice(2)).toEqual(["a#1 prepare"]);
  executor.finish("a", { kind: "done", output: 2 });
  await env.settle();
  await run.edit("a", { prepare: null });
  executor.finish("live");
  await env.settle();
  expect(executor.started.slice(3)).toEqual(["a#1"]);
  executor.finish("a");
  expect((await ended).outcome).toBe("done");
});

test("an item that is being prepared is prepared anew, when nothing of what was stopped runs any more", async () => {
  const { run, executor, env } = watchedRun(
    { tasks: { live: { run: "x" }, a: { run: "a", prepare: "p", timeout: 100 } } },
    { liveItemsMax: 2 },
    "ignore",
  );
  const ended = run.start();
  await env.settle();
  expect(executor.started).toEqual(["live#1", "a#1 prepare"]);
  await run.edit("a", { prepare: "q" });
  await env.settle();
  expect(executor.aborted).toEqual([{ item: "a", reason: "edited" }]);
  expect(run.snapshot().items.get("a")).toMatchObject({ status: "todo" });
  expect(run.snapshot().items.get("a")).not.toHaveProperty("stage");
  await env.advance(200);
  expect(executor.started.slice(2)).toEqual([]);
  // Whatever it comes to counts no more.
  executor.finish("a", { kind: "done", output: "old" });
  await env.settle();
  expect(executor.started.slice(2)).toEqual(["a#1 prepare"]);
  expect(executor.request("a").task.run).toBe("q");
  executor.finish("a", { kind: "done", output: "new" });
  await env.settle();
  expect(executor.request("a").inputs()).toEqual({ prepare: "new" });
  executor.finish("a");
  executor.finish("live");
  expect((await ended).outcome).toBe("done");
});

test("an item that was being prepared and needs no prepare any more is in no stage, live and stored", async () => {
  const journal = memoryJournal();
  const { run, env } = watchedRun(
    { tasks: { live: { run: "x" }, a: { run: "a", prepare: "p" } } },
    { liveItemsMax: 1, journal },
  );
  const ended = run.start();
  await env.settle();
  expect(run.snapshot().items.get("a")).toMatchObject({ stage: "preparing" });
  await run.edit("a", { prepare: null });
  await env.settle();
  expect(run.snapshot().items.get("a")).not.toHaveProperty("stage");
  expect((await journal.read(run.id)).items.find(({ item }) => item === 1)).not.toHaveProperty("stage");
  await run.cancel();
  await ended;
});

test("another function prepares anew, also one with the same text", async () => {
  const seen: unknown[] = [];
  const prepareWith = (value: number) => () => value;
  const env = virtualEnv();
  const gate = Promise.withResolvers<void>();
  const run = createRun(
    {
      tasks: {
        live: { run: () => gate.promise },
        a: { prepare: prepareWith(1), run: ({ inputs }) => void seen.push(inputs["prepare"]) },
      },
    },
    { liveItemsMax: 1, env },
  );
  const ended = run.start();
  await env.settle();
  expect(run.snapshot().items.get("a")).toMatchObject({ stage: "prepared" });
  await run.edit("a", { prepare: prepareWith(2) });
  gate.resolve();
  await env.settle();
  expect((await ended).outcome).toBe("done");
  expect(seen).toEqual([2]);
});

test("the files that it touches are those of the edit", async () => {
  const { run, executor, env } = watchedRun({
    tasks: { a: { run: "a", files: ["src/**"] }, b: { run: "b", files: ["src/x.ts"] }, c: { run: "c", needs: ["a"] } },
  });
  const ended = run.start();
  await env.settle();
  expect(executor.running).toEqual(["a"]);
  await run.edit("b", { files: ["docs/**"] });
  await run.edit("c", { needs: [], files: ["docs/a.md"] });
  await env.settle();
  expect(executor.running).toEqual(["a", "b"]);
  executor.finish("b");
  await env.settle();
  expect(executor.running).toEqual(["a", "c"]);
  executor.finish("c");
  executor.finish("a");
  expect((await ended).outcome).toBe("done");
});
