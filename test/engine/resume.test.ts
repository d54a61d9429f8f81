/**
 * Goal: what going on with a run means for time, caps, outputs and the words of its errors.
 * Method: the process before is a real engine whose journal fails when the test says so, or one that was stopped; the clocks of both
 * processes are the test's, and the monotonic one starts anew as it does in a new process.
 */
import { describe, expect, test } from "vitest";
import { createRun } from "../../src/engine/create-run.ts";
import { resumeRun } from "../../src/engine/resume-run.ts";
import type { RunEvent, RunOptions } from "../../src/engine/run.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { checkPlan } from "../../src/plan/check-plan.ts";
import type { TaskDefinition } from "../../src/plan/plan.ts";
import { manualExecutor, type ManualExecutor } from "../support/manual-executor.ts";
import { virtualEnv, type VirtualEnv } from "../support/virtual-env.ts";

const failure = { kind: "failed", reason: { code: "exit" }, retryable: true } as const;

interface Life {
  readonly env: VirtualEnv;
  readonly executor: ManualExecutor;
}

/** A run that lived through `before` and whose process then ended without a word; `downMs` later another is about to go on. */
async function afterCrash(
  tasks: Record<string, TaskDefinition>,
  before: (life: Life) => Promise<void>,
  { downMs = 0, first = {}, second = {} }: { downMs?: number; first?: RunOptions; second?: RunOptions } = {},
) {
  const journal = memoryJournal();
  const old = { env: virtualEnv(1), executor: manualExecutor("ignore") };
  const run = createRun({ tasks }, { liveItemsMax: 4, ...first, env: old.env, journal, executors: [old.executor] });
  void run.start();
  await old.env.settle();
  await before(old);
  const env = virtualEnv(2);
  env.jump(old.env.clock.now() + downMs - env.clock.now());
  const executor = manualExecutor();
  const recovered = await journal.recover(run.id);
  const again = resumeRun(recovered, run.plan, { ...second, env, journal, executors: [executor] });
  const events: RunEvent[] = [];
  again.audit$.subscribe((event) => events.push(event));
  return { env, executor, again, events, journal, run, recovered };
}

