/** To move along by dragging, and to come closer with the wheel and Ctrl. The way up and down stays that of any list. */
import { useEffect, useRef, type RefObject } from "react";
import { moved, zoomed, type TimeRange } from "../../data/time-range.ts";

export interface Gripped {
  readonly range: TimeRange;
  readonly whole: TimeRange;
  readonly onRange: (range: TimeRange) => void;
}

/** Pixels that a hand moves without wanting to. */
const SLACK_PX = 4;

export function useGrip(
  frame: RefObject<HTMLElement | null>,
  plot: RefObject<HTMLElement | null>,
  gripped: Gripped,
): void {
  const latest = useRef(gripped);
  latest.current = gripped;
  useEffect(() => {
    const box = frame.current;
    if (box === null) return undefined;
    const listening = new AbortController();
    const { signal } = listening;
    const shareAt = (x: number): number => {
      const { left, width } = plot.current!.getBoundingClientRect();
      return (x - left) / Math.max(1, width);
    };
    // The page must not zoom by it: a listener that says so cannot be passive.
    box.addEventListener("wheel", (event) => turn(event, latest.current, shareAt(event.clientX)), {
      signal,
      passive: false,
    });
    box.addEventListener("pointerdown", (event) => drag(event, box, latest, shareAt), { signal });
    return () => listening.abort();
  }, [frame, plot]);
}

function turn(event: WheelEvent, { range, whole, onRange }: Gripped, share: number): void {
  const { ctrlKey, metaKey, shiftKey, deltaX, deltaY } = event;
  if (ctrlKey || metaKey) {
    event.preventDefault();
    onRange(zoomed(range, 1.002 ** deltaY, range.from + share * (range.to - range.from), whole));
    return;
  }
  const by = deltaX !== 0 ? deltaX : shiftKey ? deltaY : 0;
  if (by === 0) return;
  event.preventDefault();
  onRange(moved(range, by / 1_000, whole));
}

function drag(
  { button, clientX, pointerType }: PointerEvent,
  box: HTMLElement,
  latest: RefObject<Gripped>,
  shareAt: (x: number) => number,
): void {
  // A finger scrolls.
  if (button !== 0 || pointerType === "touch" || shareAt(clientX) < 0) return;
  const { range } = latest.current;
  const ending = new AbortController();
  const { signal } = ending;
  let isDragged = false;
  const move = (event: PointerEvent): void => {
    if (!isDragged && Math.abs(event.clientX - clientX) < SLACK_PX) return;
    isDragged = true;
    const { whole, onRange } = latest.current;
    onRange(moved(range, shareAt(clientX) - shareAt(event.clientX), whole));
  };
  window.addEventListener("pointermove", move, { signal });
  window.addEventListener("pointerup", () => ending.abort(), { signal });
  // What was dragged is not chosen.
  const swallow = (event: Event): void => {
    if (isDragged) event.stopPropagation();
    ending.abort();
  };
  box.addEventListener("click", swallow, { capture: true, once: true });
}
