/**
 * Rows with their names as elements and their bars on one canvas. The names are buttons that say in words what the bars show, so
 * that keys and screen readers have all of it; there is a table too.
 */
import { useCallback, useEffect, useLayoutEffect, useRef, type KeyboardEvent, type ReactNode } from "react";
import { waitedFrom, type ItemHistory } from "../../data/history.ts";
import { LAMP_WORDS, lampOf } from "../../data/lamp.ts";
import { moved, zoomed, type TimeRange } from "../../data/time-range.ts";
import type { LayerRow, TimelineRow } from "../../data/timeline-rows.ts";
import { durationOf, plural } from "../../ui/format.ts";
import { StateMark } from "../../ui/state-mark.tsx";
import { VirtualList } from "../../ui/virtual-list.tsx";
import { paletteOf } from "../palette.ts";
import { paint, type Scene } from "./paint.ts";
import { useGrip } from "./use-grip.ts";

const ROW_HEIGHT = { item: 28, layer: 44 } as const;
/** Name of each row. */
export const NAMES_WIDTH = "w-56 max-md:w-32";

export interface TimelineChartProps {
  readonly rows: readonly TimelineRow[];
  readonly range: TimeRange;
  readonly whole: TimeRange;
  readonly now: number;
  readonly isLive: boolean;
  readonly path: ReadonlySet<string>;
  readonly selected: string | undefined;
  readonly onSelect: (id: string) => void;
  readonly onLayer: (layer: number) => void;
  readonly onRange: (range: TimeRange) => void;
  /** Told how wide the bars' part is, in pixels. */
  readonly onWidth: (width: number) => void;
}

export function TimelineChart(props: TimelineChartProps): ReactNode {
  const { rows, range, whole, now, selected, onSelect, onLayer, onRange } = props;
  const frame = useRef<HTMLDivElement>(null);
  const rowHeight = rows[0]?.kind === "layer" ? ROW_HEIGHT.layer : ROW_HEIGHT.item;
  const { canvas, onView } = useCanvas(props, rowHeight);
  useGrip(frame, canvas, { range, whole, onRange });
  const press = (event: KeyboardEvent): void => {
    const next = rangeByKey(event, range, whole);
    if (next === undefined) return;
    event.preventDefault();
    onRange(next);
  };
  return (
    <div ref={frame} onKeyDown={press} className="relative flex min-h-0 flex-1 flex-col overflow-hidden">
      <VirtualList
        items={rows}
        rowHeight={rowHeight}
        keyOf={({ id }) => id}
        label={rows[0]?.kind === "layer" ? "Layers by when they ran" : "Items by when they ran"}
        className="flex-1"
        follow={selected === undefined ? -1 : rows.findIndex(({ id }) => id === selected)}
        onView={onView}
        row={(row) =>
          row.kind === "item" ? (
            <ItemName history={row.history} now={now} isSelected={row.id === selected} onSelect={onSelect} />
          ) : (
            <LayerName row={row} now={now} onLayer={onLayer} />
          )
        }
      />
      <canvas ref={canvas} aria-hidden className="pointer-events-none absolute top-0" />
    </div>
  );
}

function rangeByKey({ key, ctrlKey, metaKey, altKey }: KeyboardEvent, range: TimeRange, whole: TimeRange) {
  if (ctrlKey || metaKey || altKey) return undefined;
  const middle = (range.from + range.to) / 2;
  if (key === "+" || key === "=") return zoomed(range, 0.5, middle, whole);
  if (key === "-") return zoomed(range, 2, middle, whole);
  if (key === "ArrowLeft") return moved(range, -0.2, whole);
  if (key === "ArrowRight") return moved(range, 0.2, whole);
  return key === "0" ? whole : undefined;
}