describe("time", () => {
  const slow = { slow: { run: "x", attemptsMax: 3, deadline: 10_000 } };

  test("a deadline counts on while no process runs, once an attempt was spent", async () => {
    const { env, executor, again } = await afterCrash(
      slow,
      async (old) => {
        await old.env.advance(2_000);
        old.executor.finish("slow", failure);
        await old.env.advance(1_000);
      },
      { downMs: 4_000 },
    );
    const ended = again.start();
    await env.settle();
    expect(executor.started).toEqual(["slow#3"]);
    await env.advance(2_999);
    expect(executor.running).toEqual(["slow"]);
    await env.advance(1);
    expect(await ended).toMatchObject({
      outcome: "failed",
      failures: [{ item: "slow", reason: { code: "deadline" } }],
    });
  });

  test("I14: a deadline that passed while no process ran ends the item before anything of it starts", async () => {
    const { env, executor, again, events } = await afterCrash(
      slow,
      async (old) => {
        old.executor.finish("slow", failure);
        await old.env.settle();
      },
      { downMs: 3_600_000 },
    );
    const ended = again.start();
    await env.settle();
    expect(await ended).toMatchObject({
      outcome: "failed",
      failures: [{ item: "slow", reason: { code: "deadline" } }],
    });
    expect(events.filter(({ item }) => item === 0).map(({ event }) => event)).toEqual(["release", "claim", "timeout"]);
    expect(executor.started).toEqual([]);
  });

  test("a deadline counts anew when the only attempt was interrupted: nothing of the budget is spent", async () => {
    const { env, executor, again } = await afterCrash(slow, (old) => old.env.advance(9_000), { downMs: 3_600_000 });
    const ended = again.start();
    await env.advance(9_999);
    expect(executor.running).toEqual(["slow"]);
    executor.finish("slow");
    expect(await ended).toMatchObject({ outcome: "done" });
  });

  test("a timeout counts from the start of the attempt that follows", async () => {
    const tasks = { slow: { run: "x", timeout: 1_000 } };
    const { env, executor, again } = await afterCrash(tasks, (old) => old.env.advance(900), { downMs: 60_000 });
    const ended = again.start();
    await env.advance(999);
    expect(executor.running).toEqual(["slow"]);
    await env.advance(1);
    expect(await ended).toMatchObject({ failures: [{ item: "slow", reason: { code: "timeout" } }] });
  });

  describe("a pause between two attempts", () => {
    const flaky = { run: "x", attemptsMax: 2, backoff: { initial: "1h", max: "1h", jitter: false } };
    const fails = async (old: { executor: ManualExecutor; env: VirtualEnv }): Promise<void> => {
      old.executor.finish("flaky", failure);
      await old.env.advance(600_000);
    };

    test.each([
      ["goes on for what is left of it", 0, 3_000_000],
      ["goes on while no process runs", 2_400_000, 600_000],
      ["that ended meanwhile is not waited for again", 3_000_000, 0],
      ["is never longer than the plan says, whatever became of the wall clock", -86_400_000, 3_600_000],
    ])("%s", async (_, downMs, leftMs) => {
      const { env, executor, again } = await afterCrash({ flaky, other: { run: "x" } }, fails, { downMs });
      const ended = again.start();
      await env.settle();
      executor.finish("other");
      if (leftMs > 0) {
        await env.advance(leftMs - 1);
        expect(executor.started).toEqual(["other#2"]);
        expect(again.why("flaky")).toMatchObject({ for: [{ kind: "delay" }] });
        await env.advance(1);
      }
      expect(executor.started.toSorted()).toEqual(["flaky#2", "other#2"]);
      executor.finish("flaky");
      expect(await ended).toMatchObject({ outcome: "done" });
    });

    test("with jitter is the one that was drawn, by the chance of the run's own world", async () => {
      const backoff = { initial: "1h", max: "1h", jitter: true };
      const drawn = async (seed: number): Promise<number> => {
        const [env, executor] = [virtualEnv(seed), manualExecutor()];
        const run = createRun({ tasks: { flaky: { ...flaky, backoff } } }, { env, executors: [executor] });
        run.start().catch(() => {});
        await env.settle();
        executor.finish("flaky", failure);
        await env.settle();
        const [hold] = (run.why("flaky") as { readonly for: readonly { readonly untilMs: number }[] }).for;
        await run.stop();
        return hold!.untilMs - env.clock.now();
      };
      expect(await drawn(7)).toBe(await drawn(7));
      expect(await drawn(7)).not.toBe(await drawn(8));
      const { env, recovered, again } = await afterCrash({ flaky: { ...flaky, backoff } }, fails);
      again.start().catch(() => {});
      await env.settle();
      expect(again.why("flaky")).toMatchObject({
        for: [{ kind: "delay", untilMs: recovered.items[0]!.delayedUntil! }],
      });
      await again.stop();
    });

    test("ends with the deadline over all attempts, or with a cancel", async () => {
      const tasks = { flaky: { ...flaky, deadline: "2h" } };
      const late = await afterCrash(tasks, fails, { downMs: -86_400_000 });
      const failed = late.again.start();
      await late.env.advance(3_600_000);
      expect(late.executor.started).toEqual(["flaky#2"]);
      late.executor.finish("flaky", failure);
      expect(await failed).toMatchObject({ outcome: "failed" });
      const cancelled = await afterCrash(tasks, fails);
      const ended = cancelled.again.start();
      await cancelled.env.settle();
      await cancelled.again.cancelItem("flaky");
      expect(await ended).toMatchObject({ outcome: "cancelled" });
      expect([cancelled.env.armed, cancelled.executor.started]).toEqual([0, []]);
    });
  });

  test("an item that waits for a slot beyond its deadline has failed then, and nothing of it starts", async () => {
    const tasks = { slow: { run: "x", attemptsMax: 3, deadline: "10s" }, long: { run: "x", priority: 0 } };
    const { env, executor, again } = await afterCrash(
      tasks,
      async (old) => {
        old.executor.finish("slow", failure);
        await old.env.advance(4_000);
      },
      { first: { liveItemsMax: 2 }, second: { liveItemsMax: 1 } },
    );
    const ended = again.start();
    await env.settle();
    expect(executor.running).toEqual(["long"]);
    await env.advance(5_999);
    expect(again.snapshot().items.get("slow")!.status).toBe("todo");
    await env.advance(1);
    expect(again.snapshot().items.get("slow")).toMatchObject({ status: "failed", reason: { code: "deadline" } });
    executor.finish("long");
    expect(await ended).toMatchObject({ failures: [{ item: "slow" }] });
    expect(executor.started).toEqual(["long#2"]);
  });

  test("I14: a wall clock that was set back meanwhile ends nothing early", async () => {
    const { env, executor, again } = await afterCrash(
      slow,
      async (old) => {
        old.executor.finish("slow", failure);
        await old.env.advance(500);
      },
      { downMs: -86_400_000 },
    );
    const ended = again.start();
    await env.advance(9_000);
    executor.finish("slow");
    expect(await ended).toMatchObject({ outcome: "done", durationMs: 0 });
  });
});

