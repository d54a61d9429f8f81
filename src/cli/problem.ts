import { messageOf } from "../base/error-message.ts";
import { exitCodeOf, SignalboxError } from "../base/errors.ts";
import { harmless } from "../base/harmless.ts";
import { PlanInvalidError } from "../plan/problems.ts";
import { countOf } from "./view/format.ts";

/** A problem as the user meets it: what is printed on stderr, and the exit code. The only place that makes this decision. */
export interface ProblemReport {
  readonly text: string;
  readonly exitCode: number;
}

const ERROR_CHARS_MAX = 100_000;

/** Says any thrown value in words. With `debug` the stack follows, for a report of a bug. */
export function reportProblem(error: unknown, options: { readonly debug?: boolean } = {}): ProblemReport {
  const lines = [headOf(error)];
  if (options.debug === true) lines.push(...stacksOf(error));
  else if (!(error instanceof SignalboxError)) lines.push("Set SIGNALBOX_DEBUG=1 to see where it comes from.");
  return { text: `${lines.join("\n")}\n`, exitCode: exitCodeOf(error) };
}

function headOf(error: unknown): string {
  // Each line of these begins with its place in the file, which editors and terminals make a link of.
  if (error instanceof PlanInvalidError) {
    return `${harmless(clip(error.message), { lines: true })}\nsignalbox: ${countOf(error.total, "problem")} in the plan; nothing was run (${error.code})`;
  }
  if (error instanceof SignalboxError) {
    return `signalbox: ${harmless(clip(error.message), { lines: true })} (${error.code})`;
  }
  const words = messageOf(error);
  return `signalbox: something went wrong inside: ${harmless(clip(words), { lines: true })} (internal)`;
}

function clip(text: string): string {
  return text.length <= ERROR_CHARS_MAX ? text : `${text.slice(0, ERROR_CHARS_MAX)}…`;
}

function stacksOf(error: unknown): string[] {
  const stacks: string[] = [];
  for (let cause = error; cause instanceof Error && stacks.length < 5; cause = cause.cause) {
    stacks.push(harmless(cause.stack ?? cause.message, { lines: true }));
  }
  return stacks;
}
