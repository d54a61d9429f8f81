/**
 * Goal: an alternative of a `fallback`, or an entrant of a `race`, that somebody cancels did not come out, whatever its shape: the
 * next one is tried, nothing of it runs beside that, and the run is judged by what came out. A bug would look like a fallback that
 * ends with its first alternative although there is another. Method: every shape, cancelled at each of its items.
 */
import { describe, expect, test } from "vitest";
import { createRun } from "../../src/engine/create-run.ts";
import type { PlanInput } from "../../src/plan/combine/combined-plan.ts";
import { fallback, matrix, parallel, race, retry, sequence, task, when } from "../../src/plan/combine/combinators.ts";
import type { Step } from "../../src/plan/combine/step.ts";
import { definePlan } from "../../src/plan/define.ts";
import { manualExecutor } from "../support/manual-executor.ts";
import { virtualEnv } from "../support/virtual-env.ts";

const command = (id: string, more: object = {}): Step => task(id, { run: id, ...more });

/** Each with the item that is cancelled; `of` names its items after it. */
const SHAPES: readonly (readonly [string, string, (of: string) => Step])[] = [
  ["a single task", "a", (of) => command(of)],
  ["a task that may fail", "a", (of) => command(of, { allowFailure: true })],
  ["a task that is tried again", "a", (of) => retry(command(of), { attemptsMax: 3 })],
  ["the first of a sequence", "a-1", (of) => sequence(command(`${of}-1`), command(`${of}-2`))],
  ["the last of a sequence", "a-2", (of) => sequence(command(`${of}-1`), command(`${of}-2`))],
  ["one of a parallel that fails fast", "a-1", (of) => parallel(command(`${of}-1`), command(`${of}-2`))],
  [
    "one of a parallel that settles all",
    "a-1",
    (of) => parallel(command(`${of}-1`), command(`${of}-2`), { onError: "settleAll" }),
  ],
  ["one of a matrix", "a[n=1]", (of) => matrix({ n: [1, 2] }, () => command(of))],
  ["one item of a task with a matrix", "a[n=1]", (of) => command(of, { matrix: { n: [1, 2] } })],
  ["the condition of a when", "a-c", (of) => when(command(`${of}-c`), command(`${of}-t`))],
  ["the only entrant of a race", "a", (of) => race(command(of))],
];

function live(plan: PlanInput) {
  const env = virtualEnv();
  const executor = manualExecutor();
  const run = createRun(definePlan(plan as Step), { liveItemsMax: 9, env, executors: [executor] });
  const ended = run.start();
  /** Cancels these items when they run; all others are done. */
  const play = async (cancelled: readonly string[]): Promise<void> => {
    for (let turn = 0; turn < 50; turn++) {
      await env.settle();
      const item = executor.running.find((key) => cancelled.includes(key)) ?? executor.running[0];
      if (item === undefined) return;
      if (cancelled.includes(item)) await run.cancelItem(item);
      else executor.finish(item);
    }
  };
  return { env, executor, run, ended, play };
}

describe.each(SHAPES)("cancelling %s", (_what, item, shape) => {
  test("has the next alternative tried, when nothing of the one before runs", async () => {
    const { env, executor, run, ended, play } = live(fallback(shape("a"), command("b")));
    await env.settle();
    while (!executor.running.includes(item)) {
      executor.finish(executor.running[0]!);
      await env.settle();
    }
    await run.cancelItem(item);
    await env.settle();
    // What runs beside it is let go on, and nothing starts before its end.
    if (executor.running[0] !== "b") expect(executor.running).not.toContain("b");
    await play([]);
    const { outcome, snapshot, blocked } = await ended;
    expect(snapshot.items.get("b")?.status).toBe("done");
    expect(snapshot.items.get(item)?.status).toBe("cancelled");
    expect({ outcome, blocked }).toEqual({ outcome: "done", blocked: [] });
  });

  test("of the last alternative holds the fallback, and what stands behind it", async () => {
    const { ended, play } = live(sequence(fallback(command("x"), shape("a"), { name: "either" }), command("z")));
    await play(["x", item]);
    const { outcome, snapshot, blocked } = await ended;
    expect(snapshot.items.get("either")?.status).toBe("todo");
    expect(outcome).toBe("failed");
    expect(blocked.find((each) => each.item === "z")).toEqual({
      item: "z",
      by: ["x", item],
      reason: "blocked_by_failure",
    });
  });

  test("leaves a race to the others", async () => {
    const { ended, play } = live(race(shape("a"), command("b")));
    await play([item]);
    expect((await ended).outcome).toBe("done");
  });
});

