import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";
import type { Env } from "../../base/env.ts";
import { messageOf } from "../../base/error-message.ts";
import { SignalboxError } from "../../base/errors.ts";
import { harmless } from "../../base/harmless.ts";
import { endGroup } from "../end-group.ts";
import { LEASE_VARIABLE } from "../git-environment.ts";
import { startAdvice } from "../not-started.ts";
import type { WorktreeEntry } from "./entry.ts";
import { WORKTREE_LIMITS } from "./limits.ts";

export interface SetupOptions {
  readonly command: string;
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Runs the setup command in the new worktree, with `sh`, in a process group of its own that is ended whole. It sees where it is
 * and which ports are its own.
 * @throws SignalboxError `worktree_failed`, the signal's reason
 */
export async function runSetup(env: Env, entry: WorktreeEntry, options: SetupOptions): Promise<void> {
  const { command, signal, timeoutMs = WORKTREE_LIMITS.setupTimeoutMs } = options;
  signal?.throwIfAborted();
  const child = started(entry, command);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", (cause) => reject(notStarted(entry, cause)));
    // A background process may hold the output open; the command's own end is its end.
    child.once("exit", resolve);
  });
  // Without a handle left for them there are none, whatever their type says.
  const streams = [child.stdout, child.stderr].filter(Boolean);
  let said = Buffer.alloc(0);
  const hear = (chunk: Buffer): void => {
    said = Buffer.concat([said, chunk]).subarray(-WORKTREE_LIMITS.setupOutputBytesMax);
  };
  for (const stream of streams) stream.on("data", hear);
  let stopped: Promise<void> | undefined;
  let late = false;
  const stop = (): void => {
    if (child.pid !== undefined) stopped ??= endGroup(env, child.pid);
  };
  signal?.addEventListener("abort", stop, { once: true });
  const disarm = env.timers.after(timeoutMs, () => {
    late = true;
    stop();
  });
  try {
    const code = await ended;
    await stopped;
    signal?.throwIfAborted();
    if (late) throw setupFailed(entry, `took longer than ${timeoutMs} ms`, said);
    if (code !== 0) throw setupFailed(entry, code === null ? "was ended by a signal" : `ended with ${code}`, said);
  } finally {
    disarm();
    signal?.removeEventListener("abort", stop);
    for (const stream of streams) stream.destroy();
  }
}

/** Some of what the system refuses is thrown at once, the rest comes as an event. */
function started(entry: WorktreeEntry, command: string): ChildProcessByStdio<null, Readable, Readable> {
  try {
    return spawn("sh", ["-c", command], {
      cwd: entry.path,
      env: setupEnvironment(entry),
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
  } catch (error) {
    throw notStarted(entry, error);
  }
}

/** What a command in a worktree may know of it. */
export function worktreeVariables(entry: WorktreeEntry): Record<string, string> {
  const { ports } = entry;
  return {
    SIGNALBOX_WORKTREE: entry.path,
    ...(entry.branch === undefined ? {} : { SIGNALBOX_BRANCH: entry.branch }),
    ...(ports === undefined
      ? {}
      : { SIGNALBOX_PORT_FIRST: String(ports.first), SIGNALBOX_PORT_COUNT: String(ports.count) }),
  };
}

function setupEnvironment(entry: WorktreeEntry): NodeJS.ProcessEnv {
  const outer = Object.entries(process.env).filter(([name]) => !/^GIT_/i.test(name));
  return {
    ...Object.fromEntries(outer),
    ...worktreeVariables(entry),
    SIGNALBOX_RUN_ID: entry.runId,
    SIGNALBOX_ITEM: entry.item,
    // What outlives us is found by this; see `processes.ts`.
    [LEASE_VARIABLE]: entry.name,
  };
}

function notStarted({ item, path }: WorktreeEntry, cause: unknown): SignalboxError {
  const advice = startAdvice(cause, "Check that `sh` is on the PATH, and that the folder is there and yours to enter.");
  return new SignalboxError(
    "worktree_failed",
    `expected to start the setup command of ${item} in ${path}, got: ${messageOf(cause)}. ${advice}`,
    { cause },
  );
}

function setupFailed(entry: WorktreeEntry, how: string, said: Buffer): SignalboxError {
  const text = harmless(said.toString("utf8").trim(), { lines: true });
  return new SignalboxError(
    "worktree_failed",
    `expected the setup command of ${entry.item} to succeed in ${entry.path}, but it ${how}${text === "" ? " and printed nothing" : `: ${text}`}`,
  );
}
