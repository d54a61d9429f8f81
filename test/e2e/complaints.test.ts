/**
 * Goal: what users of other systems complain of most does not happen here. Method: the situation of each complaint with real parts:
 * the engine, the journal on disk, shell commands in processes of their own. A bug would look like the complaint.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { createRun, sqliteJournal, type PlanDefinition, type RunOptions } from "../../src/index.ts";
import { alive, CommandBench, sleepMark, stubbornTree, until } from "../support/commands.ts";

/** A folder, a journal in it, and commands that run there. */
async function makeParts() {
  const commands = new CommandBench();
  const journal = await sqliteJournal({ directory: join(commands.folder, ".signalbox"), env: nodeEnv() });
  return {
    begin: (plan: PlanDefinition, options: RunOptions = {}) =>
      createRun(plan, { journal, executors: [commands.executor], ...options }),
    path: (name: string) => join(commands.folder, name),
    write: (name: string) => writeFileSync(join(commands.folder, name), ""),
    /** Its lines. */
    read: (name: string) => readFileSync(join(commands.folder, name), "utf8").trim().split("\n"),
    async [Symbol.asyncDispose]() {
      await journal.close();
      await commands[Symbol.asyncDispose]();
    },
  };
}

test("complaint 10: fail-fast means: nothing queued starts after the failure, what is live is stopped and gone, one failure is named", async () => {
  await using parts = await makeParts();
  const mark = sleepMark();
  const plan: PlanDefinition = {
    onFailure: "fail-fast",
    liveItemsMax: 2,
    tasks: {
      bad: { priority: 0, run: "until test -e go; do sleep 0.02; done; exit 7" },
      live: { priority: 1, run: stubbornTree(mark) },
      queued: { priority: 2, run: "touch queued" },
      retried: { priority: 2, attemptsMax: 3, run: "touch retried; exit 1" },
      behind: { needs: ["live"], run: "touch behind" },
    },
  };
  const run = parts.begin(plan);
  const ended = run.start();
  await until(() => alive(mark).length === 4, "the live item");
  parts.write("go");
  const { outcome, failures, counts } = await ended;
  expect(alive(mark)).toEqual([]);
  expect({ outcome, failures: failures.map(({ item, reason }) => [item, reason.code]) }).toEqual({
    outcome: "failed",
    failures: [["bad", "exit"]],
  });
  expect(counts).toMatchObject({ failed: 1, cancelled: 1, todo: 3 });
  expect(["queued", "retried", "behind"].filter((name) => existsSync(parts.path(name)))).toEqual([]);
});

describe("complaint 12: a parent holds no place while it waits for what is below it", () => {
  const note = (key: string) => ({ run: `echo ${key} >> order` });

  test("parents that are written in the plan, three levels of them, under a cap of one", async () => {
    await using parts = await makeParts();
    const run = parts.begin(
      {
        tasks: {
          P1: { join: "all", needs: ["P1.M1", "P1.M2"] },
          "P1.M1": { join: "all", needs: ["P1.M1.T1", "P1.M1.T2"] },
          "P1.M1.T1": note("T1"),
          "P1.M1.T2": note("T2"),
          "P1.M2": { ...note("M2"), needs: ["P1.M1"] },
          after: { ...note("after"), needs: ["P1"] },
        },
      },
      { liveItemsMax: 1 },
    );
    expect(await run.start()).toMatchObject({ outcome: "done", liveItemsPeak: 1, counts: { done: 6 } });
    expect(parts.read("order")).toEqual(["T1", "T2", "M2", "after"]);
  });

  test("a parent that plans its children while it is live, under a cap of one", async () => {
    await using parts = await makeParts();
    const run = parts.begin(
      {
        tasks: {
          plan: {
            run: async () => {
              await run.add({
                "plan.a": { ...note("a"), needs: ["plan"] },
                "plan.b": { ...note("b"), needs: ["plan"] },
                whole: { join: "all", needs: ["plan.a", "plan.b"] },
                after: { ...note("after"), needs: ["whole"] },
              });
            },
          },
        },
      },
      { liveItemsMax: 1 },
    );
    expect(await run.start()).toMatchObject({ outcome: "done", liveItemsPeak: 1, counts: { done: 5 } });
    expect(parts.read("order")).toEqual(["a", "b", "after"]);
  });

  test("complaint 11: an item between two attempts leaves its place to others", async () => {
    await using parts = await makeParts();
    const flaky = { run: "echo flaky >> order; test $SIGNALBOX_ATTEMPT = 2", attemptsMax: 2, priority: 0 };
    const run = parts.begin(
      { tasks: { flaky: { ...flaky, backoff: { initial: 400, jitter: false } }, other: note("other") } },
      { liveItemsMax: 1 },
    );
    expect(await run.start()).toMatchObject({ outcome: "done", liveItemsPeak: 1 });
    expect(parts.read("order")).toEqual(["flaky", "other", "flaky"]);
  });
});

test("complaint 13: a need that failed lets nothing through, to nobody; when it is mended, everything behind it starts by itself", async () => {
  await using parts = await makeParts();
  const run = parts.begin({
    tasks: {
      schema: { run: "echo schema >> order; test -e mended" },
      api: { needs: ["schema"], run: "echo api >> order" },
      review: { needs: ["api"], type: "review" },
      ship: { needs: ["review"], run: "echo ship >> order" },
      open: { run: "until test -e release; do sleep 0.02; done" },
    },
  });
  const failed = new Promise<void>((resolve) =>
    run.audit$.subscribe({ next: ({ name }) => name === "item.failed" && resolve(), error: () => {} }),
  );
  const ended = run.start();
  await failed;
  expect(run.why("ship")).toMatchObject({ for: [{ kind: "blocked_by_failure", items: ["schema"] }] });
  const agent = "somebody";
  await expect(run.claims.claim("review", { agent })).rejects.toMatchObject({ code: "not_ready" });
  expect(await run.claims.claimNext({ agent })).toBeUndefined();
  expect(parts.read("order")).toEqual(["schema"]);
  parts.write("mended");
  expect(await run.retry("schema")).toEqual(["schema"]);
  const claim = await run.claims.claimNext({ agent, types: ["review"], waitMs: 20_000 });
  expect(claim?.item).toBe("review");
  expect(parts.read("order")).toEqual(["schema", "schema", "api"]);
  await run.claims.complete(claim!);
  parts.write("release");
  expect(await ended).toMatchObject({ outcome: "done", counts: { done: 5 } });
  expect(parts.read("order")).toEqual(["schema", "schema", "api", "ship"]);
});

test("complaint 20: what says that it is done, and is not, has failed; nothing goes on from it", async () => {
  await using parts = await makeParts();
  const run = parts.begin({
    tasks: {
      report: { run: "echo 'all 40 tests pass'", verify: "grep -q passed results || { echo no results; exit 3; }" },
      honest: { run: "echo passed > proof", verify: "grep -q passed proof" },
      publish: { needs: ["report"], run: "touch published" },
      next: { needs: ["honest"], run: "touch next" },
    },
  });
  const { outcome, failures, blocked } = await run.start();
  expect({ outcome, failures: failures.map(({ item, reason }) => [item, reason.code]) }).toEqual({
    outcome: "failed",
    failures: [["report", "verify_failed"]],
  });
  expect(blocked).toEqual([{ item: "publish", by: ["report"], reason: "blocked_by_failure" }]);
  expect(["published", "next"].map((name) => existsSync(parts.path(name)))).toEqual([false, true]);
});