/** Each with the item that is cancelled while `a` is live. */
const BEHIND_A_LIVE_ONE: readonly (readonly [string, string, Step])[] = [
  ["the last step of a sequence", "a-3", sequence(command("a"), command("a-2"), command("a-3"))],
  ["a middle step of a sequence", "a-2", sequence(command("a"), command("a-2"), command("a-3"))],
  ["the branch of a when", "a-t", when(command("a"), command("a-t"))],
  ["the branch of a when that has another", "a-t", when(command("a"), command("a-t"), command("a-e"))],
  ["the other branch of a when", "a-e", when(command("a"), command("a-t"), command("a-e"))],
  [
    "the last step of a sequence in a sequence",
    "a-3",
    sequence(sequence(command("a"), command("a-2")), sequence(command("a-3"))),
  ],
  [
    "a step of a sequence in a parallel",
    "a-2",
    parallel(sequence(command("a"), command("a-2")), command("k"), { onError: "settleAll" }),
  ],
  ["the branch of a when in a sequence", "a-t", sequence(when(command("a"), command("a-t")), command("a-2"))],
  ["what stands behind an inner fallback", "a-3", sequence(fallback(command("a"), command("a-2")), command("a-3"))],
  ["what stands behind an inner race", "a-2", sequence(race(command("a"), command("k")), command("a-2"))],
  ["the join of a race", "one", race(command("a"), command("k"), { name: "one" })],
  ["the join of a parallel", "all", parallel(command("a"), command("k"), { name: "all" })],
];

describe.each(BEHIND_A_LIVE_ONE)("cancelling %s that has not started, behind a live one", (_what, item, step) => {
  test("C3: has the next alternative tried when everything of this one has ended, and not before", async () => {
    const { env, executor, run, ended, play } = live(sequence(fallback(step, command("z")), command("behind")));
    await env.settle();
    await run.cancelItem(item);
    for (let turn = 0; turn < 9; turn++) {
      await env.settle();
      if (executor.running[0] === "z") break;
      expect(executor.running).not.toContain("z");
      executor.finish(executor.running[0]!, { kind: "done", output: true });
    }
    expect(executor.running).toEqual(["z"]);
    await play([]);
    const { outcome, snapshot } = await ended;
    expect(outcome).toBe("done");
    expect(snapshot.items.get(item)?.status).toBe("cancelled");
  });
});

describe("cancelling what has not started", () => {
  const noLuck = { kind: "failed", reason: { code: "no" }, retryable: false } as const;

  test("C3: of an entrant leaves a race that the others lost open until that entrant has ended", async () => {
    const { env, executor, run, play, ended } = live(
      fallback(race(sequence(command("a"), command("b")), command("k")), command("z")),
    );
    await env.settle();
    await run.cancelItem("b");
    executor.finish("k", noLuck);
    await env.settle();
    expect(executor.running).toEqual(["a"]);
    executor.finish("a");
    await env.settle();
    expect(executor.running).toEqual(["z"]);
    await play([]);
    expect((await ended).outcome).toBe("done");
  });

  test("C3: an alternative that is not tried yet is passed over when its turn comes, and not before", async () => {
    const { env, executor, run, play, ended } = live(
      fallback(sequence(command("a"), command("b")), command("c"), command("z")),
    );
    await env.settle();
    await run.cancelItem("c");
    await env.settle();
    expect(executor.running).toEqual(["a"]);
    executor.finish("a");
    await env.settle();
    expect(executor.running).toEqual(["b"]);
    executor.finish("b", noLuck);
    await env.settle();
    expect(executor.running).toEqual(["z"]);
    await play([]);
    expect((await ended).outcome).toBe("done");
  });

  test("C3: one that is not needed leaves the first alternative what it was", async () => {
    const { env, run, play, ended } = live(fallback(command("a"), command("c"), command("z")));
    await env.settle();
    await run.cancelItem("c");
    await play([]);
    const { outcome, snapshot } = await ended;
    expect(outcome).toBe("done");
    expect(snapshot.items.get("z")?.reason?.code).toBe("skipped");
  });
});

describe("allowFailure", () => {
  const noLuck = { kind: "failed", reason: { code: "no" }, retryable: false } as const;
  const optional = command("a", { allowFailure: true });

  test("an entrant of a race that fails has not won it", async () => {
    const { env, executor, run, ended } = live(sequence(race(optional, command("b"), { name: "first" }), command("z")));
    await env.settle();
    executor.finish("a", noLuck);
    await env.settle();
    expect(executor.running).toEqual(["b"]);
    expect(run.snapshot().items.get("first")?.status).toBe("todo");
    executor.finish("b");
    await env.settle();
    executor.finish("z");
    expect((await ended).outcome).toBe("done");
  });

  test("a race and a fallback have failed when all have, also where every one may fail", async () => {
    for (const step of [race, fallback]) {
      const retried = retry(command("b", { allowFailure: true }), { attemptsMax: 1 });
      const { env, executor, ended } = live(sequence(step(optional, retried), command("z")));
      for (const item of ["a", "b"]) {
        await env.settle();
        executor.finish(item, noLuck);
      }
      const { outcome, failures } = await ended;
      expect({ outcome, failures: failures.map(({ item }) => item) }).toEqual({
        outcome: "failed",
        failures: ["a", "b"],
      });
    }
  });

  test("inside a larger entrant it says what it always says", async () => {
    const { env, executor, ended } = live(race(sequence(command("x"), optional), command("b")));
    await env.settle();
    executor.finish("x");
    await env.settle();
    executor.finish("a", noLuck);
    const { outcome, skipped } = await ended;
    expect({ outcome, skipped: skipped.map(({ item }) => item) }).toEqual({ outcome: "done", skipped: ["b"] });
  });
});
