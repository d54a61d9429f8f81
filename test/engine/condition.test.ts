/**
 * Goal: a `when` of the combinators takes one branch, or fails: what its condition answers is never guessed.
 * Method: the real engine with functions, and with attempts that end when the test says so, for a command and for somebody who claims the condition.
 */
import { describe, expect, test } from "vitest";
import { createRun } from "../../src/engine/create-run.ts";
import type { AttemptOutcome } from "../../src/executors/executor.ts";
import { sequence, task, when } from "../../src/plan/combine/combinators.ts";
import { definePlan } from "../../src/plan/define.ts";
import { planFromText } from "../../src/plan/read-text.ts";
import { manualExecutor } from "../support/manual-executor.ts";
import { virtualEnv } from "../support/virtual-env.ts";

const does = (id: string) => task(id, { run: () => id });

const plan = definePlan(
  when(task("c", { run: "x", attemptsMax: 3 }), task("t", { run: "x" }), task("e", { run: "x" })),
);

async function branchAfter(outcome: AttemptOutcome): Promise<{ started: readonly string[]; failures: unknown }> {
  const env = virtualEnv();
  const executor = manualExecutor();
  // As a process does that goes on with the run: what marks a condition is in the text of the plan.
  const run = createRun(planFromText(plan.toText()), { env, executors: [executor] });
  const ended = run.start();
  await env.settle();
  executor.finish("c", outcome);
  await env.settle();
  for (const item of executor.running) executor.finish(item);
  const { failures } = await ended;
  return { started: executor.started.slice(1), failures };
}

describe("a command as the condition of `when`", () => {
  test.each([
    [true, "t#1"],
    [false, "e#1"],
    [null, "e#1"],
    [undefined, "e#1"],
  ])("that answers %j takes the branch %s", async (output, branch) => {
    const outcome = await branchAfter(output === undefined ? { kind: "done" } : { kind: "done", output });
    expect(outcome).toEqual({ started: [branch], failures: [] });
  });

  test.each([["true"], [1], [0], [{ yes: true }], [["y".repeat(100)]]])(
    "that answers %j has failed, once, and neither branch is taken",
    async (output) => {
      const { started, failures } = await branchAfter({ kind: "done", output });
      expect(started).toEqual([]);
      const shown =
        JSON.stringify(output).length > 60 ? `${JSON.stringify(output).slice(0, 60)}…` : JSON.stringify(output);
      const message = `expected the condition c to answer true or false, got ${shown}`;
      expect(failures).toEqual([{ item: "c", reason: { code: "condition_not_boolean", message } }]);
    },
  );

  test("is not looked at when it failed by itself", async () => {
    const reason = { code: "exit", message: "exit code 1" };
    expect(await branchAfter({ kind: "failed", reason, retryable: false })).toEqual({
      started: [],
      failures: [{ item: "c", reason }],
    });
  });
});

describe("a function as the condition of `when`", () => {
  const ended = async (answer: unknown) => {
    const condition = task("c", { run: async () => answer, attemptsMax: 3 });
    const { outcome, failures, snapshot } = await createRun(when(condition, does("t"), does("e"))).start();
    const done = [...snapshot.items].filter(({ status }) => status === "done").map(({ key }) => key);
    return { outcome, done, failures, attempts: snapshot.items.get("c")!.attempt };
  };

  test.each([
    [true, "t"],
    [false, "e"],
    [null, "e"],
    [undefined, "e"],
  ])("that answers %j takes the branch %s", async (answer, branch) => {
    expect(await ended(answer)).toMatchObject({ outcome: "done", done: ["c", branch] });
  });

  test.each([["yes"], [5], [[]]])("that answers %j has failed as any other has, once", async (answer) => {
    const message = `expected the condition c to answer true or false, got ${JSON.stringify(answer)}`;
    const failures = [{ item: "c", reason: { code: "condition_not_boolean", message } }];
    expect(await ended(answer)).toEqual({ outcome: "failed", done: [], failures, attempts: 1 });
  });
});

test("a condition whose failure is allowed has answered nothing when it fails: `otherwise` is done, and the run goes on", async () => {
  const soft = task("c", { run: () => Promise.reject(new Error("no")), allowFailure: true });
  const { outcome, snapshot } = await createRun(sequence(when(soft, does("t"), does("e")), does("z"))).start();
  expect(outcome).toBe("done");
  expect([...snapshot.items].map(({ key, status }) => [key, status])).toEqual([
    ["c", "failed"],
    ["t", "cancelled"],
    ["e", "done"],
    ["z", "done"],
  ]);
});

test("what somebody outside answers to a condition is held to the same", async () => {
  const run = createRun(when(task("c"), task("t", { run: () => 1 })), { awaitClaims: true });
  const ended = run.start();
  const claim = await run.claims.claimNext({ agent: "w", waitMs: 1_000 });
  await run.claims.complete(claim!, { output: "yes" });
  expect((await ended).failures).toMatchObject([{ item: "c", reason: { code: "condition_not_boolean" } }]);
});
