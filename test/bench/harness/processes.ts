import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { openCpuAccount } from "./cpu-account.ts";

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface CommandMeasure {
  readonly wallMs: number;
  /** Of the command and everything it started (see `cpu-account.ts`); `undefined` off Linux. */
  readonly cpuMs: number | undefined;
  /** Greatest sum of resident memory over the process tree; only when asked for, since looking costs time. */
  readonly peakTreeMb: number | undefined;
}

export interface RunCommandOptions {
  readonly watchMemory?: boolean;
  /** `false`: count only what was waited for, and start the program without the shell that the counting takes. Default `true`. */
  readonly wholeCpu?: boolean;
}

/** After this a command is killed: it hangs. */
const COMMAND_MS_MAX = 300_000;

/** Runs a command to its end. @throws Error with the end of its output when it fails. */
export async function runCommand(command: Command, options: RunCommandOptions = {}): Promise<CommandMeasure> {
  const account = openCpuAccount({ group: options.wholeCpu !== false });
  try {
    const { program, args } = account.wrap(command.program, command.args);
    const ended = await runToEnd({ ...command, program, args }, options.watchMemory === true);
    return { ...ended, cpuMs: account.cpuMs() };
  } finally {
    account.close();
  }
}

async function runToEnd(command: Command, watchMemory: boolean): Promise<Omit<CommandMeasure, "cpuMs">> {
  const start = performance.now();
  const child = spawn(command.program, command.args, {
    cwd: command.cwd,
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined, ...command.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const tail = lastOf(child.stdout, child.stderr);
  const memory = watchMemory ? watchTree(child.pid!) : undefined;
  const limit = setTimeout(() => child.kill("SIGKILL"), COMMAND_MS_MAX);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  }).finally(() => {
    clearTimeout(limit);
    memory?.();
  });
  const wallMs = performance.now() - start;
  if (code !== 0) throw new Error(`${command.program} ended with ${code ?? "a signal"}: ${tail()}`);
  return { wallMs, peakTreeMb: memory?.() };
}

function lastOf(...streams: readonly NodeJS.ReadableStream[]): () => string {
  let text = "";
  for (const stream of streams) {
    stream.on("data", (chunk: Buffer) => {
      text = (text + chunk.toString("utf8")).slice(-1_500);
    });
  }
  return () => text;
}

/** Looks at the tree every 10 ms until the returned function is called, which gives the greatest sum seen. */
function watchTree(root: number): () => number | undefined {
  if (process.platform !== "linux") return () => undefined;
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, treeMb(root));
  }, 10);
  return () => {
    clearInterval(timer);
    return peak;
  };
}

/** Pages that processes share are counted for each of them, so this is an upper bound. */
function treeMb(root: number): number {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const parent = readProc(pid, "stat")?.split(") ")[1]?.split(" ")[1];
    if (parent !== undefined) parents.set(pid, Number(parent));
  }
  let pages = 0;
  for (const pid of parents.keys())
    if (descends(pid, root, parents)) pages += Number(readProc(pid, "statm")?.split(" ")[1] ?? 0);
  return (pages * 4_096) / 2 ** 20;
}

function descends(pid: number, root: number, parents: ReadonlyMap<number, number>): boolean {
  for (let current: number | undefined = pid, steps = 0; current !== undefined && steps < 64; steps += 1) {
    if (current === root) return true;
    current = parents.get(current);
  }
  return false;
}

/** A process may end between the listing and the look. */
function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}
