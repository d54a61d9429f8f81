/** Over the rows: how many ran at once in all of the time, which part of it is shown, and the clock of that part. */
import { useMemo, useState, type PointerEvent, type ReactNode } from "react";
import { profileOf, ticksOf, type Changes } from "../../data/history.ts";
import { isWhole, within, type TimeRange } from "../../data/time-range.ts";
import { clockOf, plural } from "../../ui/format.ts";
import { ticksMax } from "./paint.ts";
import { NAMES_WIDTH } from "./timeline-chart.tsx";

const PARTS = 240;
const HEIGHT = 44;

export interface OverviewProps {
  readonly changes: Changes;
  readonly range: TimeRange;
  readonly whole: TimeRange;
  /** Places there are. */
  readonly max: number;
  /** Pixels of the bars' part below. */
  readonly width: number;
  readonly onRange: (range: TimeRange) => void;
}

export function Overview({ changes, range, whole, max, width, onRange }: OverviewProps): ReactNode {
  const profile = useMemo(() => profileOf(changes, whole.from, whole.to, PARTS), [changes, whole]);
  const peak = Math.max(1, ...profile);
  return (
    <div className="flex shrink-0 border-b border-line">
      <div
        className={`flex shrink-0 flex-col justify-center border-r border-line px-3 text-xs text-soft ${NAMES_WIDTH}`}
      >
        <span>at most {peak} at once</span>
        <span className="text-faint">{plural(max, "slot")}</span>
      </div>
      <div className="min-w-0 shrink-0" style={{ width }}>
        <Strip profile={profile} peak={peak} range={range} whole={whole} onRange={onRange} />
        <Axis range={range} width={width} />
      </div>
    </div>
  );
}

interface StripProps extends Pick<OverviewProps, "range" | "whole" | "onRange"> {
  readonly profile: readonly number[];
  readonly peak: number;
}

/** A part of it that is drawn over with the pointer is shown below; a click moves there. Keys do the same on the rows. */
function Strip({ profile, peak, range, whole, onRange }: StripProps): ReactNode {
  const [from, setFrom] = useState<number>();
  const length = Math.max(1, whole.to - whole.from);
  const points = profile.flatMap((live, n) => {
    const y = HEIGHT - (live / peak) * (HEIGHT - 6);
    return [`${n},${y}`, `${n + 1},${y}`];
  });
  const timeAt = ({ clientX, currentTarget }: PointerEvent): number => {
    const { left, width } = currentTarget.getBoundingClientRect();
    return whole.from + Math.min(1, Math.max(0, (clientX - left) / Math.max(1, width))) * length;
  };
  const end = (event: PointerEvent): void => {
    if (from === undefined) return;
    setFrom(undefined);
    const at = timeAt(event);
    const shown = range.to - range.from;
    if (Math.abs(at - from) > length / 200) onRange({ from: Math.min(from, at), to: Math.max(from, at) });
    else onRange(within({ from: at - shown / 2, to: at + shown / 2 }, whole));
  };
  const part = (at: number): string => `${((at - whole.from) / length) * 100}%`;
  return (
    <div
      aria-hidden
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setFrom(timeAt(event));
      }}
      onPointerUp={end}
      className="relative h-11 cursor-crosshair touch-none"
    >
      <svg viewBox={`0 0 ${PARTS} ${HEIGHT}`} preserveAspectRatio="none" className="absolute inset-0 h-full w-full">
        <polygon
          data-lamp="claimed"
          points={`0,${HEIGHT} ${points.join(" ")} ${PARTS},${HEIGHT}`}
          className="lamp-ink fill-current opacity-35"
        />
      </svg>
      {!isWhole(range, whole) && (
        <div
          className="absolute inset-y-0 min-w-1 border-x-2 border-accent bg-accent/10"
          style={{ left: part(range.from), width: `${((range.to - range.from) / length) * 100}%` }}
        />
      )}
    </div>
  );
}

function Axis({ range, width }: { readonly range: TimeRange; readonly width: number }): ReactNode {
  const { from, to } = range;
  const ticks = ticksOf(from, to, ticksMax(width));
  const isFine = ticks.length > 1 && ticks[1]! - ticks[0]! < 1_000;
  return (
    <div className="relative h-5 overflow-hidden border-t border-line">
      {ticks.map((at) => (
        <span
          key={at}
          className="absolute top-0 border-l border-line-strong pl-1 font-mono text-2xs leading-5 whitespace-nowrap text-faint"
          style={{ left: `${((at - from) / Math.max(1, to - from)) * 100}%` }}
        >
          {clockOf(at)}
          {isFine &&
            `.${String(Math.round(at % 1_000))
              .padStart(3, "0")
              .slice(0, 2)}`}
        </span>
      ))}
    </div>
  );
}
