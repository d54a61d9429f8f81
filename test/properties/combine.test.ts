/**
 * Goal: a plan that combinators made does what the combinators mean. Method: random nested ones with random outcomes, on the real
 * engine over virtual time, against an interpreter that walks the tree (`step-interpreter.ts`) and shares nothing with the
 * compiler: every state, attempt and output, the failures in their order, and the moment of the end. A bug would look like a task
 * that ran although its branch was not taken, or a run that is done although nothing came out of it.
 */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createRun } from "../../src/engine/create-run.ts";
import { errorsOf } from "../../src/engine/run-errors.ts";
import type { Run } from "../../src/engine/run.ts";
import type { Executor } from "../../src/executors/executor.ts";
import { isSkipped } from "../../src/items/skip.ts";
import { definePlan } from "../../src/plan/define.ts";
import { leavesOf, stepOfTree, trees, type Leaf, type Tree } from "../support/combined-tree.ts";
import { interpret, type Interpreted, type LeafStatus } from "../support/step-interpreter.ts";
import { virtualEnv, type VirtualEnv } from "../support/virtual-env.ts";

const policies = ["isolate", "fail-fast"] as const;
type Policy = (typeof policies)[number];

test("S1-15, S1-16: the compiled plan does what the tree means", async () => {
  const sizes = new Map<string, number>();
  const property = fc.asyncProperty(trees, fc.constantFrom(...policies), async (tree, onFailure) => {
    const expected = interpret(tree, onFailure);
    for (const status of Object.values(expected.statuses)) sizes.set(status, (sizes.get(status) ?? 0) + 1);
    const { outcome, ...rest } = await played(tree, onFailure);
    if (expected.outcome === "missed") expect(["failed", "cancelled"]).toContain(outcome);
    for (const [key, status] of Object.entries(expected.statuses))
      if (status === "unsure" && /todo|cancelled|skipped/.test(rest.statuses[key]!)) rest.statuses[key] = status;
    expect({ ...rest, outcome: expected.outcome === "missed" ? "missed" : outcome }).toEqual(expected);
  });
  await fc.assert(property, { numRuns: 1_200 });
  // Each way for a task to come out is met often.
  for (const status of ["done", "failed", "cancelled", "skipped", "todo"])
    expect(sizes.get(status)).toBeGreaterThan(100);
});

/** The same account of the real run. */
async function played(tree: Tree, onFailure: Policy): Promise<Interpreted & { statuses: Record<string, LeafStatus> }> {
  const leaves = leavesOf(tree);
  const env = virtualEnv();
  const executor = worker(env, new Map(leaves.map((leaf) => [leaf.key, leaf])), (item) => run.cancelItem(item));
  const run: Run = createRun(definePlan(stepOfTree(tree)), {
    liveItemsMax: 100,
    onFailure,
    env,
    executors: [executor],
  });
  const ended = run.start();
  for (const { key, cancelledEarlyAt } of leaves)
    if (cancelledEarlyAt !== undefined)
      env.timers.after(cancelledEarlyAt, () => {
        const { status, items } = run.snapshot();
        if (status === "running" && items.get(key)?.status === "todo") void run.cancelItem(key);
      });
  await env.advance(Number.MAX_SAFE_INTEGER);
  // A run that hangs says so at once.
  expect(run.snapshot().status).toMatch(/done|failed|cancelled/);
  const result = await ended;
  const items = leaves.map(({ key }) => result.snapshot.items.get(key)!);
  const statusOf = ({ status, reason }: (typeof items)[number]): LeafStatus =>
    isSkipped(status, reason) ? "skipped" : status;
  const failures = result.failures.map(({ item }) => item);
  if (result.outcome !== "done" && failures.length > 0) {
    const written = leaves.map(({ key }) => key).filter((key) => failures.includes(key));
    expect(errorsOf(result)?.errors.map(({ item }) => item)).toEqual(written);
  } else expect(errorsOf(result)).toBeUndefined();
  return {
    outcome: result.outcome as Interpreted["outcome"],
    statuses: Object.fromEntries(items.map((item) => [item.key, statusOf(item)])),
    attempts: Object.fromEntries(items.map(({ key, attempt }) => [key, attempt])),
    outputs: Object.fromEntries(
      items.filter(({ status }) => status === "done").map(({ key, output }) => [key, output as never]),
    ),
    failures,
    endedAt: Math.round(result.durationMs),
  };
}

/** Does what the leaves say, in their time. */
function worker(
  { timers }: VirtualEnv,
  leaves: ReadonlyMap<string, Leaf>,
  cancel: (item: string) => unknown,
): Executor {
  return {
    accepts: (task) => task.run !== undefined,
    start({ item, attempt }, report) {
      const { ms, failures, output, cancelled } = leaves.get(item)!;
      const stopTimer = timers.after(ms, () => {
        if (cancelled) return void cancel(item);
        report(
          attempt > failures
            ? { kind: "done", output }
            : { kind: "failed", reason: { code: "no luck" }, retryable: true },
        );
      });
      return () => {
        stopTimer();
        report({ kind: "aborted" });
      };
    },
    stop: async () => {},
  };
}
