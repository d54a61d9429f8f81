/** Draws the part of a large graph that is in view: bars of colour from afar, names from nearby, edges while there are few. */
import { BAR_FORMS } from "../../data/bar-form.ts";
import { NODE, type MapScene } from "../../data/graph-map.ts";
import { lampOf, type Lamp } from "../../data/lamp.ts";
import type { Placed } from "../../data/layered.ts";
import type { Palette } from "../palette.ts";

/** More edges than these are no picture, and take too long. */
const EDGES_MAX = 6_000;
/** A name can be read from this scale on. */
const NAMES_FROM = 0.6;

export function paintMap(ctx: CanvasRenderingContext2D, scene: MapScene, palette: Palette): void {
  const { placed, picture, grid, camera, width, height } = scene;
  ctx.clearRect(0, 0, width, height);
  const [w, h] = [Math.max(1.5, NODE.width * camera.scale), Math.max(1, NODE.height * grid.stretch * camera.scale)];
  const seen: number[] = [];
  for (let node = 0; node < grid.x.length; node++) {
    const [x, y] = [camera.x + grid.x[node]! * camera.scale, camera.y + grid.y[node]! * camera.scale];
    if (x + w >= 0 && x <= width && y + h >= 0 && y <= height) seen.push(node);
  }
  paintEdges(ctx, scene, palette, seen);
  ctx.textBaseline = "middle";
  for (const node of seen) {
    const item = picture.item(placed.items[node]!.id) ?? placed.items[node]!;
    const [x, y] = [camera.x + grid.x[node]! * camera.scale, camera.y + grid.y[node]! * camera.scale];
    const lamp = lampOf(item);
    if (camera.scale >= NAMES_FROM) paintNamed(ctx, palette, item.title, { x, y, w, h }, palette.fill[lamp]);
    else paintBar(ctx, palette, { x, y, w, h }, lamp);
  }
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** From this size on one form can be told from another. */
const FORMS_FROM = { w: 8, h: 5 };

function paintBar(ctx: CanvasRenderingContext2D, palette: Palette, { x, y, w, h }: Box, lamp: Lamp): void {
  const colour = palette.fill[lamp];
  ctx.fillStyle = colour;
  if (w < FORMS_FROM.w || h < FORMS_FROM.h) return ctx.fillRect(x, y, w, h);
  const { full, isOutlined, strokes } = BAR_FORMS[lamp];
  ctx.fillRect(x + full[0] * w, y + full[1] * h, full[2] * w, full[3] * h);
  ctx.strokeStyle = isOutlined ? colour : palette.surface;
  ctx.lineWidth = isOutlined ? 1 : 1.5;
  if (isOutlined) ctx.strokeRect(x + 0.5, y + 0.5, w - 1, h - 1);
  if (strokes === 0) return;
  const half = Math.min(w, h) / 2;
  ctx.beginPath();
  for (const way of [1, -1].slice(0, strokes)) {
    ctx.moveTo(x + w / 2 - half, y + h / 2 + way * half);
    ctx.lineTo(x + w / 2 + half, y + h / 2 - way * half);
  }
  ctx.stroke();
}

function paintNamed(
  ctx: CanvasRenderingContext2D,
  palette: Palette,
  title: string,
  { x, y, w, h }: Box,
  colour: string,
): void {
  ctx.fillStyle = palette.surface;
  ctx.fillRect(x, y, w, h);
  ctx.fillStyle = colour;
  ctx.fillRect(x, y, 4, h);
  ctx.strokeStyle = palette.strong;
  ctx.lineWidth = 1;
  ctx.strokeRect(x, y, w, h);
  ctx.fillStyle = palette.ink;
  ctx.fillText(cut(ctx, title, w - 14), x + 9, y + h / 2);
}

function cut(ctx: CanvasRenderingContext2D, text: string, room: number): string {
  if (ctx.measureText(text).width <= room) return text;
  const share = room / ctx.measureText(text).width;
  return `${text.slice(0, Math.max(1, Math.floor(text.length * share) - 1))}…`;
}

function paintEdges(ctx: CanvasRenderingContext2D, scene: MapScene, palette: Palette, seen: readonly number[]): void {
  const { placed, grid, camera } = scene;
  const numbers = numbersOf(placed);
  ctx.strokeStyle = palette.strong;
  ctx.lineWidth = Math.min(1, Math.max(0.4, camera.scale * 2));
  ctx.beginPath();
  let left = EDGES_MAX;
  for (const node of seen) {
    const y = camera.y + (grid.y[node]! + (NODE.height * grid.stretch) / 2) * camera.scale;
    const x = camera.x + grid.x[node]! * camera.scale;
    for (const need of placed.items[node]!.dependencies) {
      const from = numbers.get(need);
      if (from === undefined) continue;
      // Some of very many would be a picture that is not so: then none.
      if (--left < 0) return;
      const u = camera.x + (grid.x[from]! + NODE.width) * camera.scale;
      const v = camera.y + (grid.y[from]! + (NODE.height * grid.stretch) / 2) * camera.scale;
      ctx.moveTo(u, v);
      ctx.lineTo(x, y);
    }
  }
  ctx.stroke();
}

const known = new WeakMap<Placed, ReadonlyMap<string, number>>();

function numbersOf(placed: Placed): ReadonlyMap<string, number> {
  const numbers = known.get(placed) ?? new Map(placed.items.map(({ id }, number) => [id, number]));
  known.set(placed, numbers);
  return numbers;
}
