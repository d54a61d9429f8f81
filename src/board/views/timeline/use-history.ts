import { useQuery } from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import type { Api } from "../../data/api.ts";
import { History, type ItemHistory } from "../../data/history.ts";
import type { Picture } from "../../data/item-store.ts";
import { readLogEnd } from "../../data/read-log.ts";
import type { Item } from "../../data/wire.ts";
import { useLiveLog } from "../../ui/board-context.ts";

/** Of a longer log only the end is looked at. */
const ROWS_MAX = 200_000;

/** The whole audit log once, and what the stream brings after; `undefined` until it is there. */
function useHistory(api: Api, projectId: string, seq: number): History | undefined {
  const { rows } = useLiveLog();
  const { data: history } = useQuery({
    queryKey: ["history", projectId],
    staleTime: Number.POSITIVE_INFINITY,
    // Longer, and more might have come than the latest rows that are kept.
    gcTime: 10_000,
    queryFn: ({ signal }) => readAll(api, projectId, seq, signal),
    // It grows in place.
    structuralSharing: false,
  });
  // What was taken already is passed over, so it does no harm to be called again.
  history?.take(rows);
  return history;
}

export interface HistoriesAsked {
  readonly api: Api;
  readonly projectId: string;
  readonly picture: Picture;
  /** Those of its items that are shown. */
  readonly matching: readonly Item[];
  /** The text that they match. */
  readonly q: string;
  /** Version that is looked at; `undefined`: the present. */
  readonly at: number | undefined;
  /** Moments at which it is made anew: thousands of items are gone through, and ten times a second would be too often. */
  readonly moment: number;
}

export interface Histories {
  /** By when they first ran. */
  readonly all: readonly ItemHistory[];
  readonly shown: readonly ItemHistory[];
}

/** The items that ran; `undefined` until the log is read. */
export function useHistories(asked: HistoriesAsked): Histories | undefined {
  const { api, projectId, picture, at, moment, q } = asked;
  const history = useHistory(api, projectId, picture.seq);
  const latest = useRef(asked);
  latest.current = asked;
  return useMemo(() => {
    const { picture, matching } = latest.current;
    const all = history?.of(picture.items, at);
    if (all === undefined || matching === picture.items) return all && { all, shown: all };
    const ids = new Set(matching.map(({ id }) => id));
    return { all, shown: all.filter(({ item }) => ids.has(item.id)) };
  }, [history, at, moment, q]);
}

async function readAll(api: Api, projectId: string, seq: number, signal: AbortSignal): Promise<History> {
  const history = new History();
  const end = { rowsMax: ROWS_MAX, until: seq };
  for await (const rows of readLogEnd(api, projectId, end, signal)) history.take(rows);
  return history;
}
