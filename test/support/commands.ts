/** Real commands in a folder of their own, and an independent look at what processes there are. */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { nodeEnv } from "../../src/base/node-env.ts";
import type { Json } from "../../src/base/json.ts";
import {
  commandExecutor,
  type CommandExecutor,
  type CommandExecutorOptions,
} from "../../src/executors/command-executor.ts";
import type { AbortAttempt, AttemptOutcome, Work } from "../../src/executors/executor.ts";

export interface Attempt {
  readonly outcome: Promise<AttemptOutcome>;
  readonly abort: AbortAttempt;
  /** How often it was reported; more than once is a bug. */
  readonly reports: () => number;
}

export interface AttemptOptions {
  readonly item?: string;
  readonly token?: number;
  readonly env?: Work["env"];
  readonly matrix?: Work["matrix"];
  readonly cwd?: string;
  readonly inputs?: Readonly<Record<string, Json>>;
}

export class CommandBench implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "signalbox-commands-"));
  readonly outputDirectory = join(this.folder, "state", "output");
  readonly runId = nodeEnv().nextId();
  readonly problems: Error[] = [];
  readonly executor: CommandExecutor;
  #lastToken = 0;

  constructor(options: Partial<CommandExecutorOptions> = {}) {
    this.executor = commandExecutor({
      env: nodeEnv(),
      outputDirectory: this.outputDirectory,
      planFolder: this.folder,
      graceMs: 200,
      onProblem: (problem) => this.problems.push(problem),
      ...options,
    });
  }

  begin(run: Work["run"], options: AttemptOptions = {}): Attempt {
    const token = options.token ?? ++this.#lastToken;
    const { promise, resolve } = Promise.withResolvers<AttemptOutcome>();
    let reports = 0;
    const abort = this.executor.start(
      {
        runId: this.runId,
        item: options.item ?? `item-${token}`,
        itemId: "an-item",
        attempt: 1,
        token,
        task: { run, env: options.env, cwd: options.cwd, matrix: options.matrix },
        inputs: () => options.inputs ?? {},
      },
      (outcome) => {
        reports++;
        resolve(outcome);
      },
    );
    return { outcome: promise, abort, reports: () => reports };
  }

  run(command: string, options: AttemptOptions = {}): Promise<AttemptOutcome> {
    return this.begin(command, options).outcome;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.executor.stop({ graceful: false });
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Data of a failure's reason. */
export function failureData(outcome: AttemptOutcome): Readonly<Record<string, Json>> {
  if (outcome.kind !== "failed") throw new Error(`expected a failure, got ${JSON.stringify(outcome)}`);
  // A failure of the executors has an object as its data.
  return (outcome.reason.data ?? {}) as Readonly<Record<string, Json>>;
}

let lastMark = 0;

/** A number of seconds that no other process sleeps for: marks a tree of processes in the list of all. */
export function sleepMark(): string {
  return `9${process.pid}.${++lastMark}`;
}

/** Four processes: one in the background, one whose parent has ended, a shell that ignores TERM, and what it waits for. */
export function stubbornTree(mark: string): string {
  return `sleep ${mark} & (sleep ${mark} &); trap "" TERM; sleep ${mark}`;
}

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly args: string;
}

export function processes(): ProcessRow[] {
  const text = execFileSync("ps", ["-A", "-ww", "-o", "pid=,ppid=,stat=,args="], { encoding: "utf8" });
  return text.split("\n").flatMap((line) => {
    const [, pid, parent, state, args] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined || state?.startsWith("Z")
      ? []
      : [{ pid: Number(pid), parent: Number(parent), args: args ?? "" }];
  });
}

/** Living processes with these words in their command line. */
export function alive(words: string): number[] {
  return processes()
    .filter(({ args }) => args.includes(words))
    .map(({ pid }) => pid);
}

/** Runner processes of that process. */
export function runnersOf(parent: number): number[] {
  return processes()
    .filter((each) => each.parent === parent && /command-runner/.test(each.args))
    .map(({ pid }) => pid);
}

/** Waits until it holds; there is no event for what other processes do. */
export async function until(holds: () => boolean, what: string, withinMs = 20_000): Promise<void> {
  const { clock, timers } = nodeEnv();
  const end = clock.monotonic() + withinMs;
  while (!holds()) {
    if (clock.monotonic() > end) throw new Error(`waited ${withinMs} ms in vain for ${what}`);
    await new Promise<void>((resolve) => void timers.after(20, resolve));
  }
}

const NO_FILES_LEFT = fileURLToPath(new URL("no-files-left.ts", import.meta.url));

/** What a process without a file to spare is told when it starts another one, takes a lock or reads a plan, and what when it has files again. */
export async function startWithNoFilesLeft(
  what: "git" | "lock" | "setup" | "plan" | "command",
  folder: string,
): Promise<readonly string[]> {
  const words = ["-c", 'ulimit -n 64; exec "$0" "$@"', process.execPath, NO_FILES_LEFT, what, folder];
  const { stdout } = await promisify(execFile)("sh", words);
  return stdout.trim().split("\n");
}
