/** What commands print, asked for while somebody looks at it. A tab that nobody sees asks for nothing. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { Item, ItemOutput, LastLine } from "../data/wire.ts";
import { useBoard } from "./board-context.ts";

const LIVE_MS = 1_000;
/** Where nothing was printed there may be nothing that ever prints. */
const SILENT_MS = 2_000;
const LINES = 200;

/** The last line of each live item, by its id. */
export function useLastLines(isLive: boolean): ReadonlyMap<string, string> {
  const { api, project, address } = useBoard();
  const { data } = useQuery<ReadonlyMap<string, string>>({
    queryKey: ["last lines", project.id],
    // What was printed belongs to the present.
    enabled: isLive && address.at === undefined,
    refetchInterval: ({ state }) => (state.data === undefined || state.data.size === 0 ? SILENT_MS : LIVE_MS),
    structuralSharing: false,
    queryFn: async ({ signal }) => {
      const lines = await api.get<readonly LastLine[]>(`/api/projects/${project.id}/output`, { signal });
      return new Map(lines.map(({ work_item_id, line }) => [work_item_id, line]));
    },
  });
  return data ?? NO_LINES;
}

const NO_LINES: ReadonlyMap<string, string> = new Map();

/** The end of what one item printed; `undefined` until it is there, and where the server does not see it. */
export function useOutput({ id, seq, status }: Item): ItemOutput | undefined {
  const { api, address } = useBoard();
  const isPast = address.at !== undefined;
  const { data } = useQuery<ItemOutput>({
    queryKey: ["item", id, "output", seq],
    // As for the lanes.
    enabled: !isPast,
    refetchInterval: ({ state }) => (status === "claimed" && state.data?.is_kept === true ? LIVE_MS : false),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => api.get<ItemOutput>(`/api/work-items/${id}/output?lines=${LINES}`, { signal }),
  });
  return data?.is_kept === true && !isPast ? data : undefined;
}
