import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, type KeyboardEvent, type ReactNode } from "react";

/** Kept at its end, brought to its start, or left where a person has put it. */
export type Scroll = "end" | "start" | "free";

export interface LogListProps {
  readonly count: number;
  readonly row: (index: number) => ReactNode;
  readonly scroll: Scroll;
  readonly onScroll: (scroll: Scroll) => void;
  /** Told which rows are in view. */
  readonly onSeen: (first: number, last: number) => void;
}

const ROW_HEIGHT = 30;
/** Keys that lead away from the end. */
const BACK: ReadonlySet<string> = new Set(["ArrowUp", "PageUp", "Home"]);

/** A list of as many rows as a log has, of which those in view are in the page, and need to be here at all. */
export function LogList({ count, row, scroll, onScroll, onSeen }: LogListProps): ReactNode {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 10,
  });
  const shown = virtual.getVirtualItems();
  const first = shown[0]?.index ?? 0;
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => onSeen(first, last), [first, last, onSeen]);
  useEffect(() => {
    if (scroll === "end") virtual.scrollToIndex(count - 1);
    if (scroll === "start") virtual.scrollToIndex(0);
  }, [scroll, count, virtual]);
  const free = (): void => {
    if (scroll !== "free") onScroll("free");
  };
  return (
    // A list that scrolls has to be reachable by the keyboard.
    <div
      ref={scroller}
      tabIndex={0}
      role="list"
      aria-label="Events"
      onWheel={({ deltaY }) => (deltaY < 0 || scroll === "start") && free()}
      onTouchMove={free}
      onKeyDown={({ key }: KeyboardEvent) => (BACK.has(key) || scroll === "start") && free()}
      className="min-h-0 flex-1 overflow-y-auto rounded-xl border border-line bg-surface"
    >
      <div role="presentation" className="relative" style={{ height: virtual.getTotalSize() }}>
        {shown.map(({ key, index, start }) => (
          <div
            key={key}
            role="listitem"
            aria-setsize={count}
            aria-posinset={index + 1}
            className="absolute inset-x-0 top-0"
            style={{ height: ROW_HEIGHT, transform: `translateY(${start}px)` }}
          >
            {row(index)}
          </div>
        ))}
      </div>
    </div>
  );
}
