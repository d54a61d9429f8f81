/**
 * Goal: what comes after something that was stopped starts when that has ended, not when it was told to (Z1-Z3). Method: attempts
 * that go on after they were told to stop until the test ends them; under each way to be stopped, and each schedule.
 */
import { describe, expect, test } from "vitest";
import { fallback, parallel, race, sequence, task } from "../../src/plan/combine/combinators.ts";
import type { PlanInput } from "../../src/plan/combine/combined-plan.ts";
import { createRun } from "../../src/engine/create-run.ts";
import { inWords } from "../../src/scheduler/why-in-words.ts";
import type { RunOptions } from "../../src/engine/run.ts";
import { manualExecutor } from "../support/manual-executor.ts";
import { virtualEnv } from "../support/virtual-env.ts";

const command = (id: string, more: object = {}) => task(id, { run: id, ...more });
const noLuck = { kind: "failed", reason: { code: "no" }, retryable: false } as const;

function stubborn(plan: PlanInput, options: RunOptions = {}) {
  const env = virtualEnv();
  const executor = manualExecutor("ignore");
  const run = createRun(plan, { liveItemsMax: 4, ...options, env, executors: [executor] });
  const result = run.start();
  return { env, executor, run, result };
}

describe.each(["as-ready", "layers"] as const)("S1-18, %s", (schedule) => {
  test("an alternative waits until the sibling of what failed has ended", async () => {
    const plan = fallback(parallel(command("a"), command("b")), sequence(command("c"), command("d")));
    const { env, executor, run, result } = stubborn(plan, { schedule });
    await env.settle();
    executor.finish("a", noLuck);
    await env.settle();
    expect(executor.aborted).toEqual([{ item: "b", reason: "fail_fast" }]);
    expect(executor.running).toEqual(["b"]);
    expect(run.why("c")).toEqual({ state: "waiting", item: "c", for: [{ kind: "ending", items: ["b"] }] });
    executor.finish("b");
    await env.settle();
    expect(executor.running).toEqual(["c"]);
    executor.finish("c");
    await env.settle();
    executor.finish("d");
    expect((await result).outcome).toBe("done");
  });

  test("an alternative waits for what ran out of time, however far before it failed", async () => {
    const plan = fallback(sequence(command("a", { timeout: 100 }), command("b")), command("c"));
    const { env, executor, result } = stubborn(plan, { schedule });
    await env.settle();
    await env.advance(100);
    expect(executor.running).toEqual(["a"]);
    executor.finish("a");
    await env.settle();
    expect(executor.running).toEqual(["c"]);
    executor.finish("c");
    expect((await result).outcome).toBe("done");
  });

  test("what stands behind a race waits until those have ended who lost it", async () => {
    const plan = sequence(race(sequence(command("a"), command("x")), command("b"), command("c")), command("d"));
    const { env, executor, result } = stubborn(plan, { schedule });
    await env.settle();
    executor.finish("c");
    await env.settle();
    expect(executor.running).toEqual(["a", "b"]);
    executor.finish("a");
    await env.settle();
    expect(executor.running).toEqual(["b"]);
    executor.finish("b");
    await env.settle();
    expect(executor.running).toEqual(["d"]);
    executor.finish("d");
    expect((await result).outcome).toBe("done");
  });
});

test("a clean-up in a plan of tasks waits for what it cleans up after, and takes no place of a pool meanwhile", async () => {
  const { env, executor, run, result } = stubborn({
    pools: { port: 1 },
    tasks: {
      server: { run: "server", timeout: 100 },
      other: { run: "other" },
      clean: { run: "clean", needs: { server: "settled" }, uses: { port: 1 } },
      late: { run: "late", needs: ["other"], uses: { port: 1 } },
    },
  });
  await env.settle();
  await env.advance(100);
  executor.finish("other");
  await env.settle();
  expect(executor.running).toEqual(["server", "late"]);
  expect(run.why("clean")).toMatchObject({ for: [{ kind: "ending", items: ["server"] }, { kind: "pool" }] });
  executor.finish("late");
  await env.settle();
  expect(executor.running).toEqual(["server"]);
  executor.finish("server");
  await env.settle();
  expect(executor.running).toEqual(["clean"]);
  executor.finish("clean");
  expect((await result).outcome).toBe("failed");
});

