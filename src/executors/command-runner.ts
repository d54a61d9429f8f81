/**
 * The portable runner: a process of its own that starts commands, so that starting never holds up the process that has the
 * state (a fork takes as long as the parent is big), and that outlives it by a grace, so that nothing else does.
 *
 * R1  Each command runs in a session and process group of its own, its standard input empty, its output in its log.
 * R2  A command is over when its leader has ended and no process of its group lives; what it left behind is ended first.
 * R3  Ending is TERM to the group, KILL after the grace. Processes that left the group are found, on Linux, by the path of
 *     the output file in their environment, and ended too.
 * R4  When its input ends, the parent is gone: everything is ended that way, then the runner exits.
 * R5  Each start request is answered by exactly one `X`, sent when the attempt is over.
 */
import { spawn, type ChildProcess } from "node:child_process";
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { Socket } from "node:net";
import { constants as system } from "node:os";
import { nodeEnv } from "../base/node-env.ts";
import { PATIENCE_MS, signalTo } from "../base/end-processes.ts";
import { messageOf } from "../base/error-message.ts";
import { findProcesses } from "../base/process-scan.ts";
import { RequestReader, variablesOf } from "./request-reader.ts";
import {
  ENDED_BY_REQUEST,
  LEFT_PROCESSES,
  NOT_ENDED,
  REPORT_FD,
  REQUEST_FD,
  type StartRequest,
} from "./runner-protocol.ts";

const TEND_MS = 10;
const LOOK_MS = 250;
/** A regular file that its owner alone may read and write, as `stat` says it. */
const PRIVATE_FILE = 0o100600;
/** As a shell says it: a command that could not be started. */
const STATUS_NOT_STARTED = 127 << 8;

interface Attempt {
  readonly request: StartRequest;
  readonly pid: number;
  /** Wait status, once the leader has ended. */
  status: number | undefined;
  flags: number;
  ending: Ending | undefined;
}

interface Ending {
  until: number;
  killed: boolean;
  lookedAt: number;
  readonly told: Set<string>;
}

const env = nodeEnv();
const [graceMs = 5_000, leftGraceMs = 1_000] = process.argv.slice(2).map(Number);
const live = new Map<number, Attempt>();
const requests = new Socket({ fd: REQUEST_FD, readable: true, writable: false });
const reports = new Socket({ fd: REPORT_FD, readable: false, writable: true });
let base: Readonly<Record<string, string>> = {};
let leaving = false;
let tending = false;

const reader = new RequestReader({
  environment: (environment) => {
    base = environment;
  },
  start,
  end: (id, ms) => {
    const attempt = live.get(id);
    if (attempt !== undefined) end(attempt, ms);
  },
});
requests.on("data", (piece: Buffer) => {
  if (!leaving) reader.take(piece);
});
requests.on("end", leave).on("error", leave);
reports.on("error", leave);
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, leave);
reports.write("R\n");

function start(request: StartRequest): void {
  let log: number | undefined;
  let stage = "folder";
  try {
    if (!statSync(request.folder).isDirectory()) throw new Error("Not a directory");
    stage = "inputs";
    if (request.inputsText !== "") writeInputs(request.inputs, request.inputsText);
    stage = "log";
    log = openSync(request.log, "a", 0o600);
    stage = "shell";
    watch(request, launch(request, log));
  } catch (error) {
    refuse(request, stage, error);
  } finally {
    if (log !== undefined) closeSync(log);
  }
}

/** The file that stands there, unless a command before made something else of it, locked it or gave it a second name. */
function openInputs(path: string): number {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    const file = openSync(path, flags, 0o600);
    const stats = fstatSync(file);
    if (stats.mode === PRIVATE_FILE && stats.nlink === 1) return file;
    closeSync(file);
  } catch {
    // It is made anew.
  }
  rmSync(path, { recursive: true, force: true });
  return openSync(path, flags | constants.O_EXCL, 0o600);
}

/** Overwrites in place: emptying a file first would make the file system write it out at once. */
function writeInputs(path: string, text: string): void {
  const file = openInputs(path);
  try {
    const bytes = writeSync(file, text);
    if (bytes !== Buffer.byteLength(text)) throw new Error("No space left on device");
    ftruncateSync(file, bytes);
  } finally {
    closeSync(file);
  }
}

function launch({ folder, command, variables, output, inputs }: StartRequest, log: number): ChildProcess {
  return spawn("/bin/sh", ["-c", command], {
    cwd: folder,
    env: { ...base, ...variablesOf(variables), SIGNALBOX_OUTPUT: output, SIGNALBOX_INPUTS: inputs },
    stdio: ["ignore", log, log],
    detached: true,
  });
}

function watch(request: StartRequest, child: ChildProcess): void {
  const { pid } = child;
  // Without a pid there is no exit either, only this event.
  if (pid === undefined) {
    child.once("error", (error) => refuse(request, "shell", error));
    return;
  }
  const attempt: Attempt = { request, pid, status: undefined, flags: 0, ending: undefined };
  live.set(request.id, attempt);
  child.once("exit", (code, signal) => {
    attempt.status = signal === null ? (code ?? 0) << 8 : system.signals[signal];
    if (attempt.ending !== undefined) return;
    if (!signalTo(-pid, 0)) return finish(attempt, 0);
    attempt.flags |= LEFT_PROCESSES;
    beginEnd(attempt, leftGraceMs);
  });
  reports.write(`S ${request.id} ${pid}\n`);
}