/** Draws whenever something else is to be seen: new rows, another range, a scroll, another size, another theme. */
function useCanvas(props: TimelineChartProps, rowHeight: number) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const draw = useRef(() => {});
  draw.current = () => {
    const [sheet, box] = [canvas.current, scroller.current];
    if (sheet === null || box === null) return;
    const names = box.querySelector("[data-name]")?.clientWidth ?? 0;
    const { width, height } = sized(sheet, names, box);
    props.onWidth(width);
    const ctx = sheet.getContext("2d");
    if (ctx === null || width <= 0) return;
    const ratio = window.devicePixelRatio;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    const { rows, range, now, isLive, path } = props;
    const palette = paletteOf(document.documentElement);
    const font = `11px ${getComputedStyle(document.body).fontFamily}`;
    const scene: Scene = {
      rows,
      rowHeight,
      scrollTop: box.scrollTop,
      width,
      height,
      range,
      now,
      isLive,
      path,
      palette,
      font,
    };
    paint(ctx, scene);
  };
  useLayoutEffect(() => draw.current());
  useEffect(() => {
    const themes = new MutationObserver(() => draw.current());
    themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => themes.disconnect();
  }, []);
  const onView = useCallback((box: HTMLDivElement) => {
    scroller.current = box;
    draw.current();
  }, []);
  return { canvas, onView };
}

/** Lays the canvas over the part of the list that is right of the names; answers its size. */
function sized(
  sheet: HTMLCanvasElement,
  names: number,
  box: HTMLElement,
): { readonly width: number; readonly height: number } {
  const size = { width: box.clientWidth - names, height: box.clientHeight };
  const ratio = window.devicePixelRatio;
  const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
  sheet.style.left = `${names}px`;
  sheet.style.width = `${size.width}px`;
  sheet.style.height = `${size.height}px`;
  // To set it empties it: only when it is another.
  if (sheet.width !== width) sheet.width = width;
  if (sheet.height !== height) sheet.height = height;
  return size;
}

interface ItemNameProps {
  readonly history: ItemHistory;
  readonly now: number;
  readonly isSelected: boolean;
  readonly onSelect: (id: string) => void;
}

function ItemName({ history, now, isSelected, onSelect }: ItemNameProps): ReactNode {
  const { item } = history;
  return (
    <button
      type="button"
      data-item={item.key}
      aria-pressed={isSelected}
      aria-label={inWords(history, now)}
      title={inWords(history, now)}
      onClick={() => onSelect(item.id)}
      className={`flex h-full w-full items-center text-left -outline-offset-2 hover:bg-sunken ${isSelected ? "bg-sunken" : ""}`}
    >
      <span data-name className={`flex h-full shrink-0 items-center gap-2 border-r border-line px-3 ${NAMES_WIDTH}`}>
        <StateMark lamp={lampOf(item)} size={12} />
        <span className="min-w-0 truncate">{item.title}</span>
      </span>
    </button>
  );
}

interface LayerNameProps {
  readonly row: LayerRow;
  readonly now: number;
  readonly onLayer: (layer: number) => void;
}

function LayerName({ row, now, onLayer }: LayerNameProps): ReactNode {
  const { layer, histories, failedAt, startedAt, endedAt } = row;
  const failed = failedAt.length === 0 ? "" : `, ${plural(failedAt.length, "failed attempt")}`;
  const words = `${plural(histories.length, "item")}${failed}`;
  const ran = `${endedAt === undefined ? "running for" : "ran"} ${durationOf((endedAt ?? now) - startedAt)}`;
  return (
    <button
      type="button"
      onClick={() => onLayer(layer)}
      className="flex h-full w-full items-center border-b border-line text-left -outline-offset-2 hover:bg-sunken"
    >
      <span
        data-name
        className={`flex h-full shrink-0 flex-col justify-center border-r border-line px-3 ${NAMES_WIDTH}`}
      >
        <span className="truncate font-medium">Layer {layer + 1}</span>
        <span className="truncate text-xs text-faint">{words}</span>
        <span className="sr-only">{ran}; show its items</span>
      </span>
    </button>
  );
}

/** What the bars of a row show. */
function inWords(history: ItemHistory, now: number): string {
  const ran = history.attempts.map((attempt) => {
    const { startedAt, endedAt = now, holder } = attempt;
    const waited = durationOf(startedAt - waitedFrom(history, attempt));
    return `waited ${waited}, ran ${durationOf(endedAt - startedAt)} by ${holder}`;
  });
  return `${history.item.title}: ${LAMP_WORDS[lampOf(history.item)].toLowerCase()}; ${ran.join("; then ")}`;
}
