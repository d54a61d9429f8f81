/**
 * Goal: what follows from an item's end follows in the same batch: skips, joins, cancelled members of groups (F1-F3).
 * Method: a manual executor ends attempts; what was published is read.
 */
import { describe, expect, test } from "vitest";
import { createRun } from "../../src/engine/create-run.ts";
import type { PlanDefinition } from "../../src/plan/plan.ts";
import { watchedRun } from "../support/watched-run.ts";

const failed = { kind: "failed", reason: { code: "exit" }, retryable: false } as const;
const x = { run: "x" };

type Step = readonly [key: string, how: "done" | "failed", output?: string | boolean];

/** Ends attempts in this order and answers what everything came to. */
async function played(plan: PlanDefinition, steps: readonly Step[]) {
  const { run, env, executor, names, events } = watchedRun(plan);
  const result = run.start();
  await env.settle();
  for (const [key, how, output] of steps) {
    executor.finish(
      key,
      how === "failed" ? failed : output === undefined ? { kind: "done" } : { kind: "done", output },
    );
    await env.settle();
  }
  const running = executor.running;
  const states = Object.fromEntries(
    [...run.snapshot().items].map(({ key, status, reason }) => [key, reason === undefined ? status : reason.code]),
  );
  return { run, result, running, states, names: names(), events, executor, env };
}

describe("conditions", () => {
  const tasks = {
    build: x,
    clean: { ...x, needs: { build: "settled" } },
    mend: { ...x, needs: { build: "failed" } },
    ship: { ...x, needs: { build: "done" } },
    tell: { ...x, needs: { ship: "passed", mend: "passed" } },
  } as const;

  test("settled runs whatever the outcome, failed only then; what is not needed is skipped, and the skip goes on", async () => {
    const { states, running, result, executor, env } = await played({ tasks }, [["build", "done"]]);
    expect(states).toMatchObject({ build: "done", mend: "skipped", clean: "claimed", ship: "claimed", tell: "todo" });
    expect(running.toSorted()).toEqual(["clean", "ship"]);
    for (const key of ["clean", "ship", "tell"]) {
      executor.finish(key);
      await env.settle();
    }
    expect(await result).toMatchObject({ outcome: "done", counts: { done: 4, cancelled: 1 }, blocked: [] });
  });

  test("13: a failure never resolves an edge that waits for done, and nothing hangs for it", async () => {
    const { states, result, executor, env } = await played({ tasks }, [["build", "failed"]]);
    expect(states).toEqual({ build: "exit", mend: "claimed", clean: "claimed", ship: "todo", tell: "todo" });
    for (const key of ["clean", "mend"]) {
      executor.finish(key);
      await env.settle();
    }
    expect(await result).toMatchObject({
      outcome: "failed",
      blocked: [
        { item: "ship", by: ["build"] },
        { item: "tell", by: ["build"] },
      ],
    });
  });

  test("9: what is behind a failure counts as settled, and as failed", async () => {
    const { states } = await played(
      {
        tasks: {
          a: x,
          b: { ...x, needs: ["a"] },
          c: { ...x, needs: { b: "settled" } },
          d: { ...x, needs: { b: "failed" } },
        },
      },
      [["a", "failed"]],
    );
    expect(states).toEqual({ a: "exit", b: "todo", c: "claimed", d: "claimed" });
  });

  test.each([
    { order: ["p", "q"], between: { x: "todo", y: "todo", z: "claimed" } },
    { order: ["q", "p"], between: { x: "skipped", y: "skipped", z: "claimed" } },
  ])("E3: an item that is held by a failure and skipped later has not failed, $order", async ({ order, between }) => {
    const plan: PlanDefinition = {
      tasks: {
        p: x,
        q: x,
        maybe: { ...x, needs: ["q"], when: { q: "yes" } },
        x: { ...x, needs: ["p", "maybe"] },
        y: { ...x, needs: { x: "failed" } },
        z: { ...x, needs: { x: "settled" } },
      },
    };
    const steps = { p: ["p", "failed"], q: ["q", "done", "no"] } as const;
    const first = await played(plan, [steps[order[0] as "p" | "q"]]);
    expect(first.states).toMatchObject(between);
    if (order[0] === "p") {
      expect(first.run.why("y")).toEqual({
        state: "waiting",
        item: "y",
        for: [{ kind: "needs", items: [{ item: "x", status: "todo", until: "failed" }] }],
      });
      expect(first.run.why("x")).toMatchObject({
        for: [
          { kind: "blocked_by_failure", items: ["p"] },
          { kind: "needs", items: [{ item: "maybe" }] },
        ],
      });
    }
    const both = await played(
      plan,
      order.map((key) => steps[key as "p" | "q"]),
    );
    expect(both.states).toMatchObject({ p: "exit", maybe: "skipped", x: "skipped", y: "skipped", z: "claimed" });
  });

  test("I8: a skip stands in the batch of what caused it", async () => {
    const { names } = await played({ tasks }, [["build", "done"]]);
    expect(names.slice(0, 5)).toEqual([
      "run.started",
      "item.claimed build",
      "item.done build",
      "item.cancelled mend",
      "item.claimed ship",
    ]);
  });
});

