/**
 * Goal: between processes, too, only one holds the lock of a repository; a killed one holds nobody up; nobody starves.
 * Method: real processes that write what they do into one log, read by the rules of a lock. A bug looks like somebody coming
 * in while another is inside.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { lockFiles } from "../../src/git/lock-files.ts";
import { ownSystem } from "../../src/git/lock-system.ts";
import { openRepository } from "../../src/git/repository.ts";
import { git, gitRepository } from "../support/git-repository.ts";
import { seededRandom } from "../../src/base/seeded-random.ts";

const env = nodeEnv();
const program = fileURLToPath(new URL("../support/lock-process.ts", import.meta.url));

interface Step {
  readonly sign: string;
  readonly pid: number;
  readonly turn: number;
}

interface Taker {
  readonly process: ChildProcess;
  /** Milliseconds that it waited, for each time that it had the lock. */
  readonly ended: Promise<readonly number[]>;
}

describe("S3-08", () => {
  test("ten processes, each with several lanes, some through another worktree: one at a time, and every turn is had", async () => {
    const path = gitRepository();
    const linked = join(path, "..", "linked");
    git(path, "worktree", "add", "-q", "--detach", linked);
    const log = join(path, "..", "log");
    const takers = Array.from({ length: 10 }, (_, index) => taker(index % 2 === 0 ? path : linked, log, 10, 4, 0));
    const waited = (await Promise.all(takers.map(({ ended }) => ended))).flat();
    expect(waited).toHaveLength(400);
    expect(overlaps(steps(log), new Set())).toEqual([]);
    expect(readdirSync(lockFiles(join(path, ".git")).queue)).toEqual([]);
  });
});

describe("fairness", () => {
  test("a process with many waiters keeps another's only one from no more than its turn", async () => {
    const path = gitRepository();
    const log = join(path, "..", "log");
    const crowd = taker(path, log, 4, 40, 5);
    await vi.waitFor(() => expect(existsSync(log)).toBe(true));
    const single = taker(path, log, 20, 1, 5);
    await Promise.all([crowd.ended, single.ended]);
    const all = steps(log);
    const own = all.filter(({ sign, pid }) => sign === "?" && pid === single.process.pid);
    expect(own).toHaveLength(20);
    const passed = own.map((asked) => {
      const from = all.indexOf(asked);
      const until = all.findIndex(({ sign, pid, turn }) => sign === "+" && pid === asked.pid && turn === asked.turn);
      return all.slice(from, until).filter(({ sign }) => sign === "+").length;
    });
    // Who had come in and had not said so yet may be one more.
    expect(Math.max(...passed)).toBeLessThanOrEqual(2);
  });
});

