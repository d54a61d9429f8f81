/**
 * One git command, run safely. Its words are a list and never meet a shell; what comes from outside stands behind the mark
 * that ends the options. It runs in a process group of its own, which is ended whole: a `git worktree add` has children that
 * would go on writing.
 */
import { spawn, type ChildProcess } from "node:child_process";
import type { Env } from "../base/env.ts";
import { messageOf } from "../base/error-message.ts";
import { UsageError } from "../base/errors.ts";
import { endGroup } from "./end-group.ts";
import { commandText, GitError, gitFailed, type GitFailure } from "./git-error.ts";
import { gitEnvironment, gitSettings } from "./git-environment.ts";
import { GIT_LIMITS } from "./limits.ts";
import { startAdvice } from "./not-started.ts";

export interface RunGitOptions {
  readonly env: Env;
  /**
   * Refs, hashes, names: whatever may have come from outside. They follow the options, behind `--end-of-options`, so that
   * none of them is ever taken for one.
   */
  readonly operands?: readonly string[];
  /** Paths, behind `--`. */
  readonly paths?: readonly string[];
  /** Ends the command, and everything it started, when it is aborted; the call then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from the start after which the same happens, with `git_failed`. Default 120,000. */
  readonly timeoutMs?: number;
  /** Goes to its standard input. Default: nothing, at its end at once. */
  readonly input?: string | Uint8Array;
  /** Variables that it sees beside the ones that are passed on; of `GIT_*` these only. Default none. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
  /** Whether the repository's hooks run. Default `false`. */
  readonly hooks?: boolean;
  /** The lock under which it runs: should this process be killed, the next holder waits until this command is gone too. */
  readonly lease?: { readonly id: string } | undefined;
  /** Bytes of its output at most. Default 64 MiB. */
  readonly outputBytesMax?: number;
}

export interface GitResult {
  readonly stdout: string;
  /** The end of it where git said very much. */
  readonly stderr: string;
  /** 0 is success; what others mean depends on the command. */
  readonly code: number;
}

/** A folder, or something that knows its own. */
export type GitPlace = string | { readonly directory: string };

/**
 * Runs a git command to its end and gives back how it ended; an exit code other than 0 is an answer, not an error.
 * `args` are ours: words that come from outside go into `operands` and `paths`.
 * @throws GitError (`git_failed`: took too long, said too much, was killed; `git_unavailable`: could not be started), UsageError
 */
export async function runGit(place: GitPlace, args: readonly string[], options: RunGitOptions): Promise<GitResult> {
  const command = [...args, ...behindOptions(options)];
  const cwd = typeof place === "string" ? place : place.directory;
  options.signal?.throwIfAborted();
  for (const word of command) checkWord(word);
  const what = { args: command, cwd };
  return await followed(started(what, options), what, options);
}