test("items that do not stand behind it start at once, and a claim from outside waits as our own attempts do", async () => {
  const { env, executor, run, result } = stubborn({
    tasks: {
      slow: { run: "slow", timeout: 100 },
      free: { run: "free" },
      after: { run: "after", needs: ["free"] },
      hand: { needs: { slow: "failed" } },
    },
  });
  await env.settle();
  await env.advance(100);
  executor.finish("free");
  await env.settle();
  expect(executor.running).toEqual(["slow", "after"]);
  await expect(run.claims.claim("hand", { agent: "somebody" })).rejects.toMatchObject({ code: "not_ready" });
  executor.finish("slow");
  await env.settle();
  const claim = await run.claims.claim("hand", { agent: "somebody" });
  executor.finish("after");
  await run.claims.complete(claim);
  expect((await result).counts).toMatchObject({ done: 3, failed: 1 });
});

test("a wide join in between is looked through once, not for each of many that wait behind it", async () => {
  const wide = 400;
  const many = (letter: string) => Array.from({ length: wide }, (_, i) => command(`${letter}${i}`));
  const plan = fallback(parallel(...many("a")), parallel(...many("b")));
  const { env, executor, result } = stubborn(plan, { liveItemsMax: wide });
  await env.settle();
  executor.finish("a0", noLuck);
  await env.settle();
  for (let i = 1; i < wide; i++) {
    expect(executor.running[0]).toBe(`a${i}`);
    executor.finish(`a${i}`);
    await env.settle();
  }
  expect(executor.running).toHaveLength(wide);
  for (let i = 0; i < wide; i++) executor.finish(`b${i}`);
  expect((await result).outcome).toBe("done");
});

describe("S2-05: why names what still runs for the item itself", () => {
  const own = { kind: "ending", items: ["a"] } as const;

  test("an attempt that ran out of time, until it has ended, also in a plan of plain needs", async () => {
    const { env, executor, run, result } = stubborn({
      tasks: { a: { run: "a", timeout: 100, attemptsMax: 2, backoff: { initial: "1s" } } },
    });
    await env.settle();
    await env.advance(100);
    const last = { attempt: 1, reason: "ran longer than its timeout of 100 ms" };
    expect(run.why("a")).toMatchObject({ state: "waiting", for: [own, { kind: "delay" }], last });
    await env.advance(60_000);
    expect(executor.started).toEqual(["a#1"]);
    expect(run.why("a")).toEqual({ state: "waiting", item: "a", for: [own], last });
    expect(inWords(run.why("a"))).toBe(
      [
        "a waits:",
        "  for what ran for it before to end: told to stop, and still running",
        "Attempt 1 of it ended: ran longer than its timeout of 100 ms.",
      ].join("\n"),
    );
    executor.finish("a");
    await env.settle();
    expect(run.why("a").state).toBe("claimed");
    executor.finish("a");
    expect((await result).outcome).toBe("done");
  });

  test("a prepare that ran out of time, and one of an item that was edited", async () => {
    const { env, executor, run, result } = stubborn({
      tasks: { a: { prepare: "p", run: "a", timeout: 100, attemptsMax: 2 } },
    });
    await env.settle();
    await env.advance(50);
    await run.edit("a", { priority: 5 });
    await env.settle();
    expect(run.why("a")).toEqual({ state: "waiting", item: "a", for: [own] });
    executor.finish("a", { kind: "aborted" });
    await env.settle();
    expect(run.why("a")).toEqual({ state: "waiting", item: "a", for: [{ kind: "preparing" }] });
    await env.advance(60_100);
    expect(run.why("a")).toMatchObject({ state: "waiting", for: [own] });
    for (let i = 0; i < 3; i++) {
      executor.finish("a", i === 0 ? { kind: "aborted" } : { kind: "done" });
      await env.settle();
    }
    expect((await result).outcome).toBe("done");
  });
});