describe("death", () => {
  test("S3-04: a killed holder, or a killed waiter, frees its place: nobody comes in beside anybody, and all turns are had", async () => {
    const path = gitRepository();
    const log = join(path, "..", "log");
    const killed = new Set<number>();
    const random = seededRandom(7);
    let live = Array.from({ length: 4 }, () => taker(path, log, 1_000_000, 2, 3));
    await vi.waitFor(() => expect(new Set(entered(steps(log)).map(({ pid }) => pid)).size).toBe(4), {
      timeout: 20_000,
    });
    const gaps: number[] = [];
    for (let kill = 0; kill < 12; kill++) {
      await new Promise<void>((resolve) => void env.timers.after(random() * 40, resolve));
      const holder = entered(steps(log)).at(-1)!.pid;
      // Mostly who holds the lock, or had it just now; sometimes one that waits.
      const victim = live.find(({ process }) => process.pid === holder && kill % 4 !== 3) ?? live[0]!;
      killed.add(victim.process.pid!);
      victim.process.kill("SIGKILL");
      const killedAt = performance.now();
      const before = entered(steps(log)).length;
      live = live.filter((each) => each !== victim);
      await vi.waitFor(() => expect(entered(steps(log)).length).toBeGreaterThan(before), {
        timeout: 5_000,
        interval: 1,
      });
      gaps.push(performance.now() - killedAt);
      live.push(taker(path, log, 1_000_000, 2, 3));
    }
    for (const { process } of live) {
      killed.add(process.pid!);
      process.kill("SIGKILL");
    }
    await Promise.all(
      live.map(async ({ process }) => {
        if (process.exitCode === null && process.signalCode === null) await once(process, "exit");
      }),
    );
    expect(overlaps(steps(log), killed)).toEqual([]);
    expect(Math.max(...gaps)).toBeLessThan(1_000);
    const repository = await openRepository(path, { env });
    await (await repository.lock({ timeoutMs: 5_000 })).release();
    expect(repository.lockState()).toEqual({ holder: undefined, waiting: [] });
  });

  test("what a killed holder left running of git is gone before the next one has the lock, within a second", async () => {
    const path = gitRepository();
    const log = join(path, "..", "log");
    const repository = await openRepository(path, { env });
    const hanging = taker(path, log, 1, 1, 0, "hang");
    const lease = await vi.waitFor(() => {
      const holder = repository.lockState().holder;
      expect(ownSystem.processesOfLease(holder!.lease).length).toBeGreaterThan(1);
      return holder!.lease;
    });
    expect(repository.lockState().holder).toMatchObject({ pid: hanging.process.pid, purpose: "turn 1" });
    const next = repository.lock();
    hanging.process.kill("SIGKILL");
    const killedAt = performance.now();
    await using _held = await next;
    expect(performance.now() - killedAt).toBeLessThan(1_000);
    expect(ownSystem.processesOfLease(lease)).toEqual([]);
  });

  test("who waits in another process is visible, and so is who holds", async () => {
    const path = gitRepository();
    const repository = await openRepository(path, { env });
    const lease = await repository.lock({ purpose: "a look" });
    const other = taker(path, join(path, "..", "log"), 1, 1, 0);
    await vi.waitFor(() =>
      expect(repository.lockState()).toMatchObject({
        holder: { pid: process.pid, purpose: "a look" },
        waiting: [{ pid: other.process.pid, purpose: undefined }],
      }),
    );
    await lease.release();
    expect(await other.ended).toHaveLength(1);
  });
});

function taker(folder: string, log: string, rounds: number, lanes: number, holdMs: number, ...more: string[]): Taker {
  const words = [program, folder, log, ...[rounds, lanes, holdMs].map(String), ...more];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  const ended = new Promise<readonly number[]>((resolve, reject) => {
    child.once("close", (code) =>
      code === 0 ? resolve(JSON.parse(printed) as number[]) : reject(new Error(`a process ended with ${code}`)),
    );
  });
  ended.catch(() => {});
  return { process: child, ended };
}

function steps(log: string): Step[] {
  if (!existsSync(log)) return [];
  const lines = readFileSync(log, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => {
    const [sign = "", pid, turn] = line.split(" ");
    return { sign, pid: Number(pid), turn: Number(turn) };
  });
}

const entered = (all: readonly Step[]): Step[] => all.filter(({ sign }) => sign === "+");

/** Each coming in while another was inside who was not killed there, and each sign of life of one that another took over from. */
function overlaps(all: readonly Step[], killed: ReadonlySet<number>): string[] {
  const faults: string[] = [];
  const gone = new Set<number>();
  let inside: Step | undefined;
  for (const step of all) {
    if (gone.has(step.pid) && step.sign !== "?") faults.push(`${step.pid} goes on after somebody took over from it`);
    if (step.sign === "+") {
      if (inside !== undefined && killed.has(inside.pid)) gone.add(inside.pid);
      else if (inside !== undefined) faults.push(`${step.pid} comes in while ${inside.pid} is inside`);
      inside = step;
    } else if (step.sign === "-") {
      if (inside?.pid !== step.pid || inside.turn !== step.turn)
        faults.push(`${step.pid} goes out without being inside`);
      inside = undefined;
    }
  }
  return faults;
}
