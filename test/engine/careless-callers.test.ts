/**
 * Goal: what hostile, careless or unlucky callers and workers do harms nobody else and is told.
 * Method: as in create-run.test.ts: the real engine; the test plays the worker and the clock.
 */
import { describe, expect, test } from "vitest";
import type { PlanDefinition } from "../../src/plan/plan.ts";
import { createRun } from "../../src/engine/create-run.ts";
import { manualExecutor } from "../support/manual-executor.ts";
import { virtualEnv } from "../support/virtual-env.ts";
import { watchedRun } from "../support/watched-run.ts";

const diamond: PlanDefinition = {
  name: "diamond",
  tasks: {
    a: { run: "a" },
    b: { needs: ["a"], run: "b" },
    c: { needs: ["a"], run: "c" },
    d: { needs: ["b", "c"], run: "d" },
  },
};

test("what could not be stopped, and an inspector that threw, are told to onProblem and noted", async () => {
  const problems: string[] = [];
  const inspect = (): never => {
    throw new Error("broken inspector");
  };
  const options = { onProblem: (problem: Error) => problems.push(problem.message), inspect };
  const { env, executor, run, events } = watchedRun({ tasks: { a: { run: "x", timeout: 10 } } }, options, "ignore");
  const ended = run.start();
  await env.advance(10);
  executor.finish("a", { kind: "aborted", note: "did not stop within 5000 ms" });
  await ended;
  expect(problems).toEqual(["the inspector threw and is not called any more", "a: did not stop within 5000 ms"]);
  expect(events.find(({ event }) => event === "note")).toMatchObject({ key: "a", reason: { code: "not_stopped" } });
});

