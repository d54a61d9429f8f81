/** Errors on their way from the journal's thread: classes do not survive it, so code, message and holder travel. */
import { messageOf } from "../../base/error-message.ts";
import {
  JournalCorruptError,
  JournalUnavailableError,
  SignalboxError,
  StateInUseError,
  UsageError,
} from "../../base/errors.ts";
import type { SentError } from "./messages.ts";

export function sent(error: unknown): SentError {
  const message = messageOf(error);
  if (!(error instanceof SignalboxError)) return { code: "internal", message };
  const holder = error instanceof StateInUseError ? error.holder : undefined;
  return { code: error.code, message, ...(holder === undefined ? {} : { holder }) };
}

/** The error that the worker met, as an error of the right class again. */
export function received({ code, message, holder }: SentError): SignalboxError {
  if (code === "state_in_use") return new StateInUseError(message, holder);
  if (code === "journal_unavailable") return new JournalUnavailableError(message);
  if (code === "journal_corrupt") return new JournalCorruptError(message);
  if (code === "invalid_usage") return new UsageError(message);
  return new SignalboxError(code, message);
}
