/** Every item of a large graph on one canvas: to see its shape and where it stands. A click chooses an item, and shows what is around it. */
import { Maximize, Minus, Plus } from "lucide-react";
import {
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  type RefObject,
} from "react";
import { fittedCamera, gridOf, itemAt, zoomedCamera, type Camera, type MapScene } from "../../data/graph-map.ts";
import type { Picture } from "../../data/item-store.ts";
import type { Placed } from "../../data/layered.ts";
import { plural } from "../../ui/format.ts";
import { IconButton } from "../../ui/controls.tsx";
import { paintMap } from "./paint-map.ts";
import { paletteOf } from "../palette.ts";

const STEP_PX = 80;
const SLACK_PX = 4;

export interface GraphMapProps {
  readonly placed: Placed;
  readonly picture: Picture;
  readonly onSelect: (id: string) => void;
}

export function GraphMap({ placed, picture, onSelect }: GraphMapProps): ReactNode {
  const sheet = useRef<HTMLCanvasElement>(null);
  const [camera, setCamera] = useState<Camera>();
  const [size, setSize] = useState({ width: 0, height: 0 });
  const grid = useMemo(() => gridOf(placed.placement, size), [placed, size]);
  const shown = camera ?? fittedCamera(grid, size);
  const scene: MapScene = { ...size, placed, picture, grid, camera: shown };
  useSize(sheet, setSize);
  usePainting(sheet, scene);
  const turn = (factor: number, at = { x: size.width / 2, y: size.height / 2 }): void =>
    setCamera(zoomedCamera(shown, factor, at));
  useWheel(sheet, (event, at) => {
    if (event.ctrlKey || event.metaKey) turn(1.002 ** -event.deltaY, at);
    else setCamera({ ...shown, x: shown.x - event.deltaX, y: shown.y - event.deltaY });
  });
  const drag = useDrag(shown, setCamera, (at) => {
    const item = itemAt(scene, at);
    if (item !== undefined) onSelect(item.id);
  });
  const press = (event: KeyboardEvent): void => {
    const next = cameraByKey(event.key, shown, size);
    if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    setCamera(next === "all" ? undefined : next);
  };
  return (
    <div className="relative min-h-0 flex-1 overflow-hidden rounded-xl border border-line bg-surface">
      <canvas
        ref={sheet}
        role="img"
        tabIndex={0}
        aria-label={`Map of ${plural(placed.items.length, "item")} in ${plural(placed.placement.layers, "layer")}; the list of layers has the same to be read`}
        onKeyDown={press}
        {...drag}
        className="absolute inset-0 h-full w-full cursor-grab touch-none -outline-offset-2"
      />
      <div className="absolute right-3 bottom-3 flex rounded-lg border border-line bg-raised shadow-float">
        <IconButton label="All of it" keys="0" onClick={() => setCamera(undefined)}>
          <Maximize size={14} aria-hidden />
        </IconButton>
        <IconButton label="Smaller" keys="-" onClick={() => turn(1 / 1.5)}>
          <Minus size={14} aria-hidden />
        </IconButton>
        <IconButton label="Larger" keys="+" onClick={() => turn(1.5)}>
          <Plus size={14} aria-hidden />
        </IconButton>
      </div>
    </div>
  );
}

function cameraByKey(
  key: string,
  camera: Camera,
  { width, height }: { readonly width: number; readonly height: number },
) {
  const middle = { x: width / 2, y: height / 2 };
  switch (key) {
    case "+":
    case "=":
      return zoomedCamera(camera, 1.5, middle);
    case "-":
      return zoomedCamera(camera, 1 / 1.5, middle);
    case "0":
      return "all";
    case "ArrowLeft":
      return { ...camera, x: camera.x + STEP_PX };
    case "ArrowRight":
      return { ...camera, x: camera.x - STEP_PX };
    case "ArrowUp":
      return { ...camera, y: camera.y + STEP_PX };
    case "ArrowDown":
      return { ...camera, y: camera.y - STEP_PX };
    default:
      return undefined;
  }
}

type SheetRef = RefObject<HTMLCanvasElement | null>;

function useSize(sheet: SheetRef, onSize: (size: { readonly width: number; readonly height: number }) => void): void {
  useEffect(() => {
    const canvas = sheet.current;
    if (canvas === null) return undefined;
    const sizes = new ResizeObserver(() => onSize({ width: canvas.clientWidth, height: canvas.clientHeight }));
    sizes.observe(canvas);
    return () => sizes.disconnect();
  }, [sheet, onSize]);
}

function usePainting(sheet: SheetRef, scene: MapScene): void {
  const draw = useRef(() => {});
  draw.current = () => {
    const canvas = sheet.current;
    const ctx = canvas?.getContext("2d");
    if (canvas === null || ctx === null || ctx === undefined || scene.width === 0) return;
    const ratio = window.devicePixelRatio;
    const [width, height] = [Math.round(scene.width * ratio), Math.round(scene.height * ratio)];
    // To set it empties it: only when it is another.
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.font = `11px ${getComputedStyle(document.body).fontFamily}`;
    paintMap(ctx, scene, paletteOf(document.documentElement));
  };
  useLayoutEffect(() => draw.current());
  useEffect(() => {
    const themes = new MutationObserver(() => draw.current());
    themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => themes.disconnect();
  }, []);
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function useWheel(sheet: SheetRef, onWheel: (event: WheelEvent, at: Point) => void): void {
  const latest = useRef(onWheel);
  latest.current = onWheel;
  useEffect(() => {
    const canvas = sheet.current;
    if (canvas === null) return undefined;
    const turn = (event: WheelEvent): void => {
      event.preventDefault();
      latest.current(event, { x: event.offsetX, y: event.offsetY });
    };
    // The page must not scroll or zoom by it: a listener that says so cannot be passive.
    canvas.addEventListener("wheel", turn, { passive: false });
    return () => canvas.removeEventListener("wheel", turn);
  }, [sheet]);
}

/** Moves by dragging; a press that moves nothing is a click. */
function useDrag(camera: Camera, onCamera: (camera: Camera) => void, onClick: (at: Point) => void) {
  const held = useRef<{ readonly x: number; readonly y: number; readonly camera: Camera; isMoved: boolean }>(undefined);
  return {
    onPointerDown: (event: PointerEvent) => {
      event.currentTarget.setPointerCapture(event.pointerId);
      held.current = { x: event.clientX, y: event.clientY, camera, isMoved: false };
    },
    onPointerMove: (event: PointerEvent) => {
      const from = held.current;
      if (from === undefined) return;
      const [x, y] = [event.clientX - from.x, event.clientY - from.y];
      from.isMoved ||= Math.hypot(x, y) > SLACK_PX;
      if (from.isMoved) onCamera({ ...from.camera, x: from.camera.x + x, y: from.camera.y + y });
    },
    onPointerUp: ({ nativeEvent: { offsetX: x, offsetY: y } }: PointerEvent) => {
      const wasMoved = held.current?.isMoved;
      held.current = undefined;
      if (wasMoved === false) onClick({ x, y });
    },
  };
}
