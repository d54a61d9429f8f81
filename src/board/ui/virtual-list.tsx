/** A list of rows of one height, of which only those in view are in the page. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, type ReactNode } from "react";

export interface VirtualListProps<T> {
  readonly items: readonly T[];
  readonly rowHeight: number;
  readonly keyOf: (item: T) => string | number;
  readonly row: (item: T, index: number) => ReactNode;
  readonly label: string;
  /** Place of the row that is kept in view whenever it changes. */
  readonly follow?: number;
  readonly gap?: number;
  readonly className?: string;
  /** Told of the element that scrolls: whenever it is there, has scrolled, or has another size. */
  readonly onView?: (scroller: HTMLDivElement) => void;
}

export function VirtualList<T>({
  items,
  rowHeight,
  keyOf,
  row,
  label,
  follow,
  gap = 0,
  className = "",
  onView,
}: VirtualListProps<T>): ReactNode {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 6,
    gap,
  });
  useEffect(() => {
    if (follow !== undefined && follow >= 0) virtual.scrollToIndex(follow);
  }, [follow, virtual]);
  useEffect(() => {
    const box = scroller.current;
    if (box === null || onView === undefined) return undefined;
    const tell = (): void => onView(box);
    const sizes = new ResizeObserver(tell);
    sizes.observe(box);
    box.addEventListener("scroll", tell, { passive: true });
    return () => {
      sizes.disconnect();
      box.removeEventListener("scroll", tell);
    };
  }, [onView]);
  return (
    // A list that scrolls has to be reachable by the keyboard.
    <div ref={scroller} tabIndex={0} role="list" aria-label={label} className={`min-h-0 overflow-y-auto ${className}`}>
      <div role="presentation" className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => (
          <div
            // Ours, not the virtualizer's: that one would ask for the keys of all rows whenever one has changed.
            key={keyOf(items[index]!)}
            role="listitem"
            aria-setsize={items.length}
            aria-posinset={index + 1}
            className="absolute inset-x-0 top-0"
            style={{ height: rowHeight, transform: `translateY(${start}px)` }}
          >
            {row(items[index]!, index)}
          </div>
        ))}
      </div>
    </div>
  );
}
