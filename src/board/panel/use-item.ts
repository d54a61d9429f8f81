import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Api } from "../data/api.ts";
import type { AuditPage, Conflict, Item, Row, Why } from "../data/wire.ts";
import { useBoard, useLog } from "../ui/board-context.ts";

const NOTHING: readonly never[] = [];

const PAGE = 1_000;
/** Of an item with a longer history the beginning is shown. */
const PAGES_MAX = 20;

/**
 * The history of one item, up to the version that is looked at. It is asked for again when the item has moved, or its holder has said
 * something.
 */
export function useItemRows({ id, seq, project_id }: Item): readonly Row[] {
  const { api, address } = useBoard();
  const { notes } = useLog();
  const { data = NOTHING } = useQuery({
    queryKey: ["item", id, "audit", seq, notes.get(id)?.at],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => readRows(api, `/api/projects/${project_id}/audit?item=${id}&limit=${PAGE}`, signal),
  });
  const { at } = address;
  return useMemo(() => (at === undefined ? data : data.filter((row) => row.seq <= at)), [data, at]);
}

async function readRows(api: Api, path: string, signal: AbortSignal): Promise<readonly Row[]> {
  const { rows } = await api.get<AuditPage>(path, { signal });
  const all = [...rows];
  for (let count = rows.length, page = 1; count === PAGE && page < PAGES_MAX; page++) {
    const next = await api.get<AuditPage>(`${path}&after=${all.at(-1)!.seq}`, { signal });
    count = next.rows.length;
    all.push(...next.rows);
  }
  return all;
}

/** What holds an item, as of a moment ago. */
export function useWhy({ id, seq, status }: Item): Why | undefined {
  const { api } = useBoard();
  const { data } = useQuery({
    queryKey: ["item", id, "why", seq],
    enabled: status === "todo",
    refetchInterval: 5_000,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => api.get<Why>(`/api/work-items/${id}/why`, { signal }),
  });
  return status === "todo" ? data : undefined;
}

/** Claimed items that have any of its files in hand. */
export function useConflicts({ id, project_id, files, seq }: Item): readonly Conflict[] {
  const { api } = useBoard();
  const { data } = useQuery({
    queryKey: ["item", id, "conflicts", seq],
    enabled: files.length > 0,
    refetchInterval: 10_000,
    queryFn: () => api.post<readonly Conflict[]>("/api/conflicts", { project_id, files, work_item_id: id }),
  });
  return data ?? NOTHING;
}
