/**
 * Goal: a run that was left is changed without going on with it: nothing of it starts, and what is refused leaves no trace.
 * Method: a worker and a clock that are the test's; the journal is read afterwards.
 */
import { describe, expect, test } from "vitest";
import { openToChange, resumeRun } from "../../src/engine/resume-run.ts";
import type { Run, RunOptions } from "../../src/engine/run.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import type { PlanDefinition } from "../../src/plan/plan.ts";
import { manualExecutor, type ManualExecutor } from "../support/manual-executor.ts";
import { FAILED, work } from "../support/rolling-run.ts";
import { virtualEnv, type VirtualEnv } from "../support/virtual-env.ts";
import { watchedRun } from "../support/watched-run.ts";

/** A run whose process ended without a word after `before`. */
async function left(plan: PlanDefinition, options: RunOptions, before: (life: Life) => void = () => {}) {
  const journal = memoryJournal();
  const first = watchedRun(plan, { ...options, journal });
  void first.run.start().catch(() => {});
  await first.env.settle();
  before(first);
  await first.env.settle();
  const { id } = first.run;
  const open = async (how: typeof openToChange) => {
    const env = virtualEnv();
    const executor = manualExecutor();
    const run = how(await journal.recover(id), first.run.plan, { journal, env, executors: [executor] });
    return { run, env, executor };
  };
  const log = async () => (await journal.audit(id, { limit: 1000 })).map(({ event, item }) => `${event} ${item}`);
  return { open, log, status: async () => (await journal.read(id)).status };
}

interface Life {
  readonly env: VirtualEnv;
  readonly executor: ManualExecutor;
  readonly run: Run;
}

describe("S1-12: a run that is opened to be changed", () => {
  test("starts nothing that became ready: no work, no prepare, no verify; resume starts it", async () => {
    const tasks = {
      slow: { run: "x" },
      pay: { needs: { slow: "settled" }, run: "x", verify: "x" },
      ahead: { needs: { slow: "settled" }, run: "x", prepare: "x" },
    } as const;
    const { open, log } = await left({ tasks }, { liveItemsMax: 1 });
    const { run, env, executor } = await open(openToChange);
    expect(await run.cancelItem("slow")).toEqual(["slow"]);
    await env.advance(60_000);
    await run.stop({ reason: "changed" });
    expect(executor.started).toEqual([]);
    expect((await log()).slice(-4)).toEqual(["recover -1", "release 0", "cancel 0", "stop -1"]);
    const next = await open(resumeRun);
    void next.run.start().catch(() => {});
    await next.env.settle();
    expect(next.executor.started).toEqual(["pay#1", "ahead#1 prepare"]);
  });

  test("of changes that come together each is answered, also those behind a refused one, which ends the work on the run", async () => {
    const { open } = await left({ tasks: { slow: { run: "x" } } }, {});
    const { run, env } = await open(openToChange);
    const asked = Promise.allSettled([run.retry("slow"), run.cancelItem("slow"), run.retry("slow")]);
    await env.settle();
    const answers = await asked;
    expect(answers.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  });

  test("what has failed is put back and waits; its deadline and its pause do not run out here", async () => {
    const tasks = {
      a: { run: "x" },
      b: { run: "x", attemptsMax: 2, backoff: { initial: 50 }, deadline: 100 },
      c: { run: "x" },
    };
    const { open, log } = await left({ tasks }, {}, ({ executor }) => {
      executor.finish("a", FAILED);
      executor.finish("b", FAILED);
    });
    const { run, env, executor } = await open(openToChange);
    expect(await run.retry("a")).toEqual(["a"]);
    await env.advance(60_000);
    await run.stop();
    expect(executor.started).toEqual([]);
    expect((await log()).slice(-3)).toEqual(["release 2", "requeue 0", "stop -1"]);
  });

  test("is as it was when the change is refused, while it rolls back too", async () => {
    const tasks = { a: work(), e: { run: "x" } };
    const rolling = await left({ tasks, onFailure: "rollback" }, {}, ({ executor }) => {
      executor.finish("a");
      executor.finish("e", FAILED);
    });
    const before = await rolling.log();
    expect(await rolling.status()).toBe("rollingBack");
    for (const change of [(run: Run) => run.cancelItem("a"), (run: Run) => run.retry("e")]) {
      const { run, executor } = await rolling.open(openToChange);
      await expect(change(run)).rejects.toMatchObject({ code: "not_ready" });
      await run.stop();
      expect(executor.started).toEqual([]);
    }
    expect(await rolling.log()).toEqual(before);
  });

  test("is cancelled as a whole; what has to be undone waits for the process that goes on", async () => {
    const plain = await left({ tasks: { a: { run: "x" } } }, {});
    const { run } = await plain.open(openToChange);
    expect(await run.cancel()).toMatchObject({ outcome: "cancelled" });

    const tasks = { a: work(), b: { run: "x" } };
    const rolling = await left({ tasks, onFailure: "rollback" }, {}, ({ executor }) => executor.finish("a"));
    const opened = await rolling.open(openToChange);
    await expect(opened.run.cancel()).rejects.toMatchObject({ code: "interrupted" });
    await opened.run.stop();
    expect(opened.executor.started).toEqual([]);
    expect(await rolling.status()).toBe("rollingBack");
    const next = await rolling.open(resumeRun);
    const ended = next.run.start();
    await next.env.settle();
    next.executor.finish("a");
    expect(await ended).toMatchObject({ outcome: "cancelled", rollback: { undone: ["a"] } });
  });
});
