import { useCallback, useEffect, useMemo, useSyncExternalStore } from "react";
import type { Api } from "../../data/api.ts";
import { LogPages, type LogState } from "../../data/log-pages.ts";
import type { Row } from "../../data/wire.ts";
import { useBoard, useLiveLog } from "../../ui/board-context.ts";

/** The log from its beginning to what is looked at. */
export interface WholeLog {
  /** The oldest version that is there, as far as that is known. */
  readonly first: number;
  readonly until: number;
  /** The oldest version that the feed has. */
  readonly liveFrom: number;
  readonly row: (seq: number) => Row | undefined;
  readonly want: (from: number, to: number) => void;
  /** From which version on every row is here. */
  readonly loadedFrom: number;
  readonly state: LogState;
}

export function useWholeLog(api: Api, projectId: string): WholeLog {
  const { address } = useBoard();
  const { rows } = useLiveLog();
  const pages = useMemo(() => new LogPages(api, projectId), [api, projectId]);
  const state = useSyncExternalStore(pages.subscribe, pages.state);
  useEffect(() => {
    pages.want(1, 1);
    return () => pages.stop();
  }, [pages]);
  const last = rows.at(-1)?.seq ?? 0;
  const until = Math.min(address.at ?? last, last);
  const liveFrom = rows[0]?.seq ?? 1;
  const want = useCallback(
    (from: number, to: number) => pages.want(from, Math.min(to, liveFrom - 1)),
    [pages, liveFrom],
  );
  return useMemo(() => {
    // Pages come in place: what they are of is in the version of their state.
    const row = (seq: number): Row | undefined => (seq >= liveFrom ? rows[seq - liveFrom] : pages.row(seq));
    const loadedFrom = pages.loadedFrom(Math.min(liveFrom, until + 1));
    return { first: state.first ?? 1, until, liveFrom, row, want, loadedFrom, state };
  }, [pages, rows, until, liveFrom, want, state]);
}
