/**
 * Goal: a run that has ended is tried again as a new run that takes over what was done, whatever the schedule, and also when its
 * process dies before it took anything over.
 * Method: a worker that is the test's; journals in memory.
 */
import { expect, test } from "vitest";
import { resumeRun } from "../../src/engine/resume-run.ts";
import { retryRun } from "../../src/engine/retry-run.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import type { Journal } from "../../src/journal/journal.ts";
import type { PlanDefinition } from "../../src/plan/plan.ts";
import { crashingJournal } from "../support/crashing-journal.ts";
import { manualExecutor } from "../support/manual-executor.ts";
import { replayLog } from "../support/replayed-log.ts";
import { virtualEnv } from "../support/virtual-env.ts";
import { watchedRun } from "../support/watched-run.ts";

const PLAN: PlanDefinition = {
  tasks: {
    fetch: { run: "fetch" },
    build: { run: "build", needs: ["fetch"] },
    test: { run: "test", needs: ["build"] },
    lint: { run: "lint" },
  },
};

/** A run in which everything was done but `build`, which failed, and `test` behind it. */
async function failedRun(journal: Journal, plan: PlanDefinition = PLAN) {
  const watched = watchedRun(plan, { journal });
  const ended = watched.run.start();
  for (let left = 3; left > 0; left--) {
    await watched.env.settle();
    const [item] = watched.executor.running;
    const failed = { kind: "failed", reason: { code: "exit" }, retryable: true } as const;
    watched.executor.finish(item!, item === "build" ? failed : { kind: "done", output: `${item} of the first run` });
  }
  expect(await ended).toMatchObject({ outcome: "failed", counts: { done: 2, failed: 1, todo: 1 } });
  return watched.run;
}

function world(journal: Journal) {
  const env = virtualEnv(2);
  env.jump(60_000);
  const executor = manualExecutor();
  return { env, executor, options: { journal, env, executors: [executor] } };
}

test.each(["as-ready", "layers", "sequential"] as const)(
  "complaint 15: under %s what was done is carried over with its outputs, and only the rest runs",
  async (schedule) => {
    const journal = memoryJournal();
    const first = await failedRun(journal, { ...PLAN, schedule });
    const { env, executor, options } = world(journal);
    const run = retryRun(await journal.read(first.id), first.plan, options);
    expect(run.id).not.toBe(first.id);
    const ended = run.start();
    await env.settle();
    expect(executor.running).toEqual(["build"]);
    expect(executor.request("build").inputs()).toEqual({ fetch: "fetch of the first run" });
    executor.finish("build");
    await env.settle();
    executor.finish("test");
    expect(await ended).toMatchObject({ outcome: "done", counts: { done: 4 }, liveItemsPeak: 1 });
    const audit = await journal.audit(run.id);
    replayLog(audit, () => 1);
    const carried = audit.filter(({ actor }) => actor === "carried").map(({ item, event }) => [item, event]);
    expect(new Set(carried.map(([item]) => run.plan.tasks[item as number]!.key))).toEqual(new Set(["fetch", "lint"]));
    expect(carried).toHaveLength(4);
    expect((await journal.read(run.id)).record.options).toMatchObject({ retryOf: first.id });
    expect((await journal.read(first.id)).status).toBe("failed");
  },
);

test("a new run whose process dies before it took anything over takes it over when it goes on", async () => {
  const journal = memoryJournal();
  const first = await failedRun(journal);
  const lost = world(crashingJournal(journal, 1, false));
  const run = retryRun(await journal.read(first.id), first.plan, lost.options);
  await expect(run.start()).rejects.toMatchObject({ code: "journal_unavailable" });
  const { env, executor, options } = world(journal);
  const again = resumeRun(await journal.recover(run.id), run.plan, options);
  const ended = again.start();
  await env.settle();
  expect(executor.started).toEqual(["build#1"]);
  executor.finish("build");
  await env.settle();
  executor.finish("test");
  expect(await ended).toMatchObject({ outcome: "done", counts: { done: 4 } });
});

test("a new run that was interrupted keeps what it took over", async () => {
  const journal = memoryJournal();
  const first = await failedRun(journal);
  const left = world(journal);
  const run = retryRun(await journal.read(first.id), first.plan, left.options);
  void run.start().catch(() => {});
  await left.env.settle();
  await run.stop();
  const { env, executor, options } = world(journal);
  void resumeRun(await journal.recover(run.id), run.plan, options).start();
  await env.settle();
  expect(executor.started).toEqual(["build#2"]);
});

test("a run that has not ended is not retried, and neither is another plan", async () => {
  const journal = memoryJournal();
  const going = watchedRun(PLAN, { journal });
  void going.run.start().catch(() => {});
  await going.env.settle();
  const stored = await journal.read(going.run.id);
  expect(() => retryRun(stored, going.run.plan, { journal })).toThrow(expect.objectContaining({ code: "not_ready" }));
  await going.run.cancel();
  const other = watchedRun({ tasks: { x: { run: "x" } } }).run.plan;
  const ended = await journal.read(going.run.id);
  expect(() => retryRun(ended, other, { journal })).toThrow(expect.objectContaining({ code: "plan_changed" }));
});
