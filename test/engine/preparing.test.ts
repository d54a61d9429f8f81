/**
 * Goal: which items are prepared when: within a limit of their own, ahead of their turn, once for the same inputs (P1-P5).
 * Method: the real engine; attempts that end when the test says so. A bug would look like: a prepare too many at once or a second
 * time, a slot that stays empty although something could start, a layer that begins or ends too early.
 */
import { describe, expect, test } from "vitest";
import { createRun } from "../../src/engine/create-run.ts";
import { resumeRun } from "../../src/engine/resume-run.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import type { PlanDefinition, TaskDefinition } from "../../src/plan/plan.ts";
import { planFromText } from "../../src/plan/read-text.ts";
import { inWords } from "../../src/scheduler/why-in-words.ts";
import { manualExecutor } from "../support/manual-executor.ts";
import { virtualEnv } from "../support/virtual-env.ts";
import { watchedRun } from "../support/watched-run.ts";

const failure = { kind: "failed", reason: { code: "exit", message: "exit code 1" }, retryable: true } as const;
const prepared: TaskDefinition = { prepare: "p", run: "x" };
const three = { tasks: { a: prepared, b: prepared, c: prepared } };

describe("P1, P4: what is prepared", () => {
  test("goes on ahead while other items hold every slot, up to its own limit and then to what may wait prepared", async () => {
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`i${i}`, prepared]));
    const { run, env, executor } = watchedRun({ tasks: many }, { liveItemsMax: 1, prepareItemsMax: 2 });
    void run.start();
    await env.settle();
    expect(executor.running).toEqual(["i0", "i1"]);
    expect(run.why("i2")).toMatchObject({ for: [{ kind: "prepare", live: 2, max: 2 }] });
    expect(inWords(run.why("i2"))).toBe("i2 waits:\n  to be prepared: 2 of 2 places are taken");
    executor.finish("i0");
    executor.finish("i1");
    await env.settle();
    // i0 is live and i1 is prepared: two more are being prepared, and then three wait, which is the cap and the limit.
    expect(executor.started).toEqual(["i0#1 prepare", "i1#1 prepare", "i0#1", "i2#1 prepare", "i3#1 prepare"]);
    executor.finish("i2");
    executor.finish("i3");
    await env.settle();
    expect(executor.running).toEqual(["i0"]);
    expect(run.why("i5")).toMatchObject({ for: [{ kind: "cap", live: 1, max: 1 }] });
    executor.finish("i0");
    await env.settle();
    expect(executor.running).toEqual(["i1", "i4"]);
  });

  test("may be an item that was added to a run whose plan had no prepare", async () => {
    const { run, env, executor } = watchedRun({ tasks: { a: { run: "x" } } }, { liveItemsMax: 1 });
    const ended = run.start();
    await env.settle();
    await run.add({ b: prepared, c: { ...prepared, needs: ["b"] } });
    await env.settle();
    expect(executor.running).toEqual(["a", "b"]);
    for (const item of ["b", "a", "b", "c", "c"]) {
      executor.finish(item);
      await env.settle();
    }
    expect(await ended).toMatchObject({ outcome: "done", counts: { done: 3 } });
    expect(executor.started).toEqual(["a#1", "b#1 prepare", "b#1", "c#1 prepare", "c#1"]);
  });

  test("is not held up by prepared items that wait for something else than a slot", async () => {
    const gpu = { ...prepared, uses: { gpu: 1 }, priority: 0 };
    const tasks = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`g${i}`, gpu]));
    const plan = { pools: { gpu: 1 }, tasks: { ...tasks, z: prepared } };
    const { run, env, executor } = watchedRun(plan, { liveItemsMax: 2, prepareItemsMax: 1 });
    void run.start();
    for (let i = 0; i < 6; i++) {
      await env.settle();
      executor.finish(`g${i}`);
    }
    await env.settle();
    expect(executor.running).toEqual(["g0", "z"]);
    executor.finish("z");
    await env.settle();
    expect(executor.running).toEqual(["g0", "z"]);
    expect(executor.started.at(-1)).toBe("z#1");
  });
});

