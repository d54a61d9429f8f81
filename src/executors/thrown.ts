import type { Json } from "../base/json.ts";
import { LIMITS } from "../base/limits.ts";
import type { Reason } from "../items/reason.ts";

// A reason is kept for ever, in the journal and in every snapshot: what somebody hangs on an error must not make it grow.
const CAUSES_MAX = 5;
const ERRORS_MAX = 10;
const SHORT_CHARS_MAX = 200;
const STACK_LINES_MAX = 12;
const STACK_CHARS_MAX = 2_000;

/** What a function threw, whatever it was, as a reason that JSON can carry. */
export function reasonOfThrown(thrown: unknown): Reason {
  const { message, ...data } = describe(thrown, 0);
  return { code: "threw", message, data };
}

/** `false` when the thrown object says by an own property that trying again is of no use. */
export function isRetryable(thrown: unknown): boolean {
  if (typeof thrown !== "object" || thrown === null) return true;
  return read(
    () => !Object.hasOwn(thrown, "retryable") || (thrown as { retryable: unknown }).retryable !== false,
    true,
  );
}

type Description = { readonly message: string } & { readonly [key: string]: Json };

function describe(thrown: unknown, depth: number): Description {
  if (!isError(thrown)) return { message: clip(textOf(thrown), LIMITS.reasonCharsMax), name: kindOf(thrown) };
  const code: unknown = read(() => (thrown as { code?: unknown }).code, undefined);
  const stack = depth === 0 ? stackOf(thrown) : undefined;
  const cause: unknown = read(() => thrown.cause, undefined);
  const errors: unknown = read(() => (thrown as { errors?: unknown }).errors, undefined);
  const isGroup = Array.isArray(errors) && read(() => thrown instanceof AggregateError, false);
  return {
    message: clip(textOf(read(() => thrown.message, "")), depth === 0 ? LIMITS.reasonCharsMax : 1_000),
    name: clip(textOf(read(() => thrown.name, "Error")), SHORT_CHARS_MAX),
    ...((typeof code === "string" || Number.isFinite(code)) && { code: clip(String(code), SHORT_CHARS_MAX) }),
    ...(stack !== undefined && { stack }),
    ...(cause !== undefined && depth < CAUSES_MAX && { cause: describe(cause, depth + 1) }),
    // Groups inside groups are not followed: ten times ten times ten is too much to keep.
    ...(isGroup && depth === 0 && { errors: errors.slice(0, ERRORS_MAX).map((each) => describe(each, CAUSES_MAX)) }),
  };
}

/** Frames only: the message is told already. */
function stackOf(error: Error): string | undefined {
  const stack: unknown = read(() => error.stack, undefined);
  if (typeof stack !== "string") return undefined;
  const frames = stack.split("\n", STACK_LINES_MAX + 50).filter((line) => /^\s+at /.test(line));
  return frames.length === 0 ? undefined : clip(frames.slice(0, STACK_LINES_MAX).join("\n"), STACK_CHARS_MAX);
}

function textOf(value: unknown): string {
  return read(
    () => (typeof value === "object" && value !== null ? JSON.stringify(value) : undefined) ?? String(value),
    "a value that cannot be shown",
  );
}

function kindOf(value: unknown): string {
  return value === null ? "null" : typeof value;
}

// `Error.isError` sees errors of other realms (vm contexts, jsdom) too, where `instanceof` does not.
function isError(value: unknown): value is Error {
  return read(() => value instanceof Error || Object.prototype.toString.call(value) === "[object Error]", false);
}

function clip(text: string, charsMax: number): string {
  return (text.length > charsMax ? `${text.slice(0, charsMax - 1)}…` : text).toWellFormed();
}

/** Properties of a thrown object may be getters that throw themselves. */
function read<T>(get: () => T, otherwise: T): T {
  try {
    return get();
  } catch {
    return otherwise;
  }
}
