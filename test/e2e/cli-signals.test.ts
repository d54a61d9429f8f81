/**
 * I22: signals at any step. Real signals to real processes; each command writes its process id, so that a test can show that
 * nothing which was started is left. A bug looks like a process that outlives the run, or a run that cannot be gone on with.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { allGone, cleanEnvironment, cli, isAlive, jsonLines, MAIN, startCli, type Cli } from "./support/cli.ts";
import { tempFolder } from "./support/temp-folder.ts";

/** Two long commands, one that will not hear of ending, and one that never gets its turn. */
const plan = (stubborn: boolean): string =>
  JSON.stringify({
    name: "long",
    liveItemsMax: 2,
    tasks: {
      quick: { run: "true" },
      polite: { needs: ["quick"], run: "echo $$ >> pids; echo started; sleep 300 & echo $! >> pids; wait" },
      other: {
        needs: ["quick"],
        run: `${stubborn ? "trap '' TERM INT; " : ""}echo $$ >> pids; sleep 300 & echo $! >> pids; wait; sleep 300`,
      },
      later: { needs: ["polite"], run: "touch later-ran" },
    },
  });

function pidsIn(cwd: string): number[] {
  return readFileSync(join(cwd, "pids"), "utf8").trim().split("\n").map(Number);
}

/** Starts the plan and resolves when both long commands have written their process ids. */
async function startLong(stubborn = false): Promise<{ run: Cli; cwd: string; pids: number[] }> {
  const cwd = tempFolder({ "plan.json": plan(stubborn), pids: "" });
  const run = startCli(["run", "plan.json"], { cwd });
  for (;;) {
    const pids = pidsIn(cwd).filter((pid) => pid > 0);
    if (pids.length === 4) return { run, cwd, pids };
    if (run.child.exitCode !== null) throw new Error(run.stderr());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("Ctrl-C", () => {
  test("once: live items are stopped, the way to go on is printed, exit 130, nothing is left running", async () => {
    const { run, cwd, pids } = await startLong();
    run.child.kill("SIGINT");
    const { code, stderr } = await run.ended;
    expect(code, stderr).toBe(130);
    expect(pids.filter(isAlive)).toEqual([]);
    // Within the 80 columns at which a narrow terminal cuts it.
    expect(stderr.match(/^Stopping.*$/m)![0].slice(0, 72)).toContain("Ctrl-C again kills at once");
    expect(stderr).toMatch(
      /stopped with 1 of 4 items done; nothing of it is running\.\nGo on with it:\n {2}signalbox resume \S+\n$/,
    );
    const [stored] = JSON.parse((await cli(["runs", "--json"], { cwd })).stdout);
    expect(stored).toMatchObject({ status: "running", counts: { done: 1, claimed: 0, todo: 3 } });
    // Stopping is no failure of the items: their attempts are given back, and the log says why.
    const log = jsonLines((await cli(["log", "--json"], { cwd })).stdout);
    const given = log.filter(({ event }) => event === "item.released");
    expect(new Set(given.map(({ item }) => item))).toEqual(new Set(["other", "polite"]));
  });

  test("once, to a process that will not end: it is killed after its grace", async () => {
    const { run, pids } = await startLong(true);
    run.child.kill("SIGINT");
    const { code } = await run.ended;
    expect(code).toBe(130);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test("twice: everything is killed at once", async () => {
    const { run, cwd, pids } = await startLong(true);
    run.child.kill("SIGINT");
    await run.printed("Stopping", "stderr");
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = performance.now();
    run.child.kill("SIGINT");
    const { code, stderr } = await run.ended;
    // The grace of a stubborn command is 5 seconds; killed at once it takes none of it.
    expect(performance.now() - before).toBeLessThan(4_000);
    expect(code, stderr).toBe(130);
    expect(pids.filter(isAlive)).toEqual([]);
    expect((await cli(["doctor"], { cwd })).stdout).toContain("go on with it: signalbox resume");
  });

  test("two signals of the same moment count as one: npm and the terminal both send it", async () => {
    const { run } = await startLong();
    run.child.kill("SIGINT");
    run.child.kill("SIGINT");
    const { code, stderr } = await run.ended;
    expect(code).toBe(130);
    expect(stderr).not.toContain("Killing");
  });
});

test.each([
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("%s stops as Ctrl-C does and ends with %i", async (signal, expected) => {
  const { run, pids } = await startLong();
  run.child.kill(signal);
  const { code } = await run.ended;
  expect(code).toBe(expected);
  expect(pids.filter(isAlive)).toEqual([]);
});

test("I16: kill -9 of the command leaves nothing running", async () => {
  const { run, pids } = await startLong(true);
  run.child.kill("SIGKILL");
  await run.ended;
  await allGone(pids);
});

test("a full stdout stops the run in order: exit 4, and the way to go on is printed", async () => {
  const cwd = tempFolder({ "plan.json": plan(false), pids: "" });
  const full = spawnSync("sh", ["-c", `exec "${process.execPath}" "${MAIN}" run plan.json --json > /dev/full`], {
    cwd,
    env: cleanEnvironment(),
    encoding: "utf8",
  });
  expect(full.status, full.stderr).toBe(4);
  expect(full.stderr).toMatch(/Go on with it:\n {2}signalbox resume \S+\n[\s\S]*stdout.*ENOSPC.*output_unwritable/);
  expect(full.stderr).not.toContain("something went wrong inside");
  expect(pidsIn(cwd).filter((pid) => pid > 0 && isAlive(pid))).toEqual([]);
  const stored = jsonLines((await cli(["log", "--json"], { cwd })).stdout);
  expect(stored.some(({ event }) => event === "run.finished")).toBe(false);
  const log = spawnSync("sh", ["-c", `exec "${process.execPath}" "${MAIN}" log --json > /dev/full`], {
    cwd,
    env: cleanEnvironment(),
    encoding: "utf8",
  });
  expect(log.status, log.stderr).toBe(4);
  expect(log.stderr).toContain("output_unwritable");
});

test("--json: what was printed before a signal stays true, and the stream holds whole lines only", async () => {
  const cwd = tempFolder({ "plan.json": plan(false), pids: "" });
  const run = startCli(["run", "plan.json", "--json"], { cwd });
  await run.printed(/"item":"other"/);
  run.child.kill("SIGINT");
  const { code, stdout } = await run.ended;
  expect(code).toBe(130);
  const stored = jsonLines((await cli(["log", "--json"], { cwd })).stdout);
  expect(jsonLines(stdout)).toEqual(stored);
});
