/**
 * Goal: nothing that was started is left running, however it ends (I16, I22, reliability 3.5). Method: a tree of four real
 * processes, one of them without its parent, two that ignore TERM; ended in each way, several rounds; then the list of all
 * processes is searched for them. A bug would look like a `sleep` that lives on.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { createRun, definePlan, fallback, parallel, task } from "../../src/index.ts";
import { alive, CommandBench, runnersOf, sleepMark, stubbornTree, until } from "../support/commands.ts";

const ROUNDS = 3;
const TREE = 4;
const rounds = Array.from({ length: ROUNDS }, (_, round) => round + 1);
const parentProgram = fileURLToPath(new URL("./support/command-parent.ts", import.meta.url));
const bigParentProgram = fileURLToPath(new URL("./support/big-parent.ts", import.meta.url));

// What a broken build leaves must not disturb the next test, nor this machine.
const marks: string[] = [];
function newMark(): string {
  const mark = sleepMark();
  marks.push(mark);
  return mark;
}
afterEach(() => {
  for (const mark of marks.splice(0)) for (const pid of alive(mark)) process.kill(pid, "SIGKILL");
});

describe.each(["fast", "portable"] as const)("with the %s runner, the whole tree is gone", (runner) => {
  test.each(rounds)("I16: after an abort, when the outcome is reported (round %i)", async () => {
    await using commands = new CommandBench({ runner });
    const mark = newMark();
    const attempt = commands.begin(stubbornTree(mark));
    await until(() => alive(mark).length === TREE, "the tree");
    attempt.abort("the test says so");
    expect(await attempt.outcome).toEqual({ kind: "aborted" });
    expect(alive(mark)).toEqual([]);
  });

  test.each(rounds)("I16: after a timeout of the item (round %i)", async () => {
    await using commands = new CommandBench({ runner });
    const mark = newMark();
    const plan = definePlan({ tasks: { stubborn: { run: stubbornTree(mark), timeout: 300 } } });
    const result = await createRun(plan, { executors: [commands.executor] }).start();
    expect(result.outcome).toBe("failed");
    expect(result.failures).toMatchObject([{ item: "stubborn", reason: { code: "timeout" } }]);
    expect(alive(mark)).toEqual([]);
  });

  test.each(rounds)("S1-18: before the next alternative of a fallback starts (round %i)", async () => {
    await using commands = new CommandBench({ runner });
    const mark = newMark();
    const up = (): Promise<void> => until(() => alive(mark).length === TREE, "the tree");
    const fails = task("fails", { run: () => up().then(() => Promise.reject(new Error("no"))) });
    const next = task("next", { run: () => alive(mark) });
    const plan = definePlan(fallback(parallel(fails, task("stubborn", { run: stubbornTree(mark) })), next));
    const { outcome, snapshot } = await createRun(plan, { executors: [commands.executor], liveItemsMax: 4 }).start();
    expect(outcome).toBe("done");
    expect(snapshot.items.get("next")?.output).toEqual([]);
  });

  test.each(rounds)("I22: after stop, gentle or abrupt, of several (round %i)", async (round) => {
    await using commands = new CommandBench({ runner });
    const mark = newMark();
    const attempts = [1, 2, 3].map(() => commands.begin(stubbornTree(mark)));
    await until(() => alive(mark).length === 3 * TREE, "the trees");
    await commands.executor.stop({ graceful: round % 2 === 0 });
    expect(alive(mark)).toEqual([]);
    for (const { outcome } of attempts) expect(await outcome).toEqual({ kind: "aborted" });
  });

  test("I22: an abrupt stop does not wait for the grace of a gentle one under way", async () => {
    await using commands = new CommandBench({ runner, graceMs: 600_000 });
    const mark = newMark();
    const attempt = commands.begin(stubbornTree(mark));
    await until(() => alive(mark).length === TREE, "the tree");
    const gentle = commands.executor.stop();
    await commands.executor.stop({ graceful: false });
    await gentle;
    expect(await attempt.outcome).toEqual({ kind: "aborted" });
    expect(alive(mark)).toEqual([]);
  });

  test.each(rounds)("after the process that had it was killed with -9 (round %i)", async () => {
    await using commands = new CommandBench({ runner });
    const mark = newMark();
    const parent = spawn(
      process.execPath,
      [parentProgram, runner, commands.outputDirectory, commands.runId, stubbornTree(mark)],
      { stdio: "inherit" },
    );
    await until(() => alive(`sleep ${mark}`).length >= TREE, "the tree");
    process.kill(parent.pid!, "SIGKILL");
    await once(parent, "exit");
    await until(() => alive(mark).length === 0, "the end of the tree");
    await until(() => runnersOf(parent.pid!).length === 0, "the end of the runner");
  });

  test.each(rounds)("I3: after its runner was killed with -9 (round %i)", async () => {
    await using commands = new CommandBench({ runner });
    const mark = newMark();
    const attempt = commands.begin(stubbornTree(mark));
    await until(() => alive(mark).length === TREE, "the tree");
    for (const pid of runnersOf(process.pid)) process.kill(pid, "SIGKILL");
    expect(await attempt.outcome).toMatchObject({ kind: "failed", reason: { code: "runner_lost" } });
    expect(alive(mark)).toEqual([]);
  });
});

// Elsewhere the system does not tell whose a process is; docs/guides/commands.md says so.
const findsStrays = process.platform === "linux";

describe("processes that nobody watches any more", () => {
  test.each(["fast", "portable"] as const)(
    "R3: a process that made its own session is ended with its attempt (%s)",
    async (runner) => {
      if (!findsStrays) return;
      await using commands = new CommandBench({ runner });
      const mark = newMark();
      const attempt = commands.begin(
        `setsid sh -c 'trap "" TERM; sleep ${mark}' & setsid -f sleep ${mark}; sleep ${mark}`,
      );
      await until(() => alive(`sleep ${mark}`).length >= 4, "the processes");
      attempt.abort("the test says so");
      expect(await attempt.outcome).toEqual({ kind: "aborted" });
      expect(alive(mark)).toEqual([]);
    },
  );

  test("what outlived both its parent and its runner is ended before the run goes on", async () => {
    if (!findsStrays) return;
    await using commands = new CommandBench();
    const mark = newMark();
    const parent = spawn(
      process.execPath,
      [parentProgram, "fast", commands.outputDirectory, commands.runId, stubbornTree(mark)],
      { stdio: "inherit" },
    );
    await until(() => alive(`sleep ${mark}`).length >= TREE, "the tree");
    for (const pid of [...runnersOf(parent.pid!), parent.pid!]) process.kill(pid, "SIGKILL");
    await once(parent, "exit");
    expect(alive(`sleep ${mark}`).length).toBeGreaterThanOrEqual(TREE - 1);
    expect(await commands.executor.endLeftovers(nodeEnv().nextId())).toBe(0);
    expect(await commands.executor.endLeftovers(commands.runId)).toBeGreaterThanOrEqual(TREE - 1);
    expect(alive(mark)).toEqual([]);
  });
});

test("a process of 1 GB starts a command without being held up by the fork", async () => {
  await using commands = new CommandBench();
  const { stdout } = await promisify(execFile)(process.execPath, [bigParentProgram, commands.outputDirectory, "1024"]);
  const cost = JSON.parse(stdout) as { startMs: number; cpuMsEach: number; spawnMs: number };
  // Under a tenth of a millisecond on a quiet machine; its own `spawn` takes tens of them at this size. Side by side: a busy machine
  // makes both slow.
  expect(cost.startMs).toBeLessThan(cost.spawnMs / 10);
  expect(cost.cpuMsEach).toBeLessThan(cost.spawnMs / 10);
});
