import type { AuditOptions, JournalEntry, JournalReader } from "./journal.ts";
import { JOURNAL_LIMITS } from "./limits.ts";

const PAGE = { limit: JOURNAL_LIMITS.auditPage, bytesMax: JOURNAL_LIMITS.auditPageBytesMax };

type Reader = Pick<JournalReader, "audit">;

/**
 * The audit log of a run, or what is asked of it, page by page from `after` on to its end; no page is empty. `limit`: entries of one
 * page. @throws what `audit` throws
 */
export async function* auditPages(
  reader: Reader,
  runId: string,
  { after, ...which }: AuditOptions,
): AsyncGenerator<readonly JournalEntry[]> {
  for (let last = after; ;) {
    const page = await reader.audit(runId, { ...PAGE, ...which, ...(last !== undefined && { after: last }) });
    if (page.length === 0) return;
    yield page;
    last = page.at(-1)!.seq;
  }
}

/** Up to where all entries behind `after` are from before `keptFrom`, as a wall clock: the last of them, at most `upTo`. */
export async function lastBefore(
  reader: Reader,
  runId: string,
  { after, upTo, keptFrom }: { readonly after: number; readonly upTo: number; readonly keptFrom: number },
): Promise<number> {
  let last = after;
  for await (const page of auditPages(reader, runId, { after }))
    for (const { seq, at } of page) {
      if (at >= keptFrom || seq > upTo) return last;
      last = seq;
    }
  return last;
}
