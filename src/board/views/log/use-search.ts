import { useEffect, useMemo } from "react";
import type { Item, Row } from "../../data/wire.ts";
import { countOf, plural } from "../../ui/format.ts";
import type { WholeLog } from "./use-whole-log.ts";

export interface Search {
  readonly rows: readonly Row[];
  /** How far it got. */
  readonly words: string;
  /** Goes on; `undefined` when all that is there was looked at. */
  readonly more: (() => void) | undefined;
}

const NOTHING: readonly Row[] = [];
/** Events that are looked at by themselves, and with each wish for more. */
const STEP = 20_000;
/** Events of which all can be here at once. */
const REACH_MAX = 180_000;

/** The rows about some items among those that are here, and the way to more; `undefined` searches nothing. */
export function useSearch(log: WholeLog, items: readonly Item[] | undefined): Search {
  const { loadedFrom, until, first, want } = log;
  const isSearching = items !== undefined;
  const searched = until - loadedFrom + 1;
  useEffect(() => {
    if (isSearching && searched < STEP && loadedFrom > first) want(Math.max(first, until - STEP + 1), loadedFrom - 1);
  }, [isSearching, searched, loadedFrom, first, until, want]);
  const rows = useMemo(() => {
    if (items === undefined) return NOTHING;
    const ids = new Set(items.map(({ id }) => id));
    const found: Row[] = [];
    for (let seq = log.loadedFrom; seq <= log.until; seq++) {
      const row = log.row(seq);
      if (row?.item_id !== undefined && ids.has(row.item_id)) found.push(row);
    }
    return found;
  }, [log, items]);
  const isWhole = loadedFrom <= first;
  const more = (): void => want(Math.max(first, loadedFrom - STEP), loadedFrom - 1);
  return {
    rows,
    words: `${plural(rows.length, "event")} about the items that match, among ${isWhole ? "all" : `the latest ${countOf(searched)}`}`,
    more: !isSearching || isWhole || searched > REACH_MAX ? undefined : more,
  };
}