/** Some of what the system refuses is thrown at once, the rest is heard of later: `ended`. */
function started(command: Command, { hooks, lease, variables }: RunGitOptions): ChildProcess {
  try {
    return spawn("git", [...gitSettings(hooks === true), ...command.args], {
      cwd: command.cwd,
      env: { ...gitEnvironment(process.env, lease?.id), ...variables },
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
  } catch (error) {
    throw notStarted(command, error);
  }
}

/** The standard output of a git command that succeeds, without the line's end. @throws GitError also for an exit code other than 0 */
export async function gitOutput(place: GitPlace, args: readonly string[], options: RunGitOptions): Promise<string> {
  const { stdout, stderr, code } = await runGit(place, args, options);
  if (code !== 0) {
    const cwd = typeof place === "string" ? place : place.directory;
    throw gitFailed({ args: [...args, ...behindOptions(options)], cwd, exitCode: code, stderr });
  }
  return stdout.replace(/\r?\n$/, "");
}

function behindOptions({ operands = [], paths = [] }: RunGitOptions): string[] {
  return [
    ...(operands.length > 0 ? ["--end-of-options", ...operands] : []),
    ...(paths.length > 0 ? ["--", ...paths] : []),
  ];
}

function checkWord(word: string): void {
  if (!word.includes("\0")) return;
  throw new UsageError(
    `Expected words for git without NUL characters, got ${JSON.stringify(word)}. Take that character out.`,
  );
}

type Command = Pick<GitFailure, "args" | "cwd">;

/** Waits for the command's end, or brings it about. Settles when nothing of its group is left. */
async function followed(child: ChildProcess, command: Command, options: RunGitOptions): Promise<GitResult> {
  const output = collected(child, options.outputBytesMax ?? GIT_LIMITS.gitOutputBytesMax);
  const { env, signal, timeoutMs = GIT_LIMITS.gitTimeoutMs } = options;
  let stopped: { readonly reason: () => unknown; readonly gone: Promise<void> } | undefined;
  const stop = (reason: () => unknown): void => {
    if (stopped !== undefined || child.pid === undefined) return;
    stopped = { reason, gone: endGroup(env, child.pid) };
  };
  const failure = (exitCode: number | undefined): GitFailure => ({ ...command, exitCode, stderr: output.stderr() });
  const onAbort = (): void => stop(() => signal?.reason);
  const disarm = env.timers.after(timeoutMs, () => stop(() => tookTooLong(failure(undefined), timeoutMs)));
  signal?.addEventListener("abort", onAbort, { once: true });
  output.onTooMuch = () => stop(() => saidTooMuch(failure(undefined), options));
  try {
    feed(child, options.input);
    const code = await ended(child, env, command);
    if (stopped !== undefined) {
      // The command has ended, its children perhaps not yet; who goes on must not meet them.
      await stopped.gone;
      throw stopped.reason();
    }
    if (code === null) throw gitFailed(failure(undefined));
    return { stdout: output.stdout(), stderr: output.stderr(), code };
  } finally {
    disarm();
    signal?.removeEventListener("abort", onAbort);
  }
}

function collected(child: ChildProcess, outputBytesMax: number) {
  const out: Buffer[] = [];
  let outBytes = 0;
  let said = Buffer.alloc(0);
  const output = {
    onTooMuch: (): void => {},
    stdout: () => Buffer.concat(out).toString("utf8"),
    stderr: () => said.toString("utf8"),
  };
  child.stdout?.on("data", (chunk: Buffer) => {
    outBytes += chunk.length;
    if (outBytes > outputBytesMax) output.onTooMuch();
    else out.push(chunk);
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    said = Buffer.concat([said, chunk]).subarray(-GIT_LIMITS.gitErrorBytesMax);
  });
  return output;
}

function feed(child: ChildProcess, input: string | Uint8Array | undefined): void {
  // A command that ends without reading everything is no error.
  child.stdin?.on("error", () => {});
  child.stdin?.end(input ?? "");
}

/**
 * Resolves with the exit code, `null` after a signal. Something that the command started may keep its output open for ever
 * (a hook's daemon): what it has not said a moment after the command's end is not waited for.
 */
function ended(child: ChildProcess, env: Env, command: Command): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", (cause) => reject(notStarted(command, cause)));
    child.once("close", (code: number | null) => resolve(code));
    child.once("exit", (code: number | null) => {
      const disarm = env.timers.after(GIT_LIMITS.gitGraceMs, () => {
        child.stdout?.destroy();
        child.stderr?.destroy();
        resolve(code);
      });
      child.once("close", disarm);
    });
  });
}

function notStarted(command: Command, cause: unknown): GitError {
  const failure: GitFailure = { ...command, exitCode: undefined, stderr: "" };
  return new GitError(
    "git_unavailable",
    `Expected to start ${commandText(command)}, got: ${messageOf(cause)}. ${startAdvice(cause, ADVICE)}`,
    failure,
    { cause },
  );
}

const ADVICE = "Check that git is installed and on the PATH, and that the folder is there and yours to enter.";

function tookTooLong(failure: GitFailure, timeoutMs: number): GitError {
  return new GitError(
    "git_failed",
    `Expected ${commandText(failure)} to end within ${timeoutMs} ms; it did not, and was ended with everything it had started. What it may have left is found by the next command.`,
    failure,
  );
}

function saidTooMuch(failure: GitFailure, { outputBytesMax = GIT_LIMITS.gitOutputBytesMax }: RunGitOptions): GitError {
  return new GitError(
    "git_failed",
    `Expected ${commandText(failure)} to print at most ${outputBytesMax} bytes, got more; it was ended.`,
    failure,
  );
}
