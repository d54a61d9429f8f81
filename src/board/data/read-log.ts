/** The audit log of a project from one version to another, in pages and in order. */
import type { Api } from "./api.ts";
import type { AuditPage, Row } from "./wire.ts";

/** Rows that the server gives at once, of large ones fewer. */
export const LOG_PAGE = 1_000;

export interface Stretch {
  /** Only what came after this version; `undefined`: from where the log begins. */
  readonly after: number | undefined;
  /** The last version that is wanted. */
  readonly until: number;
  /** Only what is about this item, by its id. */
  readonly item?: string;
}

/** @throws ApiProblem `history_removed` when the log begins later than that */
export async function* readLog(
  api: Api,
  projectId: string,
  { after, until, item }: Stretch,
  signal: AbortSignal,
): AsyncGenerator<readonly Row[]> {
  const about = item === undefined ? "" : `&item=${item}`;
  for (let from = after; (from ?? 0) < until;) {
    const behind = from === undefined ? "" : `after=${from}&`;
    const limit = Math.min(LOG_PAGE, until - (from ?? 0));
    const path = `/api/projects/${projectId}/audit?${behind}limit=${limit}${about}`;
    const { rows, seq } = await api.get<AuditPage>(path, { signal });
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    // Fewer than were asked for are not the end: of large ones fewer come at once.
    if (last.seq >= seq) return;
    from = last.seq;
  }
}

/** The version behind which the log begins: what came before was removed by a compaction. @throws ApiProblem */
export async function logBase(api: Api, projectId: string, signal: AbortSignal): Promise<number> {
  const { base_seq } = await api.get<AuditPage>(`/api/projects/${projectId}/audit?limit=1`, { signal });
  return base_seq;
}

/** The last `rowsMax` rows up to a version, or as many of them as are there. @throws ApiProblem */
export async function* readLogEnd(
  api: Api,
  projectId: string,
  { rowsMax, until }: { readonly rowsMax: number; readonly until: number },
  signal: AbortSignal,
): AsyncGenerator<readonly Row[]> {
  const base = await logBase(api, projectId, signal);
  yield* readLog(api, projectId, { after: Math.max(base, until - rowsMax), until }, signal);
}