describe("what is kept", () => {
  test("cap, schedule and failure policy are those of the first start; options of the second win", async () => {
    const tasks = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`t${i}`, { run: "x" }]));
    const same = await afterCrash(tasks, async () => {}, { first: { liveItemsMax: 2, onFailure: "fail-fast" } });
    void same.again.start();
    await same.env.settle();
    expect(same.executor.running).toHaveLength(2);
    same.executor.finish(same.executor.running[0]!, { ...failure, retryable: false });
    await same.env.settle();
    expect(same.again.snapshot()).toMatchObject({ status: "failed", counts: { failed: 1, cancelled: 1, todo: 4 } });

    const wider = await afterCrash(tasks, async () => {}, { first: { liveItemsMax: 2 }, second: { liveItemsMax: 5 } });
    void wider.again.start();
    await wider.env.settle();
    expect(wider.executor.running).toHaveLength(5);
  });

  test("a cap that was changed while the run went on is kept, unless the one who goes on says otherwise", async () => {
    const tasks = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`t${i}`, { run: "x" }]));
    const journal = memoryJournal();
    const env = virtualEnv();
    const first = createRun({ tasks }, { env, journal, liveItemsMax: 1, executors: [manualExecutor("ignore")] });
    void first.start();
    await env.settle();
    await first.setCap(2);
    await first.setCap(3);
    for (const [second, live] of [
      [{}, 3],
      [{ liveItemsMax: 5 }, 5],
    ] as const) {
      const executor = manualExecutor();
      const life = { env: virtualEnv(live), journal, executors: [executor] };
      const again = resumeRun(await journal.recover(first.id), first.plan, { ...second, ...life });
      again.start().catch(() => {});
      await life.env.settle();
      expect(executor.running).toHaveLength(live);
      await again.stop();
    }
  });

  test("a paused run goes on when somebody goes on with it, and says who did it", async () => {
    const journal = memoryJournal();
    const env = virtualEnv();
    const first = createRun({ tasks: { a: { run: "x" } } }, { env, journal, executors: [manualExecutor("ignore")] });
    void first.start();
    await env.settle();
    await first.pause();
    const executor = manualExecutor();
    const again = resumeRun(await journal.recover(first.id), first.plan, {
      env: virtualEnv(2),
      journal,
      executors: [executor],
    });
    const events: RunEvent[] = [];
    again.audit$.subscribe((event) => events.push(event));
    expect(again.snapshot().status).toBe("paused");
    void again.start();
    await env.settle();
    expect(executor.started).toEqual(["a#2"]);
    expect(events.map(({ event, actor }) => `${event} ${actor}`)).toEqual([
      "recover recovery",
      "release recovery",
      "resume recovery",
      "claim local",
    ]);
  });

  test("items behind a failure stay blocked, and a layer that was open goes on", async () => {
    const tasks = {
      bad: { run: "x" },
      good: { run: "x" },
      behind: { needs: ["bad"], run: "x" },
      next: { needs: ["good"], run: "x" },
    };
    const { env, executor, again } = await afterCrash(
      tasks,
      async (old) => {
        old.executor.finish("bad", { ...failure, retryable: false });
        await old.env.settle();
      },
      { first: { schedule: "layers" } },
    );
    const blocked: number[] = [];
    again.progress$.subscribe((progress) => blocked.push(progress.blocked));
    const ended = again.start();
    await env.settle();
    expect(blocked.at(-1)).toBe(1);
    expect(again.why("behind")).toMatchObject({ for: [{ kind: "blocked_by_failure", items: ["bad"] }] });
    expect(executor.started).toEqual(["good#2"]);
    executor.finish("good");
    await env.settle();
    executor.finish("next");
    expect(await ended).toMatchObject({ outcome: "failed", counts: { done: 2, failed: 1, todo: 1 } });
  });
});

test("what was cancelled before the run began holds what needs it, also in the process that begins", async () => {
  for (const join of [undefined, "all"] as const) {
    const journal = memoryJournal();
    const behind = join === undefined ? { run: "x" } : { join };
    const run = createRun({ tasks: { a: { run: "x" }, b: { ...behind, needs: ["a"] } } }, { journal });
    await run.cancelItem("a");
    const stopped = run.stop();
    await expect(run.start()).rejects.toMatchObject({ code: "interrupted" });
    await stopped;
    const again = resumeRun(await journal.recover(run.id), run.plan, { journal, executors: [manualExecutor()] });
    expect(await again.start()).toMatchObject({ outcome: "failed", blocked: [{ item: "b", by: ["a"] }] });
  }
});

describe("what is refused", () => {
  test("a run that has ended, a plan that is another, and options that are none", async () => {
    const { env, executor, again, journal, run, recovered } = await afterCrash({ a: { run: "x" } }, async () => {});
    const other = checkPlan({ tasks: { a: { run: "y" } } });
    expect(() => resumeRun(recovered, other, { journal })).toThrow(expect.objectContaining({ code: "plan_changed" }));
    for (const options of [{ signal: "no" }, { executors: 5 }, { abortGraceMs: -1 }])
      expect(() => resumeRun(recovered, run.plan, { journal, ...(options as object) })).toThrow(
        expect.objectContaining({ code: "invalid_usage" }),
      );
    const ended = again.start();
    await env.settle();
    executor.finish("a");
    await ended;
    const over = await journal.read(run.id);
    expect(() => resumeRun(over, run.plan, { journal })).toThrow(expect.objectContaining({ code: "already_settled" }));
  });
});