describe("when", () => {
  const plan = {
    tasks: { pick: x, red: { ...x, needs: ["pick"], when: { pick: ["red", true] } }, after: { ...x, needs: ["red"] } },
  };
  test.each([
    ["red", "claimed"],
    [true, "claimed"],
    ["green", "skipped"],
    [undefined, "skipped"],
  ])("output %j: %s", async (output, state) => {
    const { states } = await played(plan, [output === undefined ? ["pick", "done"] : ["pick", "done", output]]);
    expect(states["red"]).toBe(state);
    expect(states["after"]).toBe(state === "skipped" ? "skipped" : "todo");
  });
});

describe("a join", () => {
  test("takes no place, is done in the batch of its last need, and hands on the output of the first for `any`", async () => {
    const plan: PlanDefinition = {
      liveItemsMax: 1,
      tasks: {
        a: x,
        b: x,
        both: { join: "all", needs: ["a", "b"] },
        one: { join: "any", needs: ["b", "a"] },
        again: { join: "all", needs: ["one", "both"] },
      },
    };
    const { run, executor, env, names } = watchedRun(plan, { liveItemsMax: 1 });
    const result = run.start();
    await env.settle();
    executor.finish("a", { kind: "done", output: "from a" });
    await env.settle();
    expect(run.snapshot().items.get("one")).toMatchObject({ status: "done", output: "from a", attempt: 1 });
    executor.finish("b", { kind: "done", output: "from b" });
    expect(await result).toMatchObject({ outcome: "done", liveItemsPeak: 1 });
    expect(names().slice(-6)).toEqual(
      ["item.claimed both", "item.done both", "item.claimed again", "item.done again", "run.finished"].toSpliced(
        0,
        0,
        "item.done b",
      ),
    );
    expect(executor.started).toEqual(["a#1", "b#1"]);
  });

  test("`all` hands on what its needs gave, as their dependents would find it, through further joins too", async () => {
    const plan: PlanDefinition = {
      tasks: {
        a: { run: () => 1 },
        silent: { run: () => undefined },
        nothing: { run: () => null },
        bad: { run: () => Promise.reject(new Error("no")), allowFailure: true },
        m: { matrix: { n: [1, 2] }, run: ({ matrix }) => matrix["n"] },
        all: { join: "all", needs: { a: "done", silent: "done", nothing: "done", bad: "settled", m: "done" } },
        first: { join: "any", needs: ["all"] },
        none: { join: "all", needs: ["silent"] },
        outer: { join: "all", needs: ["first", "none", "a"] },
        last: { needs: ["outer", "none"], run: ({ inputs }) => inputs },
      },
    };
    const { snapshot } = await createRun(plan).start();
    const all = { a: 1, nothing: null, m: { "m[n=1]": 1, "m[n=2]": 2 } };
    expect(snapshot.items.get("all")).toMatchObject({ status: "done", output: all });
    expect(snapshot.items.get("none")).not.toHaveProperty("output");
    expect(snapshot.items.get("last")!.output).toEqual({ outer: { first: all, a: 1 }, none: null });
  });

  test("`all` of more than an output may hold is done without one, and the log says so", async () => {
    const big = { run: () => "x".repeat(6 * 1024 * 1024) };
    const run = createRun({ tasks: { a: big, b: big, all: { join: "all", needs: ["a", "b"] } } });
    const notes: unknown[] = [];
    run.audit$.subscribe(({ name, key, reason }) => name === "item.note" && notes.push([key, reason]));
    const { outcome, snapshot } = await run.start();
    expect(outcome).toBe("done");
    expect(snapshot.items.get("all")).not.toHaveProperty("output");
    const message =
      "it hands on nothing: the outputs of its needs are together more than is allowed in one output at b";
    expect(notes).toEqual([["all", { code: "output_not_json", message }]]);
  });

  test("`any` waits while one need is open, is blocked by failures, skipped when nothing of it is needed", async () => {
    const tasks = {
      a: x,
      b: x,
      c: { ...x, needs: { a: "failed" } },
      any: { join: "any", needs: ["b", "c"] },
      none: { join: "any", needs: ["c"] },
    } as const;
    const first = await played({ tasks }, [["b", "failed"]]);
    expect(first.states["any"]).toBe("todo");
    const second = await played({ tasks }, [
      ["b", "failed"],
      ["a", "done"],
    ]);
    expect(second.states).toMatchObject({ c: "skipped", any: "todo", none: "skipped" });
    expect(await second.result).toMatchObject({ outcome: "failed", blocked: [{ item: "any", by: ["b"] }] });
  });

  test("20,000 in a chain end without recursion, in bounded batches", async () => {
    const size = 20_000;
    const chain = Array.from({ length: size }, (_, i): [string, object] => [
      `t${i}`,
      i === 0 ? { run: () => 1 } : { join: "all", needs: [`t${i - 1}`] },
    ]);
    const result = await createRun({ tasks: Object.fromEntries(chain) }).start();
    expect(result).toMatchObject({ outcome: "done", counts: { done: size } });
  });

  test("nor do 20,000 skips", async () => {
    const size = 20_000;
    const chain = Array.from({ length: size }, (_, i): [string, object] => [
      `t${i}`,
      { run: () => 1, needs: i === 0 ? [] : i === 1 ? { t0: "failed" } : [`t${i - 1}`] },
    ]);
    const result = await createRun({ tasks: Object.fromEntries(chain) }).start();
    expect(result).toMatchObject({ outcome: "done", counts: { done: 1, cancelled: size - 1 } });
  });
});

