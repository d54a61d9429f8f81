/** When what waited and ran: a row for each item that ever ran, on one scale, under how many ran at once. */
import { useMemo, useState, type ReactNode } from "react";
import { criticalPath, profileOf, ticksOf, type ItemHistory } from "../../data/history.ts";
import { Button, Empty } from "../../ui/controls.tsx";
import { clockOf, durationOf, plural } from "../../ui/format.ts";
import { useNow } from "../../ui/use-now.ts";
import { VirtualList } from "../../ui/virtual-list.tsx";
import type { ViewProps } from "../view.ts";
import { TimelineRow } from "./timeline-row.tsx";
import { useHistory } from "./use-history.ts";

/** Milliseconds up to now that are shown; `undefined` is all there is. */
const WINDOWS = [
  ["All", undefined],
  ["6 h", 21_600_000],
  ["1 h", 3_600_000],
  ["10 min", 600_000],
  ["1 min", 60_000],
] as const;

export function TimelineView({ picture, matching, selected, onSelect, api, projectId }: ViewProps): ReactNode {
  const now = useNow();
  const [windowMs, setWindow] = useState<number>();
  const [isCritical, setCritical] = useState(false);
  const known = useHistory(api, projectId, picture.seq);
  const all = useMemo(() => known?.history.of(matching) ?? [], [known, matching]);
  const isLive = picture.counts.claimed > 0;
  const end =
    Math.max(isLive ? now : 0, ...all.slice(-500).map(({ endedAt, startedAt }) => endedAt ?? startedAt)) + 1_000;
  const from = windowMs === undefined ? (all[0]?.startedAt ?? end - 60_000) - 1_000 : end - windowMs;
  const path = useMemo(
    () => (isCritical ? criticalPath(all, picture, now) : undefined),
    [isCritical, all, picture, now],
  );
  const shown = all.filter(({ item, endedAt = now }) => endedAt >= from && (path === undefined || path.has(item.id)));
  if (known === undefined) return <Empty title="Reading the log" />;
  if (all.length === 0)
    return <Empty title="Nothing has run yet">A row appears here as soon as an item is claimed.</Empty>;
  return (
    <div className="flex h-full flex-col p-4">
      <div className="flex flex-wrap items-center gap-3 pb-2">
        <h2 className="text-base font-semibold">Timeline</h2>
        <span className="text-xs text-faint">
          {plural(shown.length, "item")} · {durationOf(end - from)}
        </span>
        <span className="flex-1" />
        <Button aria-pressed={isCritical} onClick={() => setCritical(!isCritical)}>
          {isCritical ? "Show all" : "Critical path"}
        </Button>
        <WindowChoice windowMs={windowMs} onChoose={setWindow} />
      </div>
      <div className="flex min-h-0 flex-1 flex-col rounded-xl border border-line bg-surface">
        <Profile histories={all} from={from} to={end} max={picture.liveItemsMax} />
        <VirtualList
          items={shown}
          rowHeight={28}
          keyOf={({ item }) => item.id}
          label="Items by when they ran"
          className="flex-1"
          follow={shown.findIndex(({ item }) => item.id === selected)}
          row={(history) => (
            <TimelineRow {...{ history, from, to: end, now, onSelect }} isSelected={history.item.id === selected} />
          )}
        />
      </div>
    </div>
  );
}

interface WindowChoiceProps {
  readonly windowMs: number | undefined;
  readonly onChoose: (windowMs: number | undefined) => void;
}

function WindowChoice({ windowMs, onChoose }: WindowChoiceProps): ReactNode {
  return (
    <div role="group" aria-label="How far back" className="flex rounded-lg border border-line bg-sunken p-0.5">
      {WINDOWS.map(([words, ms]) => (
        <button
          key={words}
          type="button"
          aria-pressed={ms === windowMs}
          onClick={() => onChoose(ms)}
          className={`h-6 rounded-md px-2 text-xs font-medium ${ms === windowMs ? "bg-raised text-ink shadow-sm ring-1 ring-line-strong" : "text-soft hover:text-ink"}`}
        >
          {words}
        </button>
      ))}
    </div>
  );
}

interface ProfileProps {
  readonly histories: readonly ItemHistory[];
  readonly from: number;
  readonly to: number;
  readonly max: number;
}

const PARTS = 240;
const HEIGHT = 44;

/** How many ran at once, as an area under the times of the axis. */
function Profile({ histories, from, to, max }: ProfileProps): ReactNode {
  const profile = useMemo(() => profileOf(histories, from, to, PARTS), [histories, from, to]);
  const peak = Math.max(1, ...profile);
  const points = profile.flatMap((live, n) => {
    const y = HEIGHT - (live / peak) * (HEIGHT - 6);
    return [`${n},${y}`, `${n + 1},${y}`];
  });
  return (
    <div className="flex shrink-0 border-b border-line">
      <div className="flex w-56 shrink-0 flex-col justify-center border-r border-line px-3 text-xs text-soft max-md:w-32">
        <span>at most {peak} at once</span>
        <span className="text-faint">{plural(max, "slot")}</span>
      </div>
      <div className="relative h-16 min-w-0 flex-1 overflow-hidden">
        <svg
          viewBox={`0 0 ${PARTS} ${HEIGHT}`}
          preserveAspectRatio="none"
          aria-hidden
          className="absolute inset-x-0 top-0 h-11 w-full"
        >
          <polygon
            data-lamp="claimed"
            points={`0,${HEIGHT} ${points.join(" ")} ${PARTS},${HEIGHT}`}
            className="lamp-ink fill-current opacity-35"
          />
        </svg>
        {ticksOf(from, to, 8).map((at) => (
          <span
            key={at}
            className="absolute bottom-0 -translate-x-1/2 font-mono text-2xs text-faint"
            style={{ left: `${((at - from) / (to - from)) * 100}%` }}
          >
            {clockOf(at)}
          </span>
        ))}
      </div>
    </div>
  );
}
