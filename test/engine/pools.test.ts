/**
 * Goal: pools hold on a real run, whatever ends an attempt, and `why` says who has the places.
 * Method: runs driven by hand on virtual time; a second process goes on with what a first one left.
 */
import { expect, test } from "vitest";
import { createRun } from "../../src/engine/create-run.ts";
import { resumeRun } from "../../src/engine/resume-run.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { checkPlan } from "../../src/plan/check-plan.ts";
import type { PlanDefinition, TaskDefinition } from "../../src/plan/plan.ts";
import { inWords } from "../../src/scheduler/why-in-words.ts";
import { manualExecutor } from "../support/manual-executor.ts";
import { virtualEnv } from "../support/virtual-env.ts";
import { watchedRun } from "../support/watched-run.ts";

const item = (more: TaskDefinition = {}): TaskDefinition => ({ run: "x", uses: { network: 1 }, ...more });
const plan = (...tasks: TaskDefinition[]): PlanDefinition => ({
  pools: { network: 2 },
  tasks: Object.fromEntries(tasks.map((task, i) => ["abcdef"[i]!, task])),
});

test("S2-02: two limits at once: the cap on all items, the pool on those that use it", async () => {
  const { env, executor, run } = watchedRun(plan(item(), item(), item(), { run: "x" }, { run: "x" }, { run: "x" }));
  const end = run.start();
  await env.settle();
  expect(executor.running).toEqual(["a", "b", "d", "e"]);
  executor.finish("d");
  await env.settle();
  expect(executor.running, "a slot is free, a place is not").toEqual(["a", "b", "e", "f"]);
  executor.finish("a");
  await env.settle();
  expect(executor.running).toEqual(["b", "e", "f", "c"]);
  for (const key of executor.running) executor.finish(key);
  expect((await end).outcome).toBe("done");
});

test("why names the pool, how many of its places are taken, and by whom", async () => {
  const { env, run } = watchedRun(plan(item(), item(), item({ uses: { network: 2 } })));
  void run.start();
  await env.settle();
  const hold = { kind: "pool", pool: "network", wanted: 2, taken: 2, places: 2, by: ["a", "b"] };
  expect(run.why("c")).toEqual({ state: "waiting", item: "c", for: [hold] });
  expect(inWords(run.why("c"))).toBe("c waits:\n  for 2 places of pool network: 2 of 2 taken, by a, b");
});

test("why says for whom a pool is kept", () => {
  const hold = { kind: "pool", pool: "p", wanted: 1, taken: 1, places: 2, by: ["b"], keptFor: "c" } as const;
  expect(inWords({ state: "waiting", item: "a", for: [hold] })).toBe(
    "a waits:\n  for 1 place of pool p: 1 of 2 taken, by b; what gets free is kept for c, which was overtaken too often",
  );
});

test("P1: an attempt that ran out of time keeps its places until it has stopped; a backoff keeps none", async () => {
  const slow = item({ uses: { network: 2 }, timeout: "1s", attemptsMax: 2, backoff: { initial: "1m", jitter: false } });
  const { env, executor, run } = watchedRun(plan(slow, item()), {}, "ignore");
  void run.start();
  await env.advance(2_000);
  expect([executor.running, executor.aborted.length]).toEqual([["a"], 1]);
  executor.finish("a", { kind: "aborted" });
  await env.settle();
  expect(executor.running).toEqual(["b"]);
});

test("a run that a crash left has all its places again", async () => {
  const journal = memoryJournal();
  const definition = plan(item(), item(), item());
  const first = { env: virtualEnv(), executor: manualExecutor() };
  const left = createRun(definition, { journal, env: first.env, executors: [first.executor], liveItemsMax: 4 });
  left.start().catch(() => {});
  await first.env.settle();
  expect(first.executor.running).toEqual(["a", "b"]);
  const { env, executor } = { env: virtualEnv(2), executor: manualExecutor() };
  const recovered = await journal.recover(left.id);
  const run = resumeRun(recovered, checkPlan(definition), { journal, env, executors: [executor] });
  const end = run.start();
  await env.settle();
  expect(executor.running).toEqual(["a", "b"]);
  for (const key of ["a", "b", "c"]) {
    executor.finish(key);
    await env.settle();
  }
  expect((await end).counts.done).toBe(3);
});
