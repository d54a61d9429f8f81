import { harmless } from "../base/harmless.ts";
import { SignalboxError, type ErrorCode, type SignalboxErrorOptions } from "../base/errors.ts";
import { GIT_LIMITS } from "./limits.ts";

/** What is known of one git command that did not do what it was asked. */
export interface GitFailure {
  /** The command's own words, without the settings that Signalbox adds. */
  readonly args: readonly string[];
  readonly cwd: string;
  /** Its exit code; `undefined` when it did not end by itself. */
  readonly exitCode: number | undefined;
  /** What git said; the end of it where it said very much. */
  readonly stderr: string;
}

/** A git command failed (`git_failed`), or could not even be started or found nothing there to work on. */
export class GitError extends SignalboxError implements GitFailure {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly exitCode: number | undefined;
  readonly stderr: string;

  constructor(code: ErrorCode, message: string, failure: GitFailure, options?: SignalboxErrorOptions) {
    super(code, message, options);
    this.args = failure.args;
    this.cwd = failure.cwd;
    this.exitCode = failure.exitCode;
    this.stderr = failure.stderr;
  }
}

/** A git command that ended with an exit code that its caller cannot use. */
export function gitFailed(failure: GitFailure): GitError {
  const said = harmless(failure.stderr.trim(), { lines: true });
  const ended = failure.exitCode === undefined ? "was ended by a signal" : `ended with ${failure.exitCode}`;
  return new GitError(
    "git_failed",
    `Expected ${commandText(failure)} to succeed, but it ${ended}${said === "" ? " and said nothing" : `: ${said}`}`,
    failure,
  );
}

/** The command as a person would write it, in the folder where it ran. */
export function commandText({ args, cwd }: Pick<GitFailure, "args" | "cwd">): string {
  const words = args.map((word) => (/^[\w@%+=:,./~^-]+$/.test(word) ? word : JSON.stringify(word)));
  const all = words.join(" ");
  const shown = all.length > GIT_LIMITS.gitCommandShownMax ? `${all.slice(0, GIT_LIMITS.gitCommandShownMax)}…` : all;
  return harmless(`\`git ${shown}\` in ${cwd}`);
}
