import { durationText } from "../../base/duration-text.ts";
import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { messageOf } from "../../base/error-message.ts";
import { exitCodeOf, SignalboxError } from "../../base/errors.ts";
import { harmless } from "../../base/harmless.ts";
import { GitError } from "../../git/git-error.ts";
import { openRepository } from "../../git/repository.ts";
import { findLeftovers } from "../../executors/leftovers.ts";
import { openJournalReader } from "../../journal/sqlite-reader.ts";
import { currentHolder } from "../../journal/run-lock.ts";
import type { Command, Io } from "../io.ts";
import { nextCommand } from "../next-command.ts";
import { nearestStateDir, STATE_DIR_NAME } from "../../base/nearest-state-dir.ts";
import { givenStateDir } from "../state-dir.ts";
import { hasEnded } from "../stored-run.ts";
import { paintFor, type Tone } from "../terminal/style.ts";
import { countOf, formatList } from "../view/format.ts";
import { jsonDocument } from "../wire.ts";

export interface DoctorOptions {
  readonly json?: boolean;
  readonly stateDir?: string;
}

interface Check {
  readonly name: string;
  readonly status: "ok" | "warn" | "fail";
  readonly message: string;
  /** What to do; only where something is to be done. */
  readonly remedy?: string;
}

const TONES: Readonly<Record<Check["status"], Tone>> = { ok: "good", warn: "warn", fail: "bad" };
const FAILED = 4;
const LOW_DISK_BYTES = 100 * 1024 * 1024;
const TOOL_TIMEOUT_MS = 5_000;
const RUNS_LOOKED_AT = 1_000;

/** Looks at everything that a run depends on. Exit 0 when nothing has failed, 4 otherwise. */
export const doctorCommand: Command<DoctorOptions> = async (io, options) => {
  const stateDir = givenStateDir(io, options.stateDir) ?? nearestStateDir(io.cwd);
  const checks = [
    checkNode(),
    await checkTool("sh", ["-c", "exit 0"], "fail", "commands of a plan are started with it: install a POSIX shell"),
    await checkTool("git", ["--version"], "warn", "only worktrees need it: install git to use them"),
    ...(await checkRepository(io)),
    checkTerminal(io),
    ...(await checkState(io, stateDir)),
  ];
  if (options.json === true)
    io.stdout.write(jsonDocument({ ok: checks.every(({ status }) => status !== "fail"), checks }));
  else io.stdout.write(checks.map((check) => lineOf(io, check)).join(""));
  return checks.some(({ status }) => status === "fail") ? FAILED : 0;
};

function lineOf(io: Io, { name, status, message, remedy }: Check): string {
  const paint = paintFor(io.stdout.color);
  const advice = remedy === undefined ? "" : `\n      ${harmless(remedy)}`;
  return `${paint(TONES[status], status.padEnd(4))}  ${name.padEnd(10)}  ${harmless(message)}${advice}\n`;
}

function checkNode(): Check {
  const message = `${process.version} on ${process.platform} ${process.arch}`;
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 24 || (major === 24 && minor >= 15)) return { name: "node", status: "ok", message };
  return { name: "node", status: "fail", message, remedy: "signalbox needs Node 24.15 or newer" };
}

function checkTool(name: string, words: readonly string[], missing: "warn" | "fail", remedy: string): Promise<Check> {
  return new Promise((done) => {
    execFile(name, words, { timeout: TOOL_TIMEOUT_MS }, (error, stdout) => {
      const message = stdout.trim().split("\n")[0] || "there";
      if (error === null) done({ name, status: "ok", message });
      else done({ name, status: missing, message: `does not work here: ${error.message.split("\n")[0]}`, remedy });
    });
  });
}

/** Who has the lock under which git changes this repository, and who waits; nothing where there is no repository. */
async function checkRepository(io: Io): Promise<Check[]> {
  try {
    const { holder, waiting } = (await openRepository(io.cwd, { env: io.env })).lockState();
    const queue = waiting.length === 0 ? "" : `; ${waiting.length} waiting`;
    if (holder === undefined) return [{ name: "repository", status: "ok", message: `nobody changes it${queue}` }];
    const who = holder.pid === 0 ? "another process" : `process ${holder.pid} on ${holder.host}`;
    const since = holder.since === 0 ? "" : ` for ${durationText(Math.max(0, io.env.clock.now() - holder.since))}`;
    const purpose = holder.purpose === "" ? "" : ` (${holder.purpose})`;
    return [{ name: "repository", status: "ok", message: `locked by ${who}${since}${purpose}${queue}` }];
  } catch (error) {
    if (error instanceof GitError) return [];
    const message = messageOf(error);
    return [
      { name: "repository", status: "warn", message, remedy: "look at the folder `signalbox` inside its git folder" },
    ];
  }
}

