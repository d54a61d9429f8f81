import { memo, type ReactNode } from "react";
import type { Attempt } from "../../data/attempts.ts";
import type { ItemHistory } from "../../data/history.ts";
import { LAMPS, lampOf, LAMP_WORDS, type Lamp } from "../../data/lamp.ts";
import { durationOf } from "../../ui/format.ts";
import { StateMark } from "../../ui/state-mark.tsx";

export interface TimelineRowProps {
  readonly history: ItemHistory;
  readonly from: number;
  readonly to: number;
  readonly now: number;
  readonly isSelected: boolean;
  readonly onSelect: (id: string) => void;
}

/** One item: grey while it waited, in the colour of what came of it while it ran. Its name says the same in words. */
export const TimelineRow = memo(function TimelineRow(props: TimelineRowProps): ReactNode {
  const { history, from, to, now, isSelected, onSelect } = props;
  const { item, attempts } = history;
  return (
    <button
      type="button"
      data-item={item.key}
      aria-pressed={isSelected}
      aria-label={inWords(history, now)}
      onClick={() => onSelect(item.id)}
      className={`flex h-full w-full items-center text-left hover:bg-sunken ${isSelected ? "bg-sunken" : ""}`}
    >
      <span className="flex h-full w-56 shrink-0 items-center gap-2 border-r border-line px-3 max-md:w-32">
        <StateMark lamp={lampOf(item)} size={12} />
        <span className="min-w-0 truncate">{item.title}</span>
      </span>
      <span className="relative h-full min-w-0 flex-1 overflow-hidden">
        {attempts.map((attempt) => (
          <Bars key={attempt.startedAt} {...{ attempt, from, to, now }} />
        ))}
      </span>
    </button>
  );
});

interface BarsProps extends Pick<TimelineRowProps, "from" | "to" | "now"> {
  readonly attempt: Attempt;
}

function Bars({ attempt, from, to, now }: BarsProps): ReactNode {
  const { queuedAt, startedAt, endedAt = now, to: outcome } = attempt;
  const place = (at: number): number => (Math.max(0, Math.min(to, at) - from) / (to - from)) * 100;
  const [queued, started, ended] = [place(queuedAt), place(startedAt), place(endedAt)];
  return (
    <>
      <span
        className="absolute top-1/2 h-0.5 bg-line-strong"
        style={{ left: `${queued}%`, width: `${started - queued}%` }}
      />
      <span
        data-lamp={lampOfEnd(outcome)}
        className={`lamp-bar absolute top-2 bottom-2 rounded-sm ${outcome === undefined ? "live-stripes" : ""} ${outcome === "todo" ? "opacity-50" : ""}`}
        style={{ left: `${started}%`, width: `${ended - started}%`, minWidth: 3 }}
      />
    </>
  );
}

function lampOfEnd(to: string | undefined): Lamp {
  if (to === undefined) return "claimed";
  return LAMPS.find((lamp) => lamp === to) ?? "cancelled";
}

function inWords({ item, attempts }: ItemHistory, now: number): string {
  const ran = attempts.map(({ queuedAt, startedAt, endedAt = now, holder }) => {
    const waited = durationOf(startedAt - queuedAt);
    return `waited ${waited}, ran ${durationOf(endedAt - startedAt)} by ${holder}`;
  });
  return `${item.title}: ${LAMP_WORDS[lampOf(item)].toLowerCase()}; ${ran.join("; then ")}`;
}