describe("allowFailure", () => {
  test("10: its failure fails no run and stops nothing, and blocks what needs it done", async () => {
    const loose = { ...x, allowFailure: true };
    const calm = await played({ onFailure: "fail-fast", tasks: { a: loose, b: x } }, [
      ["a", "failed"],
      ["b", "done"],
    ]);
    expect(await calm.result).toMatchObject({ outcome: "done", failures: [{ item: "a" }] });
    const held = await played({ tasks: { a: loose, b: { ...x, needs: ["a"] } } }, [["a", "failed"]]);
    expect(await held.result).toMatchObject({ outcome: "failed", blocked: [{ item: "b", by: ["a"] }] });
  });
});

describe("groups", () => {
  const groups = { outer: {}, inner: { group: "outer" }, loose: { onError: "settleAll", group: "outer" } } as const;
  const tasks = {
    a: { ...x, group: "inner" },
    b: { ...x, group: "inner" },
    c: { ...x, group: "outer" },
    d: { ...x, group: "loose" },
    e: { ...x, group: "loose" },
    f: { ...x, group: "outer", needs: ["c"] },
    away: x,
  };
  const plan = { liveItemsMax: 9, groups, tasks };

  test("10: a failure cancels every member that has not ended, inner groups included, and nobody else", async () => {
    const { run, env, executor } = watchedRun(plan, { liveItemsMax: 9 });
    void run.start();
    await env.settle();
    executor.finish("a", failed);
    await env.settle();
    const states = [...run.snapshot().items].map(({ key, status }) => `${key} ${status}`);
    expect(states).toEqual(
      ["a failed", "b cancelled", "c cancelled", "d cancelled", "e cancelled", "f cancelled", "away claimed"].toSorted(
        (left, right) => run.plan.numberOf(left.split(" ")[0]!)! - run.plan.numberOf(right.split(" ")[0]!)!,
      ),
    );
    expect(executor.aborted.map(({ item, reason }) => `${item} ${reason}`).toSorted()).toEqual(
      ["b", "c", "d", "e"].map((key) => `${key} fail_fast`),
    );
    expect(executor.running).toEqual(["away"]);
  });

  test("settleAll lets the others go on and hands the failure on when all have ended", async () => {
    const { run, env, executor } = watchedRun(plan, { liveItemsMax: 9 });
    const result = run.start();
    await env.settle();
    executor.finish("d", failed);
    await env.settle();
    expect(executor.running.toSorted()).toEqual(["a", "away", "b", "c", "e"]);
    executor.finish("e");
    await env.settle();
    expect(executor.running).toEqual(["away"]);
    expect(run.snapshot().items.get("f")).toMatchObject({ status: "cancelled", reason: { data: { item: "d" } } });
    executor.finish("away");
    expect(await result).toMatchObject({ outcome: "failed", failures: [{ item: "d" }], blocked: [] });
  });

  test("fail-fast waits for nobody's last retry: a member between two attempts is cancelled with its backoff", async () => {
    const retried = { ...x, group: "g", attemptsMax: 3, backoff: { initial: "1h", jitter: false } };
    const { run, env, executor } = watchedRun({ groups: { g: {} }, tasks: { a: retried, b: { ...x, group: "g" } } });
    const result = run.start();
    await env.settle();
    executor.finish("a", { ...failed, retryable: true });
    await env.settle();
    executor.finish("b", failed);
    expect(await result).toMatchObject({ outcome: "failed", counts: { failed: 1, cancelled: 1 } });
    expect(env.armed).toBe(0);
  });

  test("a race ends when its join is done: who lost counts as skipped", async () => {
    const race: PlanDefinition = {
      groups: { race: { onError: "settleAll", race: "first" }, around: {} },
      tasks: {
        slow: { ...x, group: "race" },
        more: { ...x, group: "race", needs: ["slow"] },
        fast: { ...x, group: "race" },
        first: { join: "any", needs: ["slow", "fast"] },
        next: { ...x, needs: { first: "done", more: "passed" } },
      },
    };
    const { states, running, result, executor } = await played(race, [["fast", "done", "won"]]);
    expect(states).toEqual({ slow: "race_lost", more: "race_lost", fast: "done", first: "done", next: "claimed" });
    expect(running).toEqual(["next"]);
    executor.finish("next");
    expect(await result).toMatchObject({ outcome: "done" });
  });

  test("a group whose race was won has not failed, whoever failed in it", async () => {
    const race: PlanDefinition = {
      groups: { race: { onError: "settleAll", race: "first", group: "around" }, around: {} },
      tasks: {
        bad: { ...x, group: "race", allowFailure: false },
        good: { ...x, group: "race" },
        first: { join: "any", needs: ["bad", "good"] },
        other: { ...x, group: "around" },
      },
    };
    const { states } = await played(race, [
      ["bad", "failed"],
      ["good", "done"],
    ]);
    expect(states).toEqual({ bad: "exit", good: "done", first: "done", other: "claimed" });
  });
});

test("F3: nothing is skipped or joined in a run that settles", async () => {
  const { run, env, executor } = watchedRun({
    onFailure: "fail-fast",
    tasks: { a: x, b: { ...x, needs: { a: "done" } }, j: { join: "any", needs: { a: "failed" } } },
  });
  const result = run.start();
  await env.settle();
  executor.finish("a", failed);
  expect(await result).toMatchObject({ outcome: "failed", counts: { todo: 2 } });
});

test("joins are done while a run is paused: nothing starts for them", async () => {
  const { run, env, executor } = watchedRun({
    tasks: { a: x, j: { join: "all", needs: ["a"] }, b: { ...x, needs: ["j"] } },
  });
  void run.start();
  await env.settle();
  void run.pause();
  await env.settle();
  executor.finish("a");
  await env.settle();
  expect([...run.snapshot().items].map(({ status }) => status)).toEqual(["done", "done", "todo"]);
  void run.resume();
  await env.settle();
  expect(executor.running).toEqual(["b"]);
});
