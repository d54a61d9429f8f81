import { Worker, type WorkerOptions } from "node:worker_threads";
import { messageOf } from "../base/error-message.ts";
import { InternalError, JournalUnavailableError, type SignalboxError } from "../base/errors.ts";
import { adviceIfExhausted } from "../base/exhausted.ts";

/** Why a thread of ours did not start, or ended, as an error of ours: a bug, unless the machine had no more of what it needs. */
export function threadFailure(thread: string, cause: unknown): SignalboxError {
  const problem = messageOf(cause).replace(/\.$/, "");
  const advice = adviceIfExhausted(cause);
  if (advice === undefined) return new InternalError(`${thread} failed: ${problem}`, { cause });
  return new JournalUnavailableError(`Expected ${thread} to run, got: ${problem}. ${advice}`, { cause });
}

/** A thread of ours that runs this module. Node throws some of what is in its way at once; the rest comes as the event `error`. */
export function startThread(module: URL, options: WorkerOptions, failed: (cause: unknown) => SignalboxError): Worker {
  try {
    return new Worker(module, options);
  } catch (error) {
    throw failed(error);
  }
}
