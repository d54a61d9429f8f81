/** The audit log of a project from one version to another, in pages and in order. */
import type { Api } from "./api.ts";
import type { AuditPage, Row } from "./wire.ts";

/** Rows that the server gives at once, of large ones fewer. */
export const LOG_PAGE = 1_000;

export interface Stretch {
  /** Only what came after this version. */
  readonly after: number;
  /** The last version that is wanted. */
  readonly until: number;
}

/** @throws ApiProblem */
export async function* readLog(
  api: Api,
  projectId: string,
  { after, until }: Stretch,
  signal: AbortSignal,
): AsyncGenerator<readonly Row[]> {
  for (let from = after; from < until;) {
    const limit = Math.min(LOG_PAGE, until - from);
    const path = `/api/projects/${projectId}/audit?after=${from}&limit=${limit}`;
    const { rows, seq } = await api.get<AuditPage>(path, { signal });
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    // Fewer than were asked for are not the end: of large ones fewer come at once.
    if (last.seq >= seq) return;
    from = last.seq;
  }
}