function checkTerminal({ stderr, variables }: Io): Check {
  if (!stderr.isTerminal) return { name: "terminal", status: "ok", message: "none: progress is told in plain lines" };
  const { columns, rows } = stderr.size();
  const message = `${columns} columns, ${rows} rows, ${stderr.color ? "colours" : "no colours"}`;
  const locale = variables["LC_ALL"] || variables["LC_CTYPE"] || variables["LANG"] || "";
  if (/utf-?8/i.test(locale)) return { name: "terminal", status: "ok", message };
  return {
    name: "terminal",
    status: "warn",
    message: `${message}, locale "${locale}"`,
    remedy: "the live view draws with UTF-8: set LANG, for example to C.UTF-8",
  };
}

async function checkState(io: Io, stateDir: string | undefined): Promise<Check[]> {
  if (stateDir === undefined || !existsSync(stateDir)) {
    const where = stateDir === undefined ? `no ${STATE_DIR_NAME} here or above` : `nothing at ${stateDir}`;
    return [
      checkWritable(stateDir === undefined ? io.cwd : dirname(stateDir), `${where}; it is made by the first run`),
    ];
  }
  const directory = checkWritable(stateDir, stateDir);
  if (directory.status === "fail") return [directory];
  return [
    directory,
    checkMode(stateDir),
    checkDisk(stateDir),
    checkLock(stateDir),
    ...(await checkJournal(io, stateDir)),
  ];
}

function checkWritable(path: string, message: string): Check {
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    readdirSync(path);
    return { name: "state", status: "ok", message };
  } catch (error) {
    const why = messageOf(error);
    return {
      name: "state",
      status: "fail",
      message: why,
      remedy: "make it readable and writable for you, or use --state-dir DIR",
    };
  }
}

function checkMode(stateDir: string): Check {
  const { mode } = statSync(stateDir);
  const octal = (mode & 0o777).toString(8);
  if ((mode & 0o022) === 0) return { name: "mode", status: "ok", message: `${octal}: only you may write to it` };
  return { name: "mode", status: "warn", message: `${octal}: others may write to it`, remedy: `chmod 700 ${stateDir}` };
}

function checkDisk(stateDir: string): Check {
  const { bavail, bsize } = statfsSync(stateDir);
  const message = `${Math.floor((bavail * bsize) / (1024 * 1024))} MiB free`;
  if (bavail * bsize >= LOW_DISK_BYTES) return { name: "disk", status: "ok", message };
  return {
    name: "disk",
    status: "warn",
    message,
    remedy: "make room: a full disk stops a run, which loses nothing and can be resumed",
  };
}

function checkLock(stateDir: string): Check {
  const holder = currentHolder(stateDir);
  if (holder === undefined) return { name: "lock", status: "ok", message: "free" };
  const who = holder.pid === 0 ? "another process" : `process ${holder.pid} on ${holder.host}`;
  return { name: "lock", status: "ok", message: `a run is going on: held by ${who}` };
}

async function checkJournal(io: Io, stateDir: string): Promise<Check[]> {
  const name = "journal";
  try {
    const reader = openJournalReader({ directory: stateDir, env: io.env });
    try {
      const runs = await reader.runs({ limit: RUNS_LOOKED_AT });
      const open = runs.filter(({ status }) => !hasEnded(status));
      const message = `${countOf(runs.length, "run")}, ${open.length} not ended`;
      const interrupted = reader.holder() === undefined ? open.map(({ id }) => id) : [];
      if (interrupted.length === 0) return [{ name, status: "ok", message }];
      const remedy = `go on with it: ${nextCommand(io, stateDir, "resume", interrupted[0]!)}`;
      return [{ name, status: "warn", message, remedy }, checkProcesses(interrupted)];
    } finally {
      await reader.close();
    }
  } catch (error) {
    return [unreadable(name, error)];
  }
}

/** A run that nobody carries any more must have left nothing behind. */
function checkProcesses(interrupted: readonly string[]): Check {
  const name = "processes";
  const left = interrupted.flatMap(findLeftovers);
  if (left.length === 0) return { name, status: "ok", message: "nothing is left of interrupted runs" };
  const message = `${countOf(left.length, "process")} of interrupted runs: ${formatList(left.map(String))}`;
  return { name, status: "warn", message, remedy: "resuming the run ends them" };
}

function unreadable(name: string, error: unknown): Check {
  if (error instanceof SignalboxError && error.code === "run_not_found") {
    return { name, status: "ok", message: "nothing was run yet" };
  }
  const message = messageOf(error);
  return { name, status: "fail", message, remedy: `other commands end with ${exitCodeOf(error)} until this is mended` };
}
