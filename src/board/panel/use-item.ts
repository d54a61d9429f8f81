import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { AuditPage, Conflict, Item, Row, Why } from "../data/wire.ts";
import { useBoard, useLog } from "../ui/board-context.ts";

const NOTHING: readonly never[] = [];

/** The history of one item. It is asked for again when the item has moved, or its holder has said something. */
export function useItemRows({ id, seq, project_id }: Item): readonly Row[] {
  const { api } = useBoard();
  const { notes } = useLog();
  const { data } = useQuery({
    queryKey: ["item", id, "audit", seq, notes.get(id)?.at],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => api.get<AuditPage>(`/api/projects/${project_id}/audit?item=${id}&limit=1000`, { signal }),
  });
  return data?.rows ?? NOTHING;
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
