/** Goal: one error says everything that failed, in an order that does not depend on chance. Method: two failures against the plan's order. */
import { expect, test } from "vitest";
import { exitCodeOf, SignalboxError } from "../../src/base/errors.ts";
import { errorsOf, ItemFailedError, RunFailedError } from "../../src/engine/run-errors.ts";
import { watchedRun } from "../support/watched-run.ts";

const fail = (message: string) => ({ kind: "failed", reason: { code: "exit", message }, retryable: false }) as const;

test("S1-16: all failures of a run as one AggregateError, in the order of the plan, with codes and keys", async () => {
  const { env, executor, run } = watchedRun({
    name: "p",
    tasks: { a: { run: "a" }, b: { run: "b" }, c: { run: "c" } },
  });
  const ended = run.start();
  await env.settle();
  executor.finish("c", fail("exit code 3"));
  await env.settle();
  executor.finish("a", fail("exit code 1"));
  executor.finish("b");
  const result = await ended;
  expect(result.failures.map(({ item }) => item)).toEqual(["c", "a"]);
  const error = errorsOf(result)!;
  expect(error).toBeInstanceOf(AggregateError);
  expect(error).toBeInstanceOf(RunFailedError);
  expect(error).toMatchObject({
    code: "run_failed",
    runId: run.id,
    message: "2 items of p failed: a: exit code 1 and 1 more",
  });
  expect(error.errors.map(({ item, code, reason }) => [item, code, reason.code])).toEqual([
    ["a", "item_failed", "exit"],
    ["c", "item_failed", "exit"],
  ]);
  expect(error.errors.every((each) => each instanceof ItemFailedError && each instanceof SignalboxError)).toBe(true);
  expect(exitCodeOf(error.errors[0])).toBe(1);
});

test("there is nothing to throw when the run is done", async () => {
  const { env, executor, run } = watchedRun({ tasks: { a: { run: "a" } } });
  const ended = run.start();
  await env.settle();
  executor.finish("a");
  expect(errorsOf(await ended)).toBeUndefined();
});
