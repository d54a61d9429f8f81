/**
 * Goal: an item with `verify` is done only when its check has succeeded, in the attempt, slot and time of its work (V1, V2).
 * Method: the real engine; attempts that end when the test says so, functions of the plan, and real shell commands. A bug would
 * look like: done without the check, a slot too many, a check that outlives its timeout, the output of the check for that of the work.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { createRun } from "../../src/engine/create-run.ts";
import { commandExecutor } from "../../src/executors/command-executor.ts";
import { TerminalError } from "../../src/items/terminal-error.ts";
import type { TaskDefinition } from "../../src/plan/plan.ts";
import { gatedJournal } from "../support/gated-journal.ts";
import { watchedRun } from "../support/watched-run.ts";
import { virtualEnv } from "../support/virtual-env.ts";
import { manualExecutor } from "../support/manual-executor.ts";

const failure = { kind: "failed", reason: { code: "exit", message: "exit code 1" }, retryable: true } as const;
const checked: TaskDefinition = { run: "x", verify: "y" };

describe("V1: the check", () => {
  test("comes after the work and before what needs the item; the note says so, and the output is that of the work", async () => {
    const { run, env, executor, names, events } = watchedRun({ tasks: { a: checked, b: { needs: ["a"], run: "x" } } });
    const ended = run.start();
    await env.settle();
    executor.finish("a", { kind: "done", output: 7 });
    await env.settle();
    expect(executor.started).toEqual(["a#1", "a#1 verify"]);
    expect(executor.request("a").inputs()).toEqual({ a: 7 });
    expect(run.snapshot().items.get("a")).toMatchObject({ status: "claimed", stage: "verifying" });
    expect(run.why("a")).toEqual({ state: "claimed", item: "a", stage: "verifying" });
    executor.finish("a", { kind: "done", output: "of the check" });
    await env.settle();
    expect(run.snapshot().items.get("a")).toMatchObject({ status: "done", output: 7 });
    expect(run.snapshot().items.get("a")).not.toHaveProperty("stage");
    executor.finish("b");
    expect(await ended).toMatchObject({ outcome: "done" });
    expect(names().slice(1, 4)).toEqual(["item.claimed a", "item.note a", "item.done a"]);
    expect(events[2]).toMatchObject({ event: "verify", from: "claimed", to: "claimed", data: { stage: "verify" } });
  });

  test("holds the slot of its work: with a cap of 1 nothing else starts", async () => {
    const { run, env, executor } = watchedRun({ tasks: { a: checked, b: { run: "x" } } }, { liveItemsMax: 1 });
    void run.start();
    await env.settle();
    executor.finish("a");
    await env.settle();
    expect(executor.running).toEqual(["a"]);
    executor.finish("a");
    await env.settle();
    expect(executor.running).toEqual(["b"]);
    expect(executor.peak).toBe(1);
  });

  test("that fails is a failed attempt: the work is done again, up to the attempts there are", async () => {
    const { run, env, executor, events } = watchedRun({ tasks: { a: { ...checked, attemptsMax: 2 } } });
    const ended = run.start();
    for (let attempt = 0; attempt < 2; attempt++) {
      await env.settle();
      executor.finish("a");
      await env.settle();
      executor.finish("a", failure);
    }
    const { failures } = await ended;
    expect(executor.started).toEqual(["a#1", "a#1 verify", "a#2", "a#2 verify"]);
    expect(failures).toEqual([
      {
        item: "a",
        reason: { code: "verify_failed", message: "not verified: exit code 1", data: { verifyCode: "exit" } },
      },
    ]);
    expect(events.filter(({ name }) => name === "item.done")).toEqual([]);
  });

  test("S2-02: has what its work left of the timeout, and a timeout of it is one of the attempt", async () => {
    const { run, env, executor } = watchedRun({ tasks: { a: { ...checked, timeout: 1_000 } } }, {}, "ignore");
    const ended = run.start();
    await env.advance(700);
    executor.finish("a");
    await env.advance(299);
    expect(executor.aborted).toEqual([]);
    await env.advance(1);
    expect(executor.aborted).toEqual([{ item: "a", reason: "timeout" }]);
    expect(run.snapshot().items.get("a")).toMatchObject({ status: "failed", reason: { code: "timeout" } });
    executor.finish("a");
    expect(await ended).toMatchObject({ outcome: "failed", counts: { done: 0, failed: 1 } });
  });

  test("is stopped with its item by cancel and by stop; a stopped one is given back and both are done again", async () => {
    const first = watchedRun({ tasks: { a: checked } });
    void first.run.start();
    await first.env.settle();
    first.executor.finish("a");
    await first.env.settle();
    expect(await first.run.cancel()).toMatchObject({ outcome: "cancelled", counts: { cancelled: 1 } });
    expect(first.executor.running).toEqual([]);

    const second = watchedRun({ tasks: { a: checked } });
    second.run.start().catch(() => {});
    await second.env.settle();
    second.executor.finish("a");
    await second.env.settle();
    await second.run.stop();
    expect(second.run.snapshot().items.get("a")).toMatchObject({ status: "todo", reason: { code: "interrupted" } });
    expect(second.executor.running).toEqual([]);
  });

  test("is not confused by an executor that reports the work twice (I2)", async () => {
    const env = virtualEnv();
    const executor = manualExecutor();
    const twice: typeof executor = {
      ...executor,
      start: (request, report) => executor.start(request, (outcome) => (report(outcome), report(outcome))),
    };
    const run = createRun({ tasks: { a: checked } }, { env, executors: [twice] });
    void run.start();
    await env.settle();
    executor.finish("a");
    await env.settle();
    expect(run.snapshot().items.get("a")).toMatchObject({ status: "claimed", stage: "verifying" });
  });
});

test("V2: the check starts only when the note that tells of it is durable", async () => {
  const env = virtualEnv();
  const executor = manualExecutor();
  const journal = gatedJournal();
  const run = createRun({ tasks: { a: checked } }, { env, journal, executors: [executor] });
  void run.start();
  await env.settle();
  journal.acknowledge();
  await env.settle();
  executor.finish("a");
  await env.settle();
  expect(journal.waiting[0]!.map(({ event }) => event)).toEqual(["verify"]);
  expect(executor.started).toEqual(["a#1"]);
  journal.acknowledge();
  await env.settle();
  expect(executor.started).toEqual(["a#1", "a#1 verify"]);
});

describe("a function that verifies", () => {
  const outcomeOf = async (verify: TaskDefinition["verify"], attemptsMax = 1) => {
    const result = await createRun({
      tasks: { a: { run: () => ({ size: 3 }), verify: verify!, attemptsMax } },
    }).start();
    return { ...result, item: result.snapshot.items.get("a")! };
  };

  test("sees the item's output under its id, and its answer is not looked at unless it is false", async () => {
    const seen: unknown[] = [];
    const verify: TaskDefinition["verify"] = async ({ inputs, attempt, item }) => {
      seen.push(inputs, attempt, item);
      return new Map();
    };
    expect((await outcomeOf(verify)).item).toMatchObject({ status: "done", output: { size: 3 } });
    expect(seen).toEqual([{ a: { size: 3 } }, 1, "a"]);
    expect((await outcomeOf(() => 0)).outcome).toBe("done");
    expect((await outcomeOf(() => false)).failures[0]!.reason).toMatchObject({
      code: "verify_failed",
      message: "not verified: the function answered false",
    });
  });

  test("fails by throwing; a TerminalError ends the item at once", async () => {
    const thrown = await outcomeOf(() => {
      throw new Error("too small");
    }, 3);
    expect(thrown.item).toMatchObject({ attempt: 3, reason: { message: "not verified: too small" } });
    const terminal = await outcomeOf(() => {
      throw new TerminalError("never");
    }, 3);
    expect(terminal.item).toMatchObject({ attempt: 1, reason: { code: "verify_failed" } });
  });
});

test("a command that verifies gets the item's own output, the same environment, and files of its own", async () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-stages-"));
  const env = nodeEnv();
  const executor = commandExecutor({ env, outputDirectory: join(folder, "out"), planFolder: folder });
  try {
    const tasks: Record<string, TaskDefinition> = {
      before: { run: () => "in" },
      a: {
        needs: ["before"],
        env: { MINE: "yes" },
        run: `echo '{"n":1}' > "$SIGNALBOX_OUTPUT"`,
        verify: `test "$MINE$SIGNALBOX_ITEM$SIGNALBOX_ATTEMPT" = yesa1 && echo nonsense > "$SIGNALBOX_OUTPUT" && cp "$SIGNALBOX_INPUTS" seen`,
      },
      b: { run: "echo made", verify: "echo looked at; exit 4" },
    };
    const result = await createRun({ tasks }, { env, executors: [executor] }).start();
    expect(result.snapshot.items.get("a")).toMatchObject({ status: "done", output: { n: 1 } });
    expect(JSON.parse(readFileSync(join(folder, "seen"), "utf8"))).toEqual({ before: "in", a: { n: 1 } });
    const { reason } = result.failures[0]!;
    const data = reason.data as { readonly outputFile: string };
    expect(reason).toMatchObject({
      code: "verify_failed",
      message: "not verified: exit code 4",
      data: { verifyCode: "exit", exitCode: 4, tail: ["looked at"] },
    });
    expect(existsSync(data.outputFile.replace(".verify.log", ".log"))).toBe(true);
  } finally {
    await executor.stop();
    rmSync(folder, { recursive: true });
  }
});

test("complaint 20: work that somebody outside reports as done is verified here; their part is over with the report", async () => {
  const plan = { tasks: { a: { verify: "y", attemptsMax: 2 } } };
  const { run, env, executor, events } = watchedRun(plan, { awaitClaims: true });
  const ended = run.start();
  await env.settle();
  const first = await run.claims.claim("a", { agent: "ada", leaseMs: 10_000 });
  await run.claims.complete(first, { output: "never did it" });
  // The answer may have been lost: the same report again is fine, another is not.
  await run.claims.complete(first);
  await expect(run.claims.fail(first, { reason: "no" })).rejects.toMatchObject({ code: "stale_fencing_token" });
  await env.advance(60_000);
  expect(executor.running).toEqual(["a"]);
  expect(executor.request("a").inputs()).toEqual({ a: "never did it" });
  executor.finish("a", failure);
  await env.settle();
  expect(run.snapshot().items.get("a")).toMatchObject({ status: "todo", reason: { code: "verify_failed" } });
  const second = await run.claims.claim("a", { agent: "ada" });
  await run.claims.complete(second, { output: "did it" });
  executor.finish("a");
  const { snapshot } = await ended;
  expect(snapshot.items.get("a")).toMatchObject({ status: "done", output: "did it", attempt: 2 });
  expect(events.map(({ event }) => event)).not.toContain("expire");
});

test("a run whose check nothing here can run is refused before it begins", () => {
  const tasks = { a: { run: () => 1, verify: "./check.sh" } };
  expect(() => createRun({ tasks })).toThrow("expected an executor for the verify of a");
  expect(() => createRun({ tasks: { a: { verify: "./check.sh" } } })).toThrow("give a commandExecutor");
});
