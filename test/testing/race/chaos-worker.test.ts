/** Goal: the faults are those of real workers, and each attempt is reported exactly once. Method: virtual time, an executor of the test. */
import { expect, test } from "vitest";
import { createRun } from "../../../src/engine/create-run.ts";
import { functionExecutor } from "../../../src/executors/function-executor.ts";
import * as fc from "fast-check";
import { memoryJournal } from "../../../src/journal/memory-journal.ts";
import {
  chaosWorker,
  planArbitrary,
  raceScheduler,
  runProblems,
  virtualEnv,
  type ChaosOptions,
} from "../../../src/testing/index.ts";

async function runWith(
  options: Omit<ChaosOptions, "env">,
): Promise<{ outcome: string; calls: number; faults: string[] }> {
  const env = virtualEnv(3);
  let calls = 0;
  const faults: string[] = [];
  const inner = functionExecutor({ env });
  const worker = chaosWorker(inner, {
    env,
    onFault: (fault, { attempt }) => faults.push(`${fault} ${attempt}`),
    ...options,
  });
  const run = createRun(
    {
      tasks: { a: { run: () => ++calls, attemptsMax: 5, timeout: "10s", backoff: { initial: "0ms", jitter: false } } },
    },
    { env, executors: [worker], liveItemsMax: 1 },
  );
  const { outcome } = await env.until(run.start());
  return { outcome, calls, faults };
}

test("a lost worker gives the attempt back, however far it had come", async () => {
  expect(await runWith({ crash: 1, only: ({ attempt }) => attempt === 1 })).toEqual({
    outcome: "done",
    calls: 2,
    faults: ["crash 1"],
  });
});

test("a worker that hangs is ended by the timeout", async () => {
  expect(await runWith({ hang: 1, only: ({ attempt }) => attempt <= 2 })).toEqual({
    outcome: "done",
    calls: 1,
    faults: ["hang 1", "hang 2"],
  });
});

test("a slow one begins late: in time or too late", async () => {
  expect(await runWith({ slow: 1, slowMs: 5_000 })).toMatchObject({ outcome: "done", calls: 1 });
  expect(await runWith({ slow: 1, slowMs: 20_000 })).toMatchObject({ outcome: "failed", calls: 0 });
});

test("chances that are more than one are refused", () => {
  expect(() =>
    chaosWorker(functionExecutor({ env: virtualEnv() }), { env: virtualEnv(), crash: 0.7, hang: 0.7 }),
  ).toThrow("expected chances from 0 to 1 that are 1 at most together, got 0.7, 0.7, 0");
});

test("I1: whichever order attempts, timers and the disk take, no invariant breaks", async () => {
  const script = fc.record({
    ends: fc.constantFrom("done" as const, "done" as const, "fails" as const, "vanishes" as const),
    whenAborted: fc.constantFrom("stops at once" as const, "stops later" as const, "goes on" as const),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      planArbitrary({ tasksMax: 5 }),
      fc.array(script, { minLength: 1 }),
      async (scheduler, plan, scripts) => {
        const world = raceScheduler(scheduler);
        const store = memoryJournal();
        const executor = world.executor((start) => scripts[start % scripts.length]!);
        const run = createRun(plan, { env: world.env, journal: world.journal(store), executors: [executor] });
        const ended = run.start();
        await world.untilIdle();
        // A worker that always vanishes never lets it end.
        if (scripts.every(({ ends }) => ends === "vanishes")) return;
        await Promise.race([ended, world.untilIdle()]);
        const audit = await store.audit(run.id, { limit: 100_000 });
        expect(
          runProblems({ plan: run.plan, audit, snapshot: run.snapshot(), liveItemsMax: plan.liveItemsMax! }),
        ).toEqual([]);
        await run.stop({ graceful: false });
      },
    ),
    { numRuns: 50 },
  );
});
