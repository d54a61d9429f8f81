import { Minus, Plus } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, useState, type ReactNode, type RefObject } from "react";
import { lampOf } from "../../data/lamp.ts";
import type { Layered, PlacedNode } from "../../data/layered.ts";
import { IconButton } from "../../ui/controls.tsx";
import { StateMark } from "../../ui/state-mark.tsx";

const NODE = { width: 196, height: 40 } as const;
const STEP = { x: 264, y: 56 } as const;
const EDGE = 24;
const ZOOMS = [0.4, 0.6, 0.8, 1, 1.25] as const;
/** Smaller than this nothing can be read: rather it scrolls. */
const FIT_MIN = 0.6;

/** The largest at which all of it is in view, if it can be read then. */
function fitting(box: HTMLElement, width: number, height: number): number {
  const fit = ZOOMS.findLastIndex(
    (scale) => scale <= 1 && width * scale <= box.clientWidth && height * scale <= box.clientHeight,
  );
  return fit < 0 || ZOOMS[fit]! < FIT_MIN ? ZOOMS.indexOf(1) : fit;
}

export interface GraphCanvasProps {
  readonly layered: Layered;
  readonly selected: string | undefined;
  readonly onSelect: (id: string) => void;
}

/** A page that scrolls in both directions; items are buttons in the order of their layers. */
export function GraphCanvas({ layered, selected, onSelect }: GraphCanvasProps): ReactNode {
  const [zoom, setZoom] = useState<number>(ZOOMS.indexOf(1));
  const scale = ZOOMS[zoom]!;
  const box = useRef<HTMLDivElement>(null);
  const width = layered.layers * STEP.x + 2 * EDGE - (STEP.x - NODE.width);
  const height = layered.rows * STEP.y + 2 * EDGE;
  // When it is opened, and when other items are shown; not when one of them moves.
  useLayoutEffect(() => {
    if (box.current !== null) setZoom(fitting(box.current, width, height));
  }, [width, height]);
  const chosen = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    chosen.current?.scrollIntoView({ block: "center", inline: "center" });
  }, [selected, layered]);
  const turn = (by: number): void => setZoom(Math.min(ZOOMS.length - 1, Math.max(0, zoom + by)));
  return (
    <div className="relative min-h-0 flex-1 overflow-hidden rounded-xl border border-line bg-surface">
      <div
        ref={box}
        role="group"
        aria-label="Items and what they need"
        tabIndex={0}
        className="absolute inset-0 overflow-auto"
      >
        <div className="relative" style={{ width: width * scale, height: height * scale }}>
          <div
            className="absolute top-0 left-0 origin-top-left"
            style={{ width, height, transform: `scale(${scale})` }}
          >
            <svg width={width} height={height} aria-hidden className="absolute inset-0">
              {layered.edges.map(({ from, to }) => (
                <Edge key={`${from.item.id}-${to.item.id}`} from={from} to={to} isLit={isAbout(from, to, selected)} />
              ))}
            </svg>
            {layered.nodes.map((node) => (
              <Node
                key={node.item.id}
                node={node}
                isSelected={node.item.id === selected}
                onSelect={onSelect}
                {...(node.item.id === selected && { place: chosen })}
              />
            ))}
          </div>
        </div>
      </div>
      <div className="absolute right-3 bottom-3 flex rounded-lg border border-line bg-raised shadow-float">
        <IconButton label="Smaller" onClick={() => turn(-1)}>
          <Minus size={14} aria-hidden />
        </IconButton>
        <IconButton label="Larger" onClick={() => turn(1)}>
          <Plus size={14} aria-hidden />
        </IconButton>
      </div>
    </div>
  );
}

function isAbout(from: PlacedNode, to: PlacedNode, selected: string | undefined): boolean {
  return selected !== undefined && (from.item.id === selected || to.item.id === selected);
}

function placeOf({ layer, row }: PlacedNode): { readonly x: number; readonly y: number } {
  return { x: EDGE + layer * STEP.x, y: EDGE + row * STEP.y };
}

interface NodeProps {
  readonly node: PlacedNode;
  readonly isSelected: boolean;
  readonly onSelect: (id: string) => void;
  readonly place?: RefObject<HTMLButtonElement | null>;
}

function Node({ node, isSelected, onSelect, place }: NodeProps): ReactNode {
  const { item } = node;
  const { x, y } = placeOf(node);
  const lamp = lampOf(item);
  return (
    <button
      ref={place}
      type="button"
      data-lamp={lamp}
      data-item={item.key}
      aria-pressed={isSelected}
      title={item.title}
      onClick={() => onSelect(item.id)}
      className={`absolute flex items-center gap-2 rounded-lg border border-l-4 border-l-(--lamp-fill) bg-raised px-2.5 text-left hover:shadow-float ${isSelected ? "border-accent ring-2 ring-accent" : "border-line-strong"}`}
      style={{ left: x, top: y, width: NODE.width, height: NODE.height }}
    >
      <StateMark lamp={lamp} label />
      <span className="min-w-0 flex-1">
        <span className="block truncate leading-tight font-medium">{item.title}</span>
        <span className="block truncate font-mono text-2xs leading-tight text-faint">{item.key}</span>
      </span>
    </button>
  );
}

interface EdgeProps {
  readonly from: PlacedNode;
  readonly to: PlacedNode;
  readonly isLit: boolean;
}

function Edge({ from, to, isLit }: EdgeProps): ReactNode {
  const start = placeOf(from);
  const end = placeOf(to);
  const [x, y] = [start.x + NODE.width, start.y + NODE.height / 2];
  const [u, v] = [end.x, end.y + NODE.height / 2];
  const bend = Math.max(28, (u - x) / 2);
  return (
    <path
      d={`M${x} ${y}C${x + bend} ${y} ${u - bend} ${v} ${u} ${v}`}
      fill="none"
      strokeWidth={isLit ? 2 : 1.25}
      className={isLit ? "stroke-accent" : "stroke-line-strong"}
    />
  );
}
