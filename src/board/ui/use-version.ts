import { useQuery } from "@tanstack/react-query";
import type { Api } from "../data/api.ts";
import type { AuditPage, Row } from "../data/wire.ts";

/** The event that made this version. */
export function useVersion(api: Api, projectId: string, at: number | undefined): Row | undefined {
  const { data } = useQuery({
    queryKey: ["version", projectId, at],
    enabled: at !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) =>
      api.get<AuditPage>(`/api/projects/${projectId}/audit?after=${(at ?? 1) - 1}&limit=1`, { signal }),
  });
  return data?.rows[0];
}
