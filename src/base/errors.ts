/**
 * Errors are API: every error that leaves Signalbox has a stable `code`, and its message says what was
 * expected, what was got and what to do. Command line and HTTP map from the code, never from the text.
 */
export const EXIT_CODES = {
  run_failed: 1,
  item_failed: 1,
  invalid_usage: 2,
  run_not_found: 2,
  item_not_found: 2,
  invalid_plan: 3,
  plan_empty: 3,
  plan_cycle: 3,
  unsupported_feature: 3,
  plan_changed: 3,
  journal_unavailable: 4,
  journal_corrupt: 4,
  journal_too_new: 4,
  history_removed: 2,
  state_in_use: 4,
  state_unwritable: 4,
  output_unwritable: 4,
  stalled: 5,
  interrupted: 130,
  already_settled: 2,
  not_ready: 2,
  already_claimed: 4,
  cap_reached: 4,
  stale_fencing_token: 4,
  request_key_reused: 2,
  output_not_json: 1,
  not_a_repository: 2,
  git_failed: 4,
  git_unavailable: 4,
  repository_lock_timeout: 4,
  repository_lock_unavailable: 4,
  worktree_failed: 4,
  invalid_request: 2,
  not_found: 2,
  not_claimed: 2,
  precondition_failed: 2,
  too_large: 2,
  invalid_dependency: 2,
  idempotency_key_reused: 2,
  dependency_cycle: 3,
  unauthorized: 4,
  forbidden_origin: 4,
  forbidden_role: 4,
  method_not_allowed: 4,
  file_conflict: 4,
  pressure: 4,
  stopping: 4,
  server_unreachable: 4,
  unexpected_answer: 4,
  model_too_large: 2,
  model_test_failed: 1,
  worker_unfit: 4,
  runner_lost: 6,
  internal: 6,
} as const;

/** The stable name of an error. docs/reference/errors.md says when each comes and what to do. */
export type ErrorCode = keyof typeof EXIT_CODES;

export interface SignalboxErrorOptions {
  readonly cause?: unknown;
}

/** The base of every error that Signalbox throws. */
export class SignalboxError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options: SignalboxErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
  }
}

/** A bug in Signalbox itself, never a mistake of the user's. */
export class InternalError extends SignalboxError {
  constructor(message: string, options?: SignalboxErrorOptions) {
    super("internal", `${message} [this is a bug in signalbox]`, options);
  }
}

/** A wrong argument or option. */
export class UsageError extends SignalboxError {
  constructor(message: string, options?: SignalboxErrorOptions) {
    super("invalid_usage", message, options);
  }
}

/** The journal cannot take a write now, or may not be read. Nothing that was acknowledged is lost; what was not is as if it never happened. */
export class JournalUnavailableError extends SignalboxError {
  constructor(message: string, options?: SignalboxErrorOptions) {
    super("journal_unavailable", message, options);
  }
}

/** The journal holds something that Signalbox did not write. Nothing is dropped; a person has to look. */
export class JournalCorruptError extends SignalboxError {
  constructor(message: string, options?: SignalboxErrorOptions) {
    super("journal_corrupt", message, options);
  }
}

/** A report about a claim that is not in force any more. Whoever sent it should stop. */
export class StaleFencingTokenError extends SignalboxError {
  /** The token in force; 0 when nobody holds the item, and when a coordinator refused the report: it does not tell. */
  readonly current: number;

  constructor(message: string, current: number) {
    super("stale_fencing_token", message);
    this.current = current;
  }
}

/** Another process runs on the same state directory. */
export class StateInUseError extends SignalboxError {
  /** The process that holds the lock, as far as it said. */
  readonly holder: { readonly pid: number; readonly host: string; readonly startedAt: number } | undefined;

  constructor(message: string, holder?: { pid: number; host: string; startedAt: number }) {
    super("state_in_use", message);
    this.holder = holder;
  }
}

/** The exit code of the command line for any thrown value. */
export function exitCodeOf(error: unknown): number {
  return error instanceof SignalboxError ? EXIT_CODES[error.code] : EXIT_CODES.internal;
}
