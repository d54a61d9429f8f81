/** What a coordinator refuses, as errors: each has the code that came over the wire. */
import {
  EXIT_CODES,
  JournalUnavailableError,
  SignalboxError,
  StaleFencingTokenError,
  type ErrorCode,
} from "../base/errors.ts";
import { fromWire } from "./camel-case.ts";
import type { Conflict } from "./shapes.ts";

/** One mistake in what was sent. */
export interface RequestMistake {
  /** Where, as a path of names and numbers with slashes. */
  readonly path: string;
  readonly message: string;
}

export interface CoordinatorErrorFacts {
  /** HTTP status of the answer. */
  readonly status: number;
  /** Milliseconds after which the coordinator said to come again. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** A coordinator refused a request. Decide by `code`. */
export class CoordinatorError extends SignalboxError {
  /** HTTP status of the answer. */
  readonly status: number;
  /** Milliseconds after which it said to come again; `undefined`: it said nothing of the kind. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, { status, retryAfterMs, cause }: CoordinatorErrorFacts) {
    super(code, message, { cause });
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What was sent is not what the coordinator takes (`invalid_request`). */
export class InvalidRequestError extends CoordinatorError {
  /** Each mistake with its place, as far as it was told. */
  readonly mistakes: readonly RequestMistake[];

  constructor(message: string, mistakes: readonly RequestMistake[], facts: CoordinatorErrorFacts) {
    super("invalid_request", message, facts);
    this.mistakes = mistakes;
  }
}

/** Others have files in hand that the claim asked for (`file_conflict`). */
export class FileConflictError extends CoordinatorError {
  readonly conflicts: readonly Conflict[];

  constructor(message: string, conflicts: readonly Conflict[], facts: CoordinatorErrorFacts) {
    super("file_conflict", message, facts);
    this.conflicts = conflicts;
  }
}

/** No answer came, or none of a coordinator, also when it was asked again (`server_unreachable`). */
export class ServerUnreachableError extends SignalboxError {
  /** Where it was looked for. */
  readonly url: string;

  constructor(url: string, why: string, cause?: unknown) {
    super(
      "server_unreachable",
      `expected a coordinator at ${url}, but ${why}; start one with \`signalbox serve\`, or say where it is`,
      { cause },
    );
    this.url = url;
  }
}

/** A problem as it stands in the body of an answer. */
interface ProblemBody {
  readonly code: string;
  readonly detail: string;
  readonly errors?: unknown;
  readonly conflicts?: unknown;
}

/** The error that an answer stands for; whatever it holds, something that can be thrown. */
export function errorOf(status: number, text: string, retryAfterMs: number | undefined): SignalboxError {
  const facts = { status, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  const problem = problemIn(text);
  if (problem === undefined || !isKnown(problem.code)) {
    const got =
      problem === undefined ? `status ${status}` : `the problem ${problem.code.slice(0, 100)} (${problem.detail})`;
    return new CoordinatorError(
      "unexpected_answer",
      `expected the answer of a coordinator, got ${got}; is the address that of \`signalbox serve\`, in this version?`,
      facts,
    );
  }
  const { code, detail } = problem;
  // Which one is in force the coordinator keeps to itself.
  if (code === "stale_fencing_token") return new StaleFencingTokenError(detail, 0);
  if (code === "journal_unavailable") return new JournalUnavailableError(detail);
  if (code === "invalid_request") return new InvalidRequestError(detail, mistakesIn(problem), facts);
  if (code === "file_conflict") return new FileConflictError(detail, conflictsIn(problem), facts);
  return new CoordinatorError(code, detail, facts);
}

function isKnown(code: string): code is ErrorCode {
  return Object.hasOwn(EXIT_CODES, code);
}

function problemIn(text: string): ProblemBody | undefined {
  try {
    const body: unknown = fromWire(JSON.parse(text));
    if (typeof body !== "object" || body === null || !("code" in body) || typeof body.code !== "string")
      return undefined;
    const detail = "detail" in body && typeof body.detail === "string" ? body.detail : body.code;
    return { ...body, code: body.code, detail };
  } catch {
    return undefined;
  }
}

function mistakesIn({ errors }: ProblemBody): RequestMistake[] {
  if (!Array.isArray(errors)) return [];
  return errors.flatMap((each: unknown) => {
    if (typeof each !== "object" || each === null || !("path" in each) || !("message" in each)) return [];
    return [{ path: String(each.path), message: String(each.message) }];
  });
}

function conflictsIn({ conflicts }: ProblemBody): Conflict[] {
  // A list of conflicts is what the coordinator puts there; nothing is done with it here.
  return Array.isArray(conflicts) ? (conflicts as Conflict[]) : [];
}
