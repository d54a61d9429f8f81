import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Api } from "../../data/api.ts";
import { History } from "../../data/history.ts";
import type { AuditPage } from "../../data/wire.ts";
import { useLog } from "../../ui/board-context.ts";

const PAGE = 1_000;
/** Of a longer log only the end is looked at. */
const ROWS_MAX = 200_000;

/** The whole audit log once, and what the stream brings after; `undefined` until it is there. */
export function useHistory(api: Api, projectId: string, seq: number): { readonly history: History } | undefined {
  const { rows } = useLog();
  const { data: history } = useQuery({
    queryKey: ["history", projectId],
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    queryFn: ({ signal }) => readAll(api, projectId, seq, signal),
    // It grows in place.
    structuralSharing: false,
  });
  return useMemo(() => {
    history?.take(rows);
    return history === undefined ? undefined : { history };
  }, [history, rows]);
}

async function readAll(api: Api, projectId: string, seq: number, signal: AbortSignal): Promise<History> {
  const history = new History();
  let after = Math.max(0, seq - ROWS_MAX);
  for (;;) {
    const page = await api.get<AuditPage>(`/api/projects/${projectId}/audit?after=${after}&limit=${PAGE}`, { signal });
    history.take(page.rows);
    const last = page.rows.at(-1);
    if (last === undefined || page.rows.length < PAGE) return history;
    after = last.seq;
  }
}
