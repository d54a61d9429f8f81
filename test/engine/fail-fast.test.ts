/**
 * Goal: under `fail-fast` nothing that is queued, delayed or claimable starts after the failure, what is live is stopped and awaited
 * before the run ends, and a group that lets its members end is let end first.
 * Method: the real engine on virtual time; attempts that do not stop before the test says so.
 */
import { describe, expect, test } from "vitest";
import type { AttemptOutcome } from "../../src/executors/executor.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import type { PlanDefinition, TaskDefinition } from "../../src/plan/plan.ts";
import { watchedRun } from "../support/watched-run.ts";

const x: TaskDefinition = { run: "x" };
const FAILED: AttemptOutcome = { kind: "failed", reason: { code: "exit" }, retryable: true };

async function played(
  plan: PlanDefinition,
  liveItemsMax: number,
  steps: readonly (readonly [string, AttemptOutcome?])[],
) {
  const watched = watchedRun({ ...plan, onFailure: "fail-fast" }, { liveItemsMax }, "ignore");
  const ended = watched.run.start();
  for (const [item, outcome] of steps) {
    await watched.env.settle();
    watched.executor.finish(item, outcome);
  }
  await watched.env.settle();
  return { ...watched, ended };
}

test("S1: siblings are stopped and awaited; nothing queued, delayed, ready meanwhile or without a worker starts any more", async () => {
  const delayed = { ...x, attemptsMax: 2, backoff: { initial: "1s", jitter: false } };
  const plan = { tasks: { bad: x, slow: x, delayed, queued: x, behind: { ...x, needs: ["slow"] }, outside: {} } };
  const { run, env, executor, ended } = await played(plan, 3, [
    ["delayed", FAILED],
    ["bad", FAILED],
  ]);
  expect(executor.aborted.map(({ item }) => item)).toEqual(["slow", "queued"]);
  await env.advance(5_000);
  expect(await run.claims.claimNext({ agent: "somebody" })).toBeUndefined();
  expect([run.snapshot().status, executor.started]).toEqual(["settling", ["slow#1", "bad#1", "delayed#1", "queued#1"]]);
  // Its report comes too late to let anything start.
  executor.finish("slow");
  await env.settle();
  expect(run.snapshot().status).toBe("settling");
  executor.finish("queued", { kind: "aborted" });
  expect(await ended).toMatchObject({
    outcome: "failed",
    failures: [{ item: "bad" }],
    counts: { failed: 1, cancelled: 2, todo: 3 },
  });
  expect(executor.started).toHaveLength(4);
});

test.each([
  ["the run", { onFailure: "fail-fast" } as const, {}],
  ["a group", { groups: { g: {} } }, { group: "g" }],
])("S1: whatever %s takes along says in the log which item failed, and of what", async (_what, policy, member) => {
  const journal = memoryJournal();
  const task = { ...x, ...member };
  const { run, env, executor, events } = watchedRun(
    { ...policy, tasks: { other: task, bad: task, slow: task, waits: { ...task, needs: ["slow"] } } },
    { journal },
    "ignore",
  );
  const ended = run.start();
  await env.settle();
  // Not the first of its layer, and another has ended before it.
  executor.finish("other");
  executor.finish("bad", { kind: "failed", reason: { code: "exit", message: "exit code 7" }, retryable: true });
  await env.settle();
  executor.finish("slow", { kind: "aborted" });
  await ended;
  const told = events.filter(({ event }) => event === "cancel").map(({ key, reason }) => [key, reason]);
  const because = { code: "fail_fast", message: "bad failed: exit code 7", data: { item: "bad", code: "exit" } };
  const left = "groups" in policy ? [["waits", because]] : [];
  expect(told).toEqual([["slow", because], ...left]);
  const stored = await journal.audit(run.id, { limit: 100 });
  expect(stored.filter(({ event }) => event === "cancel").map(({ reason }) => reason)).toEqual(
    told.map(([, reason]) => reason),
  );
});

test("S1: a sibling that fails while it is being stopped is not tried again, and is no failure of its own", async () => {
  const plan = { tasks: { bad: x, slow: { ...x, attemptsMax: 3 } } };
  const { executor, ended } = await played(plan, 2, [
    ["bad", FAILED],
    ["slow", FAILED],
  ]);
  expect(await ended).toMatchObject({ failures: [{ item: "bad" }], counts: { cancelled: 1 } });
  expect(executor.started).toEqual(["bad#1", "slow#1"]);
});

describe("S1: in a group", () => {
  const inGroup = { ...x, group: "g" };
  const tasks = {
    bad: inGroup,
    live: inGroup,
    later: { ...inGroup, needs: ["live"] },
    other: x,
    after: { ...x, needs: ["other"] },
  };

  test("that fails fast the failure is the run's at once, which awaits the members too", async () => {
    const { run, executor, ended, env } = await played({ groups: { g: {} }, tasks }, 9, [["bad", FAILED]]);
    expect(executor.aborted.map(({ item }) => item).toSorted()).toEqual(["live", "other"]);
    executor.finish("other", { kind: "aborted" });
    await env.settle();
    expect(run.snapshot().status).toBe("settling");
    executor.finish("live", { kind: "aborted" });
    expect(await ended).toMatchObject({ outcome: "failed", reason: { data: { item: "bad" } } });
    expect(executor.started).toEqual(["live#1", "other#1", "bad#1"]);
  });

  test("that settles all the failure is the run's when the group has ended; until then everything goes on", async () => {
    const { executor, ended, env } = await played({ groups: { g: { onError: "settleAll" } }, tasks }, 9, [
      ["bad", FAILED],
      ["other"],
      ["live"],
    ]);
    expect([executor.aborted, executor.running]).toEqual([[], ["after", "later"]]);
    executor.finish("later");
    await env.settle();
    expect(executor.aborted).toEqual([{ item: "after", reason: "fail_fast" }]);
    executor.finish("after", { kind: "aborted" });
    expect(await ended).toMatchObject({
      outcome: "failed",
      failures: [{ item: "bad" }],
      counts: { done: 3, cancelled: 1 },
    });
  });

  test("that settles all a lost race is handed on in the same way", async () => {
    const plan: PlanDefinition = {
      groups: { all: { onError: "settleAll" }, race: { onError: "settleAll", race: "first", group: "all" } },
      tasks: {
        one: { ...x, group: "race" },
        two: { ...x, group: "race" },
        first: { join: "any", needs: ["one", "two"] },
        beside: { ...x, group: "all" },
        other: x,
      },
    };
    const { run, executor, ended, env } = await played(plan, 9, [
      ["one", FAILED],
      ["two", FAILED],
    ]);
    expect([run.snapshot().status, executor.running]).toEqual(["running", ["beside", "other"]]);
    executor.finish("beside");
    await env.settle();
    expect(executor.aborted).toEqual([{ item: "other", reason: "fail_fast" }]);
    executor.finish("other", { kind: "aborted" });
    expect(await ended).toMatchObject({ outcome: "failed", reason: { data: { item: "one" } } });
  });
});

test("F3: what follows from a failure that ends the run does not go on in the run that ends", async () => {
  const plan: PlanDefinition = {
    groups: { g: {} },
    tasks: { bad: { ...x, group: "g" }, live: x, never: { ...x, needs: { live: "failed" } } },
  };
  const { executor, ended } = await played(plan, 2, [["bad", FAILED]]);
  executor.finish("live", { kind: "aborted" });
  expect(await ended).toMatchObject({ outcome: "failed", counts: { cancelled: 1, todo: 1 } });
});
