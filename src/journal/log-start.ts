/** Where an audit log begins that was compacted, and what is refused for it. */
import { SignalboxError, UsageError } from "../base/errors.ts";
import type { AuditOptions } from "./journal.ts";

/** The seq after which to read. @throws SignalboxError `history_removed` when entries behind it are gone */
export function afterOf({ after, withGaps = false }: AuditOptions, baseSeq: number, runId: string): number {
  if (withGaps) return after ?? 0;
  if (after !== undefined && after < baseSeq) throw historyRemoved(runId, after, baseSeq);
  return after ?? baseSeq;
}

/** Somebody asks for entries, or for a version, that the log does not have any more. */
export function historyRemoved(runId: string, asked: number, baseSeq: number): SignalboxError {
  return new SignalboxError(
    "history_removed",
    `expected a version from ${baseSeq} on, got ${asked}: the audit log of ${runId} was compacted up to there. Begin from the present state; what was removed is in the exported files, when there are some`,
  );
}

/** @throws UsageError */
export function checkUpTo(upTo: number, headSeq: number): void {
  if (Number.isSafeInteger(upTo) && upTo >= 0 && upTo <= headSeq) return;
  throw new UsageError(`expected upTo to be the seq of an entry, at most ${headSeq}, got ${upTo}`);
}
