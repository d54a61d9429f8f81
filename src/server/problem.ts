/**
 * Errors as they go over the wire: `application/problem+json` (RFC 9457) with a stable `code`. Clients decide by the code; the
 * detail is for people: expected, got, what to do.
 */
import { SignalboxError, type ErrorCode } from "../base/errors.ts";
import { GUARDS, type PlainAnswer } from "./plain-answer.ts";

/** Every code that an answer can have, with its status. docs/reference/http.md lists them. */
export const PROBLEM_STATUS = {
  invalid_request: 400,
  unauthorized: 401,
  forbidden_origin: 403,
  forbidden_role: 403,
  not_found: 404,
  method_not_allowed: 405,
  already_claimed: 409,
  not_ready: 409,
  not_claimed: 409,
  stale_fencing_token: 409,
  already_settled: 409,
  file_conflict: 409,
  dependency_cycle: 409,
  history_removed: 410,
  precondition_failed: 412,
  too_large: 413,
  invalid_dependency: 422,
  invalid_plan: 422,
  idempotency_key_reused: 422,
  cap_reached: 429,
  pressure: 429,
  internal: 500,
  journal_unavailable: 503,
  stopping: 503,
} as const;

export type ProblemCode = keyof typeof PROBLEM_STATUS;

export interface ProblemDetails {
  /** Members beside those of the RFC, such as `errors` or `conflicts`. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** Ends a request with this problem. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, detail: string, { members = {}, headers = {}, cause }: ProblemDetails = {}) {
    super(detail, cause === undefined ? undefined : { cause });
    this.name = "ProblemError";
    this.code = code;
    this.members = members;
    this.headers = headers;
  }

  get status(): number {
    return PROBLEM_STATUS[this.code];
  }
}

/** How the engine's errors are called here; what is not named is a fault of ours. */
const FROM_ENGINE: Partial<Record<ErrorCode, ProblemCode>> = {
  invalid_usage: "invalid_request",
  output_not_json: "invalid_request",
  too_large: "too_large",
  item_not_found: "not_found",
  run_not_found: "not_found",
  history_removed: "history_removed",
  already_claimed: "already_claimed",
  already_settled: "already_settled",
  not_ready: "not_ready",
  stale_fencing_token: "stale_fencing_token",
  cap_reached: "cap_reached",
  request_key_reused: "idempotency_key_reused",
  plan_cycle: "dependency_cycle",
  invalid_plan: "invalid_plan",
  plan_empty: "invalid_plan",
  unsupported_feature: "invalid_plan",
  interrupted: "stopping",
  journal_unavailable: "journal_unavailable",
  journal_corrupt: "journal_unavailable",
};
/** Whoever is told to come back later is told when. */
const RETRY_AFTER_S: Partial<Record<ProblemCode, string>> = {
  cap_reached: "1",
  pressure: "5",
  journal_unavailable: "5",
  stopping: "5",
};

/** Any thrown value as a problem. Nothing of an unexpected error's text leaves the server. */
export function problemOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const code = error instanceof SignalboxError ? FROM_ENGINE[error.code] : undefined;
  if (code === undefined || !(error instanceof SignalboxError))
    return new ProblemError("internal", "an unexpected error; the server's log tells of it", { cause: error });
  // Not the token in force, which the error has: an agent that is late and tries whatever it is told would go on with it.
  return new ProblemError(code, error.message, { cause: error });
}

/** What an answer says of a problem. */
export function problemBody({ code, status, message, members }: ProblemError): object {
  return { type: `urn:signalbox:problem:${code}`, title: titleOf(code), status, code, detail: message, ...members };
}

/** The problem that an error is; `onProblem` hears of one that is a fault of the server's. */
export function told(error: unknown, onProblem: (problem: Error) => void): ProblemError {
  const problem = problemOf(error);
  if (problem.code === "internal")
    onProblem(problem.cause instanceof Error ? problem.cause : new Error(String(problem.cause)));
  return problem;
}

/** The answer that a problem is; with a status that says more than that of its code, where there is one. */
export function problemAnswer(problem: ProblemError, status = problem.status): PlainAnswer {
  const { code, message, members, headers } = problem;
  const retryAfter = RETRY_AFTER_S[code];
  const body = {
    type: `urn:signalbox:problem:${code}`,
    title: titleOf(code),
    status,
    code,
    detail: message,
    ...members,
  };
  return {
    status,
    headers: {
      "content-type": "application/problem+json",
      ...(retryAfter !== undefined && { "retry-after": retryAfter }),
      ...headers,
    },
    body: JSON.stringify(body),
  };
}

/** The same as a web response. Guarded here: what no route has seen is answered by nobody else. */
export function problemResponse(problem: ProblemError): Response {
  const { status, headers, body } = problemAnswer(problem);
  return new Response(body, { status, headers: { ...GUARDS, ...headers } });
}

function titleOf(code: string): string {
  const words = code.replaceAll("_", " ");
  return words[0]!.toUpperCase() + words.slice(1);
}
