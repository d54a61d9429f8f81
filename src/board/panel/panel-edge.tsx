/** The edge between the view and the item: to be dragged, or moved by keys; where it was left it is again. */
import { useCallback, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";

const NAME = "signalbox-panel";
const WIDTH = { min: 300, max: 900, default: 420, step: 24 } as const;
/** What is left of the view. */
const VIEW_MIN = 360;

function within(width: number): number {
  return Math.round(Math.max(WIDTH.min, Math.min(WIDTH.max, window.innerWidth - VIEW_MIN, width)));
}

function stored({ localStorage }: Window): number {
  const width = Number(localStorage.getItem(NAME));
  return Number.isFinite(width) && width > 0 ? width : WIDTH.default;
}

export interface PanelWidth {
  readonly width: number;
  readonly set: (width: number) => void;
}

export function usePanelWidth(): PanelWidth {
  const [width, setWidth] = useState(() => stored(window));
  const set = useCallback((next: number) => {
    const allowed = within(next);
    window.localStorage.setItem(NAME, String(allowed));
    setWidth(allowed);
  }, []);
  return { width: within(width), set };
}

/** A narrow page has none: the item has all of it. */
export function PanelEdge({ width, set }: PanelWidth): ReactNode {
  const [from, setFrom] = useState<{ readonly x: number; readonly width: number }>();
  const press = (event: KeyboardEvent): void => {
    const next = { ArrowLeft: width + WIDTH.step, ArrowRight: width - WIDTH.step, Home: WIDTH.min, End: WIDTH.max }[
      event.key
    ];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    set(next);
  };
  const grip = (event: PointerEvent): void => {
    event.currentTarget.setPointerCapture(event.pointerId);
    setFrom({ x: event.clientX, width });
  };
  return (
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the item"
      aria-valuemin={WIDTH.min}
      aria-valuemax={WIDTH.max}
      aria-valuenow={width}
      tabIndex={0}
      onKeyDown={press}
      onPointerDown={grip}
      onPointerMove={({ clientX }) => from !== undefined && set(from.width + from.x - clientX)}
      onPointerUp={() => setFrom(undefined)}
      onDoubleClick={() => set(WIDTH.default)}
      className="absolute inset-y-0 -left-1 z-10 w-2 cursor-col-resize touch-none hover:bg-accent focus-visible:bg-accent max-md:hidden"
    />
  );
}