describe("what a hostile or careless caller does", () => {
  test("killing one run leaves the attempts of another on the same executor alone", async () => {
    const env = virtualEnv();
    const executor = manualExecutor();
    const make = (key: string) =>
      createRun({ tasks: { [key]: { run: "x" } } }, { env, executors: [executor], liveItemsMax: 1 });
    const [killed, other] = [make("a"), make("b")];
    const first = killed.start();
    const second = other.start();
    await env.settle();
    await killed.stop({ graceful: false });
    await expect(first).rejects.toMatchObject({ code: "interrupted" });
    expect(executor.running).toEqual(["b"]);
    executor.finish("b");
    expect(await second).toMatchObject({ outcome: "done" });
  });

  test("one by one and the critical path count every attempt of an item", async () => {
    const { env, executor, run } = watchedRun({ tasks: { flaky: { run: "x", attemptsMax: 3 } } });
    const ended = run.start();
    for (const outcome of [
      { kind: "failed", reason: { code: "exit" }, retryable: true } as const,
      { kind: "done" } as const,
    ]) {
      await env.advance(100);
      executor.finish("flaky", outcome);
    }
    expect(await ended).toMatchObject({ sequentialMs: 200, criticalPathMs: 200, durationMs: 200 });
  });

  test("fail-fast: what was taken along is blocked by the item that failed", async () => {
    const tasks = { bad: { run: "x" }, other: { run: "x" }, later: { needs: ["other"], run: "x" } };
    const { env, executor, run } = watchedRun({ tasks, onFailure: "fail-fast" });
    const ended = run.start();
    await env.settle();
    executor.finish("bad", { kind: "failed", reason: { code: "exit" }, retryable: false });
    const { blocked } = await ended;
    expect(blocked).toEqual([{ item: "later", by: ["bad"], reason: "blocked_by_failure" }]);
    expect(() => (blocked as unknown[]).push(1)).toThrow(TypeError);
  });

  test("what is no event, plan or option is refused or changes nothing", async () => {
    const { env, executor, run } = watchedRun({ tasks: { a: { run: "x" } } });
    const ended = run.start();
    await env.settle();
    for (const event of [{}, { type: 5 }, { type: "xstate.done.actor.slot-0", output: 1, actorId: "slot-0" }])
      run.actor.send(event as never);
    executor.finish("a");
    expect(await ended).toMatchObject({ outcome: "done" });
    expect(() => createRun(null as never)).toThrow(expect.objectContaining({ code: expect.stringMatching(/plan/) }));
    for (const options of [null, { executors: 5 }, { journal: {} }, { abortGraceMs: Number.NaN }]) {
      expect(() => createRun(diamond, options as never)).toThrow(expect.objectContaining({ code: "invalid_usage" }));
    }
  });

  test.each([
    [{ scope: "a" }, 'expected scope to be a list of ids or keys of tasks, got "a"'],
    [{ scope: [3] }, "expected scope to be"],
    [{ scope: null }, "expected scope to be"],
    [{ executors: [1] }, "expected executors to be a list of executors"],
    [{ executors: [{ accepts: () => true }] }, "expected executors to be"],
    [{ itemLogic: "x" }, 'expected itemLogic to be compiled or interpreted, got "x"'],
    [{ open: "yes" }, 'expected open to be true or false, got "yes"'],
    [{ awaitClaims: 3 }, "expected awaitClaims to be true or false, got 3"],
    [{ withNeeds: 1 }, "expected withNeeds to be"],
    [{ env: {} }, "expected env to be"],
    [{ onProblem: "log" }, "expected onProblem to be"],
    [{ inspect: 1 }, "expected inspect to be"],
    [{ worktrees: {} }, "expected worktrees to be"],
    [{ signal: {} }, "expected signal to be"],
    [{ schedule: Symbol("x") }, "expected schedule to be one of"],
    [{ liveItemsMax: Object.create(null) }, "expected liveItemsMax to be"],
    [{ cap: 3 }, 'expected an option of a run, got "cap"; there are liveItemsMax'],
    [{ liveItemMax: 3 }, 'expected an option of a run, got "liveItemMax"; did you mean liveItemsMax?'],
    [{ pressure: { memry: 0.5 } }, 'expected an option of pressure, got "memry"; did you mean memory?'],
    [[], "expected options to be an object, got an empty list"],
  ])("the options %o are refused, with what would do", (options, message) => {
    expect(() => createRun(diamond, options as never)).toThrow(
      expect.objectContaining({ code: "invalid_usage", message: expect.stringContaining(message) }),
    );
  });

  test("options that are undefined are not given", () => {
    expect(createRun(diamond, { scope: undefined, cap: undefined } as never).plan.tasks.length).toBe(4);
  });

  test("what is no key of an item is refused by everything that takes one", async () => {
    const { env, run } = watchedRun(diamond);
    void run.start();
    await env.settle();
    const refused = { code: "invalid_usage", message: "expected the key of an item as text, got nothing" };
    const none = null as never;
    await expect(run.retry(none)).rejects.toMatchObject(refused);
    await expect(run.cancelItem(none)).rejects.toMatchObject(refused);
    await expect(run.edit(none, {})).rejects.toMatchObject(refused);
    expect(() => run.why(none)).toThrow(expect.objectContaining(refused));
    await expect(run.cancelItem("a", none)).rejects.toMatchObject({ code: "invalid_usage" });
    expect(run.snapshot().items.get("a")?.status).toBe("claimed");
  });

  test("an executor that throws fails the attempt, with what it threw; the run goes on", async () => {
    const env = virtualEnv();
    const broken = {
      accepts: () => true,
      start: (): never => {
        throw new TypeError("no luck");
      },
      stop: async () => {},
    };
    const run = createRun({ tasks: { a: { run: "x", attemptsMax: 2 } } }, { env, executors: [broken] });
    const { outcome, failures, snapshot } = await run.start();
    expect([outcome, snapshot.items.get("a")?.attempt]).toEqual(["failed", 2]);
    expect(failures).toMatchObject([
      { item: "a", reason: { code: "threw", message: "no luck", data: { name: "TypeError" } } },
    ]);
  });

  test("an executor that throws when it is to stop an attempt is told of, and its report still awaited", async () => {
    const env = virtualEnv();
    const executor = manualExecutor("ignore");
    const problems: string[] = [];
    const rude: typeof executor = {
      ...executor,
      start: (request, report) => {
        executor.start(request, report);
        return () => {
          throw new Error("no");
        };
      },
    };
    const onProblem = (problem: Error): number => problems.push(problem.message);
    const run = createRun({ tasks: { a: { run: "x", timeout: 10 } } }, { env, executors: [rude], onProblem });
    const ended = run.start();
    await env.advance(10);
    expect(problems).toEqual(["a: the executor threw when it was to stop its attempt"]);
    executor.finish("a", { kind: "aborted" });
    expect(await ended).toMatchObject({ outcome: "failed", failures: [{ reason: { code: "timeout" } }] });
  });
});
