import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Api } from "../data/api.ts";
import { readLog, type Stretch } from "../data/read-log.ts";
import type { Conflict, Item, Row, Why } from "../data/wire.ts";
import { useBoard, useLog } from "../ui/board-context.ts";

const NOTHING: readonly never[] = [];

/** Of an item with a longer history the beginning is shown. */
const ROWS_MAX = 20_000;

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
    queryFn: ({ signal }) => readRows(api, project_id, { after: undefined, until: seq, item: id }, signal),
  });
  const { at } = address;
  return useMemo(() => (at === undefined ? data : data.filter((row) => row.seq <= at)), [data, at]);
}

async function readRows(api: Api, projectId: string, stretch: Stretch, signal: AbortSignal): Promise<readonly Row[]> {
  const all: Row[] = [];
  for await (const rows of readLog(api, projectId, stretch, signal)) {
    all.push(...rows);
    if (all.length >= ROWS_MAX) break;
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
