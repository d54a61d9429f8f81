/** When what waited and ran: a row for each item that ever ran, or for each layer of very many, on one scale. */
import { useMemo, useState, type ReactNode } from "react";
import { changesOf, criticalPath, type ItemHistory } from "../../data/history.ts";
import { layersOf } from "../../data/layered.ts";
import { within, zoomed, type TimeRange } from "../../data/time-range.ts";
import { ITEM_ROWS_MAX, itemRows, layerRows } from "../../data/timeline-rows.ts";
import { useBoard } from "../../ui/board-context.ts";
import { Empty } from "../../ui/controls.tsx";
import { useNow } from "../../ui/use-now.ts";
import type { ViewProps } from "../view.ts";
import { Overview } from "./overview.tsx";
import { TimelineChart } from "./timeline-chart.tsx";
import { TimelineHead, type Look } from "./timeline-head.tsx";
import { TimelineTable } from "./timeline-table.tsx";
import { useHistories } from "./use-history.ts";

const FIRST_LOOK: Look = { kind: "all" };

export function TimelineView({ picture, matching, selected, onSelect, api, projectId }: ViewProps): ReactNode {
  const { address } = useBoard();
  const clock = useNow();
  const asked = { api, projectId, picture, matching, q: address.q, at: address.at, moment: clock };
  const histories = useHistories(asked);
  if (histories === undefined) return <Empty title="Reading the log" />;
  if (histories.all.length === 0)
    return <Empty title="Nothing has run yet">A row appears here as soon as an item is claimed.</Empty>;
  if (histories.shown.length === 0) return <Empty title="No item that has run matches" />;
  const isPast = address.at !== undefined;
  const now = isPast ? endOf(histories.all) : clock;
  return (
    <Timeline {...{ ...histories, picture, now, selected, onSelect }} isLive={!isPast && picture.counts.claimed > 0} />
  );
}

interface TimelineProps extends Pick<ViewProps, "picture" | "selected" | "onSelect"> {
  readonly all: readonly ItemHistory[];
  readonly shown: readonly ItemHistory[];
  readonly now: number;
  readonly isLive: boolean;
}

function Timeline({ all, shown, picture, now, isLive, selected, onSelect }: TimelineProps): ReactNode {
  const [look, setLook] = useState(FIRST_LOOK);
  const [isTable, setTable] = useState(false);
  const [onlyCritical, setOnlyCritical] = useState(false);
  const [askedLayers, setLayers] = useState<boolean>();
  const [layer, setLayer] = useState<number>();
  const [width, setWidth] = useState(0);
  const { structure } = picture;
  // What is on which layer follows from the items and their needs alone.
  const layerOf = useMemo(() => layersOf(picture.items), [structure]);
  const path = useMemo(() => criticalPath(all, now), [all, now]);
  const whole = useMemo(() => wholeOf(all, now, isLive), [all, now, isLive]);
  const range = rangeOf(look, whole);
  const changes = useMemo(() => changesOf(shown, now), [shown, now]);
  const isLayers = (askedLayers ?? shown.length > ITEM_ROWS_MAX) && layer === undefined && !isTable && !onlyCritical;
  const chosen = useMemo(
    () =>
      shown.filter(
        ({ item: { id } }) => (!onlyCritical || path.has(id)) && (layer === undefined || layerOf.get(id) === layer),
      ),
    [shown, onlyCritical, path, layer, layerOf],
  );
  const rows = useMemo(
    () => (isLayers ? layerRows(chosen, layerOf, now) : itemRows(chosen)),
    [isLayers, chosen, layerOf, now],
  );
  const onRange = (next: TimeRange): void =>
    setLook(next.from <= whole.from && next.to >= whole.to ? FIRST_LOOK : { kind: "range", ...next });
  const common = { now, path, selected, onSelect };
  return (
    <div className="flex h-full flex-col p-4">
      <TimelineHead
        {...{ look, isTable, onlyCritical, isLayers, layer, range }}
        count={chosen.length}
        onLook={setLook}
        onTable={setTable}
        onCritical={setOnlyCritical}
        onLayers={(isOn) => {
          setLayers(isOn);
          setLayer(undefined);
        }}
        onZoom={(factor) => onRange(zoomed(range, factor, (range.from + range.to) / 2, whole))}
      />
      {isTable ? (
        <TimelineTable histories={chosen} {...common} />
      ) : (
        <div className="flex min-h-0 flex-1 flex-col overflow-hidden rounded-xl border border-line bg-surface">
          <Overview {...{ changes, range, whole, width, onRange }} max={picture.liveItemsMax} />
          <TimelineChart
            {...{ rows, range, whole, isLive, onRange, ...common }}
            onLayer={setLayer}
            onWidth={setWidth}
          />
        </div>
      )}
    </div>
  );
}

function endOf(histories: readonly ItemHistory[]): number {
  let end = 0;
  for (const { startedAt, endedAt = startedAt } of histories) end = Math.max(end, endedAt);
  return end;
}

/** From the first claim to what ended last, or to now, with a little room on both sides. */
function wholeOf(histories: readonly ItemHistory[], now: number, isLive: boolean): TimeRange {
  const from = histories[0]?.startedAt ?? now;
  const to = Math.max(endOf(histories), isLive ? now : 0);
  const room = Math.max(50, (to - from) * 0.02);
  return { from: from - room, to: to + room };
}

function rangeOf(look: Look, whole: TimeRange): TimeRange {
  if (look.kind === "all") return whole;
  if (look.kind === "last") return { from: whole.to - look.ms, to: whole.to };
  return within(look, whole);
}
