import { useQuery } from "@tanstack/react-query";
import type { Conflict, ItemConflicts } from "../data/wire.ts";
import { useBoard } from "./board-context.ts";

const EVERY_MS = 5_000;

/** Who has files in hand that the item has, too, by the id of each claimed item for which there is somebody. */
export function useAllConflicts(isLive: boolean): ReadonlyMap<string, readonly Conflict[]> {
  const { api, project, address } = useBoard();
  const { data } = useQuery<ReadonlyMap<string, readonly Conflict[]>>({
    queryKey: ["conflicts", project.id],
    // Who has what in hand is known of the present only.
    enabled: isLive && address.at === undefined,
    refetchInterval: EVERY_MS,
    structuralSharing: false,
    queryFn: async ({ signal }) => {
      const found = await api.get<readonly ItemConflicts[]>(`/api/projects/${project.id}/conflicts`, { signal });
      return new Map(found.map(({ work_item_id, conflicts }) => [work_item_id, conflicts]));
    },
  });
  return isLive && address.at === undefined ? (data ?? NONE) : NONE;
}

const NONE: ReadonlyMap<string, readonly Conflict[]> = new Map();