describe("P3: what was prepared", () => {
  test("is there for every further attempt of the work, without a second prepare", async () => {
    const { run, env, executor } = watchedRun({ tasks: { a: { ...prepared, attemptsMax: 3 } } });
    const ended = run.start();
    await env.settle();
    executor.finish("a", { kind: "done", output: 7 });
    await env.settle();
    executor.finish("a", failure);
    await env.settle();
    expect(executor.request("a").inputs()).toEqual({ prepare: 7 });
    executor.finish("a", failure);
    await env.settle();
    executor.finish("a");
    expect(await ended).toMatchObject({ outcome: "done" });
    expect(executor.started).toEqual(["a#1 prepare", "a#1", "a#2", "a#3"]);
  });

  test("is there for a person's retry of the item, too", async () => {
    const { run, env, executor } = watchedRun({ tasks: { a: prepared, b: { run: "x" } } });
    void run.start();
    await env.settle();
    executor.finish("a");
    await env.settle();
    executor.finish("a", failure);
    await env.settle();
    await run.retry("a");
    await env.settle();
    expect(executor.started).toEqual(["b#1", "a#1 prepare", "a#1", "a#2"]);
  });

  test("is made again when its inputs have changed", async () => {
    const plan: PlanDefinition = {
      tasks: { n: { run: "x" }, a: { ...prepared, needs: { n: "settled" } }, keep: { run: "x" } },
    };
    const { run, env, executor } = watchedRun(plan);
    void run.start();
    await env.settle();
    executor.finish("n", failure);
    await env.settle();
    await run.retry("n");
    await env.settle();
    expect(executor.running).toEqual(["keep", "a", "n"]);
    executor.finish("a", { kind: "done", output: "without n" });
    executor.finish("n", { kind: "done", output: 1 });
    await env.settle();
    expect(executor.started).toEqual(["n#1", "keep#1", "a#1 prepare", "n#2", "a#1 prepare"]);
    executor.finish("a", { kind: "done", output: "with n" });
    await env.settle();
    expect(executor.request("a").inputs()).toEqual({ n: 1, prepare: "with n" });
  });

  test("is there for the undo of its item, also when another process goes on with the rollback", async () => {
    const journal = memoryJournal();
    const first = { env: virtualEnv(), executor: manualExecutor() };
    const plan: PlanDefinition = {
      onFailure: "rollback",
      tasks: { a: { ...prepared, undo: "u" }, b: { run: "x", needs: ["a"] } },
    };
    const run = createRun(plan, { env: first.env, journal, executors: [first.executor] });
    run.start().catch(() => {});
    for (const outcome of [
      { kind: "done", output: 1 },
      { kind: "done", output: 2 },
    ] as const) {
      await first.env.settle();
      first.executor.finish("a", outcome);
    }
    await first.env.settle();
    first.executor.finish("b", failure);
    await first.env.settle();
    expect(first.executor.request("a")).toMatchObject({ stage: "undo" });
    expect(first.executor.request("a").inputs()).toEqual({ a: 2, prepare: 1 });

    const second = { env: virtualEnv(), executor: manualExecutor() };
    const recovered = await journal.recover(run.id);
    const again = resumeRun(recovered, planFromText(recovered.record.planText), {
      env: second.env,
      journal,
      executors: [second.executor],
    });
    const ended = again.start();
    await second.env.settle();
    expect(second.executor.request("a").inputs()).toEqual({ a: 2, prepare: 1 });
    second.executor.finish("a");
    expect(await ended).toMatchObject({ outcome: "failed", rollback: { undone: ["a"] } });
  });

  test("I11: survives a crash: what was prepared is not prepared again, what was being prepared is", async () => {
    const journal = memoryJournal();
    const life = () => {
      const [env, executor] = [virtualEnv(), manualExecutor("ignore")];
      return { env, executor, options: { env, executors: [executor], journal, liveItemsMax: 1, prepareItemsMax: 2 } };
    };
    const first = life();
    const run = createRun(three, first.options);
    run.start().catch(() => {});
    await first.env.settle();
    first.executor.finish("a", { kind: "done", output: 1 });
    await first.env.settle();
    first.executor.finish("b", { kind: "done", output: 2 });
    await first.env.settle();
    expect(first.executor.running).toEqual(["a", "c"]);

    const second = life();
    const recovered = await journal.recover(run.id);
    const again = resumeRun(recovered, planFromText(recovered.record.planText), second.options);
    const ended = again.start();
    await second.env.settle();
    expect(second.executor.started).toEqual(["a#2", "c#1 prepare"]);
    expect(again.snapshot().items.get("b")).toMatchObject({ stage: "prepared" });
    second.executor.finish("c");
    for (const item of ["a", "b", "c"]) {
      await second.env.settle();
      if (item === "b") expect(second.executor.request("b").inputs()).toEqual({ prepare: 2 });
      second.executor.finish(item);
    }
    expect(await ended).toMatchObject({ outcome: "done" });
  });
});

describe("under a schedule", () => {
  test("S1-08: layers: an item that is being prepared keeps its layer open; the next layer is prepared ahead", async () => {
    const plan = { tasks: { a: { run: "x" }, b: prepared, c: { ...prepared, needs: ["a"] } } };
    const { run, env, executor, names } = watchedRun(plan, { schedule: "layers" });
    void run.start();
    await env.settle();
    executor.finish("a");
    await env.settle();
    expect(executor.running).toEqual(["b", "c"]);
    executor.finish("c");
    await env.settle();
    expect(executor.running).toEqual(["b"]);
    expect(names()).not.toContain("layer.finished");
    executor.finish("b");
    await env.settle();
    expect(executor.running).toEqual(["b"]);
    executor.finish("b");
    await env.settle();
    expect(executor.running).toEqual(["c"]);
  });

  test("P5: sequential: one thing at a time, in the order of the plan", async () => {
    const plan = { tasks: { a: prepared, b: { run: "x" }, c: prepared } };
    const { run, env, executor } = watchedRun(plan, { schedule: "sequential" });
    const ended = run.start();
    for (const item of ["a", "a", "b", "c", "c"]) {
      await env.settle();
      expect(executor.running).toEqual([item]);
      executor.finish(item);
    }
    expect(await ended).toMatchObject({ outcome: "done" });
    expect(executor.started).toEqual(["a#1 prepare", "a#1", "b#1", "c#1 prepare", "c#1"]);
  });
});

test("S2-01: a limit out of range is refused", () => {
  for (const prepareItemsMax of [0, 1.5, Number.NaN])
    expect(() => createRun(three, { prepareItemsMax })).toThrow("expected prepareItemsMax to be a whole number");
});
