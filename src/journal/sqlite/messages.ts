/** What the main thread and the journal's worker thread say to each other, and how entries travel. */
import type { ErrorCode } from "../../base/errors.ts";
import type { RunRecord } from "../journal.ts";

/** What the worker is started with. */
export interface WorkerOptions {
  readonly directory: string;
  readonly databaseBytesMax: number;
  /** Wall clock of the start, for the message that another process gets. */
  readonly startedAt: number;
}

export type ToWorker =
  | { readonly kind: "create"; readonly id: number; readonly record: RunRecord; readonly options: string }
  | { readonly kind: "recover"; readonly id: number; readonly runId: string }
  | { readonly kind: "compact"; readonly id: number; readonly move: BaseMove }
  | AppendMessage
  | { readonly kind: "close" };

/** What a compaction is to do, worked out from entries that never change. */
export interface BaseMove {
  readonly runId: string;
  /** The base from which it was worked out; 0 for none. */
  readonly from: number;
  readonly seq: number;
  /** Checksum of all entries up to `seq`. */
  readonly transitions: number;
  /** Entries that are left up to `seq`. */
  readonly kept: number;
  /** First and last seq of each stretch of entries that go, one after the other. */
  readonly removed: Float64Array<ArrayBuffer>;
  readonly exported: string | undefined;
}

/** Some appends, in order; entries as rows of numbers, see `encode.ts`. */
export interface AppendMessage {
  readonly kind: "append";
  /** Run and number of entries of each append. */
  readonly runs: readonly string[];
  readonly counts: readonly number[];
  readonly numbers: Float64Array<ArrayBuffer>;
  /** Words that the receiver does not know yet; they get the next numbers. */
  readonly words: readonly string[];
  /** `true`: forget all words first. */
  readonly forget: boolean;
  /** Index of an entry, its reason and its data as JSON, for entries that have one. */
  readonly texts: readonly (readonly [number, string | null, string | null])[];
}

export type FromWorker =
  | { readonly kind: "ready" }
  /** So many appends are durable, counted from the start. */
  | { readonly kind: "acknowledged"; readonly appends: number }
  /** Everything that is not acknowledged is refused, now and later. */
  | { readonly kind: "refused"; readonly error: SentError }
  /** It is done; `epoch` is that of the run that was created or recovered. */
  | { readonly kind: "answer"; readonly id: number; readonly epoch: number }
  | { readonly kind: "denied"; readonly id: number; readonly error: SentError }
  | { readonly kind: "closed" };

/** An error on its way between threads; classes do not survive that. */
export interface SentError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly holder?: { readonly pid: number; readonly host: string; readonly startedAt: number };
}

/** One transition as it stands in the table. */
export interface TransitionRow {
  readonly seq: number;
  readonly at: number;
  readonly mono: number;
  readonly epoch: number;
  readonly item: number;
  readonly event: string;
  readonly from: string;
  readonly to: string;
  readonly attempt: number;
  readonly refunded: number;
  readonly token: number;
  readonly actor: string;
  /** JSON text, or `null`. */
  readonly reason: string | null;
  readonly data: string | null;
}
