/** The command line as a user has it: a real process, in a folder of its own, with an environment that tells it nothing. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const MAIN = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Watch the machine, as a user's runs do. Default `false`: a test must not depend on how busy this one is. */
  readonly pressure?: boolean;
  /** Options of Node itself. */
  readonly node?: readonly string[];
  /** A program that starts it, with its arguments. */
  readonly wrap?: readonly string[];
}

/** A running command. */
export interface Cli {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly ended: Promise<CliResult>;
  /** Resolves when stdout (or stderr) holds the text; rejects when the process ends without it. */
  printed(text: string | RegExp, stream?: "stdout" | "stderr"): Promise<void>;
}

/** What the command inherits: enough to find programs and to start fast, nothing of npm, CI or colour settings. */
export function cleanEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { PATH, HOME, LANG, TMPDIR, NODE_COMPILE_CACHE } = process.env;
  return { PATH, HOME, LANG, TMPDIR, NODE_COMPILE_CACHE, ...more };
}

export function makeFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "signalbox-cli-")));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const STARTS_ITEMS: ReadonlySet<string | undefined> = new Set(["run", "resume"]);

export function startCli(
  words: readonly string[],
  { cwd, env, pressure = false, node = [], wrap = [] }: CliOptions,
): Cli {
  const calm = !pressure && STARTS_ITEMS.has(words[0]) ? ["--no-pressure"] : [];
  const [file, ...args] = [...wrap, process.execPath, ...node, MAIN, ...words.slice(0, 1), ...calm, ...words.slice(1)];
  const child = spawn(file!, args, {
    cwd,
    env: cleanEnvironment(env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const streams = { stdout: "", stderr: "" };
  const waiting = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      streams[name] += text;
      for (const check of waiting) check();
    });
  }
  const ended = new Promise<CliResult>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, ...streams }));
  });
  const printed = (text: string | RegExp, stream: "stdout" | "stderr" = "stdout"): Promise<void> =>
    new Promise((resolve, reject) => {
      const has = (): boolean =>
        typeof text === "string" ? streams[stream].includes(text) : text.test(streams[stream]);
      const check = (): void => {
        if (!has()) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
      void ended.then(() => {
        if (!has()) reject(new Error(`ended without printing ${String(text)}:\n${streams.stdout}\n${streams.stderr}`));
      });
    });
  return { child, stdout: () => streams.stdout, stderr: () => streams.stderr, ended, printed };
}

/** Runs a command to its end. */
export function cli(words: readonly string[], options: CliOptions): Promise<CliResult> {
  return startCli(words, options).ended;
}

/** The lines of newline-delimited JSON. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Whether the process runs. One that has ended and was not waited for yet still has a number, but does not run. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return !existsSync("/proc/self/stat");
  }
}

/** Resolves when none of these processes lives any more; rejects with those that still do. */
export async function allGone(pids: readonly number[], withinMs = 15_000): Promise<void> {
  const until = Date.now() + withinMs;
  for (;;) {
    const left = pids.filter(isAlive);
    if (left.length === 0) return;
    if (Date.now() > until) throw new Error(`still running: ${left.join(", ")}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