function refuse({ id, log }: StartRequest, stage: string, error: unknown): void {
  if (stage === "shell") remove(log);
  const problem = messageOf(error);
  reports.write(
    `F ${id} ${stage} ${errnoOf(error)} ${problem.replaceAll(/\s+/g, " ")}\nX ${id} ${STATUS_NOT_STARTED} -1 0 0\n`,
  );
}

function errnoOf(error: unknown): number {
  return error instanceof Error && "errno" in error ? Math.abs(Number(error.errno)) : 0;
}

function end(attempt: Attempt, ms: number): void {
  if (attempt.status === undefined) attempt.flags |= ENDED_BY_REQUEST;
  beginEnd(attempt, ms);
}

function beginEnd(attempt: Attempt, ms: number): void {
  const until = env.clock.monotonic() + ms;
  if (attempt.ending !== undefined) {
    if (!attempt.ending.killed) attempt.ending.until = Math.min(attempt.ending.until, until);
    return tendSoon();
  }
  attempt.ending = { until, killed: false, lookedAt: 0, told: new Set() };
  signalTo(-attempt.pid, "SIGTERM");
  // A stopped process acts on the signal only when it goes on.
  signalTo(-attempt.pid, "SIGCONT");
  tendSoon();
}

function tendSoon(): void {
  if (tending) return;
  tending = true;
  env.timers.after(TEND_MS, () => {
    tending = false;
    tend();
    if (endings().length > 0) tendSoon();
  });
}

function endings(): (Attempt & { ending: Ending })[] {
  return [...live.values()].filter((attempt) => attempt.ending !== undefined) as (Attempt & { ending: Ending })[];
}

/** Looks after everything that is being ended: KILL where the grace is over, `X` where nothing is left. */
function tend(): void {
  const now = env.clock.monotonic();
  const ending = endings();
  for (const attempt of ending) {
    const { ending } = attempt;
    if (now < ending.until || ending.killed) continue;
    signalTo(-attempt.pid, "SIGKILL");
    ending.killed = true;
    ending.until = now + PATIENCE_MS;
    ending.lookedAt = 0;
  }
  const due = ending.some((each) => now - each.ending.lookedAt >= LOOK_MS || (!hasGroup(each) && isEnded(each)));
  let found: ReadonlyMap<Attempt, readonly number[]> | undefined;
  try {
    found = due ? look(ending) : undefined;
  } catch {
    // Too many open files, say: nobody knows what is left, and it is looked for again.
    for (const attempt of ending) giveUpInTime(attempt, now);
    return;
  }
  for (const attempt of ending) tendOne(attempt, found, now);
}

function tendOne(
  attempt: Attempt & { ending: Ending },
  found: ReadonlyMap<Attempt, readonly number[]> | undefined,
  now: number,
): void {
  const { ending } = attempt;
  if (found === undefined) {
    if (!hasGroup(attempt)) return finish(attempt, 0);
  } else {
    ending.lookedAt = now;
    const pids = found.get(attempt) ?? [];
    if (pids.length === 0 && attempt.status !== undefined) return finish(attempt, 0);
    const signal = ending.killed ? "SIGKILL" : "SIGTERM";
    for (const pid of pids) {
      if (!ending.told.has(`${pid}${signal}`)) signalTo(pid, signal);
      ending.told.add(`${pid}${signal}`);
    }
  }
  giveUpInTime(attempt, now);
}

function giveUpInTime(attempt: Attempt & { ending: Ending }, now: number): void {
  if (attempt.ending.killed && now >= attempt.ending.until) finish(attempt, NOT_ENDED);
}

function hasGroup({ status, pid }: Attempt): boolean {
  return status === undefined || signalTo(-pid, 0);
}

function isEnded({ flags }: Attempt): boolean {
  return (flags & ENDED_BY_REQUEST) !== 0;
}

function look(attempts: readonly Attempt[]): Map<Attempt, number[]> | undefined {
  return findProcesses<Attempt>({
    byGroup: new Map(attempts.map((attempt) => [attempt.pid, attempt])),
    variable: "SIGNALBOX_OUTPUT",
    byValue: new Map(attempts.filter(isEnded).map((attempt) => [attempt.request.output, attempt])),
  });
}

function finish(attempt: Attempt, flags: number): void {
  const { request, status = system.signals.SIGKILL } = attempt;
  live.delete(request.id);
  const outputBytes = status === 0 ? sizeOf(request.output) : (remove(request.output), -1);
  const logBytes = Math.max(0, sizeOf(request.log));
  if (logBytes === 0) remove(request.log);
  reports.write(`X ${request.id} ${status} ${outputBytes} ${logBytes} ${attempt.flags | flags}\n`);
  leaveIfDone();
}

/** -1: not there; -2: not a file. */
function sizeOf(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return -1;
  return stat.isFile() ? stat.size : -2;
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was never written, or the command removed it.
  }
}

function leave(): void {
  leaving = true;
  for (const attempt of live.values()) {
    if (attempt.ending === undefined) end(attempt, graceMs);
  }
  leaveIfDone();
}

function leaveIfDone(): void {
  if (!leaving || live.size > 0) return;
  requests.destroy();
  // What is still to be written is written before the process ends by itself.
  reports.end();
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.removeListener(signal, leave);
}
