/** Everything that happens, as it happens, merged, back to its beginning; with a filter only what is about the items that match. */
import { useCallback, useState, type ReactNode } from "react";
import { useFilter } from "../../ui/board-context.ts";
import { Button, Empty } from "../../ui/controls.tsx";
import { countOf, plural } from "../../ui/format.ts";
import type { ViewProps } from "../view.ts";
import { LogList, type Scroll } from "./log-list.tsx";
import { LogRow } from "./log-row.tsx";
import { useSearch } from "./use-search.ts";
import { useWholeLog, type WholeLog } from "./use-whole-log.ts";

/** More rows would make a list that is higher than a browser draws. The time bar leads to the others. */
const ROWS_MAX = 1_000_000;

export function LogView({ matching, picture, selected, onSelect, api, projectId }: ViewProps): ReactNode {
  const { isEmpty } = useFilter();
  const [scroll, setScroll] = useState<Scroll>("end");
  const log = useWholeLog(api, projectId);
  const search = useSearch(log, isEmpty ? undefined : matching);
  const from = Math.max(log.first, log.until - ROWS_MAX + 1);
  const count = isEmpty ? Math.max(0, log.until - from + 1) : search.rows.length;
  const rowAt = useCallback(
    (index: number) => (isEmpty ? log.row(from + index) : search.rows[index]),
    [isEmpty, from, log, search.rows],
  );
  const { want } = log;
  const onSeen = useCallback(
    (first: number, last: number) => {
      if (isEmpty) want(from + first, from + last);
    },
    [isEmpty, from, want],
  );
  return (
    <div className="flex h-full flex-col p-4">
      <div className="flex flex-wrap items-center gap-3 pb-2">
        <h2 className="text-base font-semibold">Log</h2>
        <span role="status" className="text-xs text-faint">
          {isEmpty ? reachOf(log, count) : search.words}
        </span>
        {search.more !== undefined && <Button onClick={search.more}>Search further back</Button>}
        <span className="flex-1" />
        <Button onClick={() => setScroll("start")}>Oldest</Button>
        <Button
          data-follow
          aria-pressed={scroll === "end"}
          onClick={() => setScroll(scroll === "end" ? "free" : "end")}
        >
          {scroll === "end" ? "Following" : "Follow"}
        </Button>
      </div>
      {log.state.problem !== undefined && (
        <p role="alert" className="pb-2 text-failed">
          Older events did not come: {log.state.problem}
        </p>
      )}
      {count === 0 ? (
        <Empty title={isEmpty ? "Nothing has happened yet" : "Nothing about these items"} />
      ) : (
        <LogList
          {...{ count, scroll, onScroll: setScroll, onSeen }}
          row={(index) => {
            const row = rowAt(index);
            const title = row?.item_id === undefined ? undefined : picture.item(row.item_id)?.title;
            return (
              <LogRow {...{ row, title, onSelect }} isSelected={row?.item_id === selected && selected !== undefined} />
            );
          }}
        />
      )}
    </div>
  );
}

function reachOf({ first, until }: WholeLog, count: number): string {
  const removed = first > 1 ? `; what came before event ${countOf(first)} was removed to save room` : "";
  return until - first + 1 > count && count > 0
    ? `the latest ${plural(count, "event")} of ${countOf(until - first + 1)}; go back in time for the others${removed}`
    : `${plural(count, "event")}${removed}`;
}
