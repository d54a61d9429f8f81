/** The same as the chart, as a table: for whoever reads numbers rather than bars. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef, type ReactNode } from "react";
import { waitedFrom, type ItemHistory } from "../../data/history.ts";
import { LAMP_WORDS, lampOf } from "../../data/lamp.ts";
import { briefOf, clockOf } from "../../ui/format.ts";
import { StateMark } from "../../ui/state-mark.tsx";

const COLUMNS = ["Item", "State", "Attempts", "Waited", "Ran", "Began", "Ended", "By"] as const;
const GRID =
  "grid grid-cols-[minmax(10rem,1fr)_6rem_4.5rem_5rem_5rem_5rem_5rem_minmax(5rem,10rem)] items-center gap-x-3 px-4";
const ROW_HEIGHT = 30;

export interface TimelineTableProps {
  readonly histories: readonly ItemHistory[];
  readonly now: number;
  readonly path: ReadonlySet<string>;
  readonly selected: string | undefined;
  readonly onSelect: (id: string) => void;
}

export function TimelineTable({ histories, now, path, selected, onSelect }: TimelineTableProps): ReactNode {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: histories.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 6,
  });
  return (
    <div ref={scroller} className="min-h-0 flex-1 overflow-auto rounded-xl border border-line bg-surface">
      <div
        role="table"
        aria-label="Items by when they ran"
        aria-rowcount={histories.length + 1}
        className="relative min-w-200"
        style={{ height: virtual.getTotalSize() + ROW_HEIGHT }}
      >
        <div
          role="rowgroup"
          className="sticky top-0 z-10 border-b border-line bg-surface"
          style={{ height: ROW_HEIGHT }}
        >
          <div role="row" aria-rowindex={1} className={`${GRID} h-full text-xs font-semibold text-soft`}>
            {COLUMNS.map((name) => (
              <span key={name} role="columnheader">
                {name}
              </span>
            ))}
          </div>
        </div>
        <div role="rowgroup">
          {virtual.getVirtualItems().map(({ index, start }) => {
            const history = histories[index]!;
            return (
              <div
                key={history.item.id}
                role="row"
                aria-rowindex={index + 2}
                className={`absolute inset-x-0 hover:bg-sunken ${GRID} ${history.item.id === selected ? "bg-sunken" : ""}`}
                style={{ top: ROW_HEIGHT + start, height: ROW_HEIGHT }}
              >
                <Cells history={history} now={now} isCritical={path.has(history.item.id)} onSelect={onSelect} />
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface CellsProps {
  readonly history: ItemHistory;
  readonly now: number;
  readonly isCritical: boolean;
  readonly onSelect: (id: string) => void;
}

function Cells({ history, now, isCritical, onSelect }: CellsProps): ReactNode {
  const { item, attempts, startedAt, endedAt } = history;
  const lamp = lampOf(item);
  let [waited, ran] = [0, 0];
  for (const attempt of attempts) {
    waited += Math.max(0, attempt.startedAt - waitedFrom(history, attempt));
    ran += (attempt.endedAt ?? now) - attempt.startedAt;
  }
  return (
    <>
      <span role="cell" className="min-w-0">
        <button type="button" onClick={() => onSelect(item.id)} className="block w-full truncate text-left font-medium">
          {item.title}
        </button>
      </span>
      <span role="cell" className="flex items-center gap-1.5 text-xs">
        <StateMark lamp={lamp} size={12} />
        {LAMP_WORDS[lamp]}
      </span>
      <span role="cell" className="text-xs">
        {attempts.length}
        {isCritical && <span title="On the critical path"> · critical</span>}
      </span>
      <Time>{briefOf(waited)}</Time>
      <Time>{briefOf(ran)}</Time>
      <Time>{clockOf(startedAt)}</Time>
      <Time>{endedAt === undefined ? "goes on" : clockOf(endedAt)}</Time>
      <span role="cell" className="truncate text-xs text-soft">
        {attempts.at(-1)?.holder}
      </span>
    </>
  );
}

function Time({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <span role="cell" className="font-mono text-xs">
      {children}
    </span>
  );
}
