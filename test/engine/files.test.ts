/**
 * Goal: two items whose files overlap are never live at once, on a real run, whatever ends an attempt; `why` says who holds what.
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

const item = (files: string[], more: TaskDefinition = {}): TaskDefinition => ({ run: "x", files, ...more });
const plan = (tasks: Record<string, TaskDefinition>, more: Partial<PlanDefinition> = {}): PlanDefinition => ({
  tasks,
  ...more,
});

test("complaint 14: items that would touch the same files run one after the other, and the slot goes to somebody else", async () => {
  const { env, executor, run } = watchedRun(
    plan({ a: item(["src/**"]), b: item(["src/b.ts"]), c: item(["docs"]), d: { run: "x" } }),
    { liveItemsMax: 2 },
  );
  const end = run.start();
  await env.settle();
  expect(executor.running).toEqual(["a", "c"]);
  executor.finish("c");
  await env.settle();
  expect(executor.running).toEqual(["a", "d"]);
  executor.finish("a");
  await env.settle();
  expect(executor.running).toEqual(["d", "b"]);
  for (const key of executor.running) executor.finish(key);
  expect((await end).outcome).toBe("done");
});

test("items of a matrix share their files, so they run one at a time; shared files let them run together", async () => {
  const matrix = { n: [1, 2, 3] };
  const alone = watchedRun(plan({ a: item(["src"], { matrix }) }));
  void alone.run.start();
  const together = watchedRun(plan({ a: item(["src"], { matrix }) }, { sharedFiles: ["src/**"] }));
  void together.run.start();
  await alone.env.settle();
  await together.env.settle();
  expect([alone.executor.running.length, together.executor.running.length]).toEqual([1, 3]);
});

test("why names who holds which files, and for whom they are kept", async () => {
  const { env, run } = watchedRun(
    plan({ a: item(["src/**", "x.md"]), b: item(["docs/**"]), c: item(["src/a.ts", "docs/a.md"], { needs: [] }) }),
  );
  void run.start();
  await env.settle();
  const by = [
    { item: "a", files: ["src/**"] },
    { item: "b", files: ["docs/**"] },
  ];
  expect(run.why("c")).toEqual({ state: "waiting", item: "c", for: [{ kind: "files", by }] });
  expect(inWords(run.why("c"))).toBe("c waits:\n  for files: a holds src/**, b holds docs/**");
  expect(inWords({ state: "waiting", item: "d", for: [{ kind: "files", by: [], keptFor: "c" }] })).toBe(
    "d waits:\n  for files: they are kept for c, which was overtaken too often",
  );
});

test("X1: an attempt that ran out of time keeps its files until it has stopped; a backoff keeps none", async () => {
  const slow = item(["a"], { timeout: "1s", attemptsMax: 2, backoff: { initial: "1m", jitter: false } });
  const { env, executor, run } = watchedRun(plan({ a: slow, b: item(["a"]) }), {}, "ignore");
  void run.start();
  await env.advance(2_000);
  expect([executor.running, executor.aborted.length]).toEqual([["a"], 1]);
  executor.finish("a", { kind: "aborted" });
  await env.settle();
  expect(executor.running).toEqual(["b"]);
});

test("X1: a claim from outside waits for files like any other, and holds them over a restart", async () => {
  const journal = memoryJournal();
  const definition = plan({ c: item(["src/c.ts"]), b: item(["src/b.ts"], { needs: ["c"] }), a: { files: ["src/**"] } });
  const first = { env: virtualEnv(), executor: manualExecutor() };
  const options = { journal, awaitClaims: true };
  const left = createRun(definition, { ...options, env: first.env, executors: [first.executor] });
  left.start().catch(() => {});
  await first.env.settle();
  const refused = left.claims.claim("a", { agent: "ada" });
  await expect(refused).rejects.toThrow(
    "a waits:\n  for somebody to claim it: it has no `run` of its own\n  for files: c holds src/c.ts",
  );
  const granted = left.claims.claimNext({ agent: "ada", waitMs: 60_000 });
  await first.env.settle();
  first.executor.finish("c");
  await first.env.settle();
  // b has come first, so a is let through only when that is over.
  expect(first.executor.running).toEqual(["b"]);
  first.executor.finish("b", { kind: "failed", reason: { code: "exit" }, retryable: false });
  const claim = await granted;
  await left.stop();
  const { env, executor } = { env: virtualEnv(2), executor: manualExecutor() };
  const recovered = await journal.recover(left.id);
  const run = resumeRun(recovered, checkPlan(definition), { ...options, env, executors: [executor] });
  run.start().catch(() => {});
  await env.settle();
  await run.retry("b");
  await env.settle();
  expect(executor.running).toEqual([]);
  expect(inWords(run.why("b"))).toMatch(/^b waits:\n {2}for files: a holds src\/\*\*\n/);
  await run.claims.complete(claim!);
  await env.settle();
  expect(executor.running).toEqual(["b"]);
});

test("items that are added to a live run wait for files too", async () => {
  const { env, executor, run } = watchedRun(plan({ a: { run: "x" } }));
  void run.start();
  await env.settle();
  await run.add({ b: item(["src"]), c: item(["src/c.ts"]) });
  await env.settle();
  expect(executor.running).toEqual(["a", "b"]);
  executor.finish("b");
  await env.settle();
  expect(executor.running).toEqual(["a", "c"]);
});
