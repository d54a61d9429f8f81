/** Draws the rows that are in view. It knows no page: what it needs of it comes with the scene. */
import type { Attempt } from "../../data/attempts.ts";
import { profileOf, ticksOf, waitedFrom, type ItemHistory } from "../../data/history.ts";
import { LAMPS, type Lamp } from "../../data/lamp.ts";
import type { TimeRange } from "../../data/time-range.ts";
import type { LayerRow, TimelineRow } from "../../data/timeline-rows.ts";
import { briefOf } from "../../ui/format.ts";
import type { Palette } from "../palette.ts";

export interface Scene {
  readonly rows: readonly TimelineRow[];
  readonly rowHeight: number;
  readonly scrollTop: number;
  readonly width: number;
  readonly height: number;
  readonly range: TimeRange;
  readonly now: number;
  /** Something goes on: there is a line for now. */
  readonly isLive: boolean;
  /** Ids of the items on the critical path; they have an outline. */
  readonly path: ReadonlySet<string>;
  readonly palette: Palette;
  readonly font: string;
}

const BAR_MIN = 3;
/** Beside a bar that has this much room its length and holder stand in words. */
const WORDS_ROOM = 90;

export function paint(ctx: CanvasRenderingContext2D, scene: Scene): void {
  const { rows, rowHeight, scrollTop, width, height, range, palette } = scene;
  ctx.clearRect(0, 0, width, height);
  const place = placeOf(scene);
  ctx.fillStyle = palette.line;
  for (const at of ticksOf(range.from, range.to, ticksMax(width))) ctx.fillRect(Math.round(place(at)), 0, 1, height);
  ctx.font = scene.font;
  ctx.textBaseline = "middle";
  const last = Math.min(rows.length, Math.ceil((scrollTop + height) / rowHeight));
  for (let index = Math.floor(scrollTop / rowHeight); index < last; index++) {
    const row = rows[index]!;
    const top = index * rowHeight - scrollTop;
    if (row.kind === "item") paintItem(ctx, scene, row.history, top);
    else paintLayer(ctx, scene, row, top);
  }
  if (!scene.isLive) return;
  ctx.fillStyle = palette.accent;
  ctx.fillRect(Math.round(place(scene.now)), 0, 1.5, height);
}

/** So many times as can be read stand on an axis of this width. */
export function ticksMax(width: number): number {
  return Math.max(1, Math.floor(width / 110));
}

function placeOf({ range: { from, to }, width }: Scene): (at: number) => number {
  const scale = width / Math.max(1, to - from);
  return (at) => (at - from) * scale;
}

function paintItem(ctx: CanvasRenderingContext2D, scene: Scene, history: ItemHistory, top: number): void {
  const { rowHeight, width, now, palette, path } = scene;
  const place = placeOf(scene);
  const isCritical = path.has(history.item.id);
  const middle = top + rowHeight / 2;
  const tall = rowHeight - 14;
  history.attempts.forEach((attempt, index) => {
    const { startedAt, endedAt = now } = attempt;
    const [waited, started, ended] = [place(waitedFrom(history, attempt)), place(startedAt), place(endedAt)];
    const next = history.attempts[index + 1];
    if (started > waited) {
      ctx.fillStyle = palette.strong;
      ctx.fillRect(Math.max(0, waited), middle - 1, Math.min(width, started) - Math.max(0, waited), 2);
    }
    if (ended < 0 || started > width) return;
    const box = { x: started, y: middle - tall / 2, width: Math.max(BAR_MIN, ended - started), height: tall };
    paintBar(ctx, palette, box, attempt);
    if (isCritical) outline(ctx, palette.accent, box);
    const room = (next === undefined ? width : place(waitedFrom(history, next))) - box.x - box.width;
    const [left, right] = [Math.max(0, box.x), Math.min(width, box.x + box.width)];
    if (room >= WORDS_ROOM)
      sayAt(ctx, palette.soft, wordsOf(attempt, now), { x: right + 6, y: middle, room: room - 10 });
    else if (right - left >= 2 * WORDS_ROOM)
      sayAt(ctx, palette.surface, wordsOf(attempt, now), { x: left + 6, y: middle, room: right - left - 24 });
  });
}

function sayAt(
  ctx: CanvasRenderingContext2D,
  colour: string,
  words: string,
  { x, y, room }: { readonly x: number; readonly y: number; readonly room: number },
): void {
  if (ctx.measureText(words).width > room) return;
  ctx.fillStyle = colour;
  ctx.fillText(words, x, y + 0.5);
}

function wordsOf({ number, holder, startedAt, endedAt, to }: Attempt, now: number): string {
  const again = number > 1 ? `attempt ${number}, ` : "";
  const end = to === "failed" ? ", failed" : to === "todo" ? ", given back" : to === "cancelled" ? ", cancelled" : "";
  return `${again}${briefOf((endedAt ?? now) - startedAt)}${end}  ${holder}`;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A state is told by its colour and, where there is room, by its shape: a cross, a slash, an open end, hollow when given back. */
function paintBar(ctx: CanvasRenderingContext2D, palette: Palette, box: Box, { to }: Attempt): void {
  const { x, y, width, height } = box;
  const lamp = lampOfEnd(to);
  ctx.fillStyle = palette.fill[lamp];
  ctx.globalAlpha = to === "todo" ? 0.35 : 1;
  ctx.beginPath();
  ctx.roundRect(x, y, width, height, to === undefined ? [3, 0, 0, 3] : 3);
  ctx.fill();
  ctx.globalAlpha = 1;
  if (width < 14) return;
  const [cx, cy, r] = [x + width - 7, y + height / 2, 3];
  ctx.strokeStyle = palette.surface;
  ctx.lineWidth = 1.6;
  ctx.beginPath();
  if (lamp === "failed") {
    ctx.moveTo(cx - r, cy - r);
    ctx.lineTo(cx + r, cy + r);
  }
  if (lamp === "failed" || lamp === "cancelled") {
    ctx.moveTo(cx - r, cy + r);
    ctx.lineTo(cx + r, cy - r);
  }
  if (lamp === "claimed") {
    ctx.moveTo(cx - r, cy - r);
    ctx.lineTo(cx, cy);
    ctx.lineTo(cx - r, cy + r);
  }
  ctx.stroke();
}

function outline(ctx: CanvasRenderingContext2D, colour: string, { x, y, width, height }: Box): void {
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  ctx.roundRect(x - 2, y - 2, width + 4, height + 4, 4);
  ctx.stroke();
}

/** What was given back ran, and came to nothing. */
function lampOfEnd(to: string | undefined): Lamp {
  if (to === undefined) return "claimed";
  return LAMPS.find((lamp) => lamp === to) ?? "cancelled";
}

/** How many of the layer ran at once, with a mark where one failed. */
function paintLayer(ctx: CanvasRenderingContext2D, scene: Scene, row: LayerRow, top: number): void {
  const { rowHeight, width, range, palette } = scene;
  const place = placeOf(scene);
  const parts = Math.max(1, Math.floor(width / 3));
  const profile = profileOf(row.changes, range.from, range.to, parts);
  const peak = Math.max(1, ...profile);
  const floor = top + rowHeight - 6;
  ctx.fillStyle = row.endedAt === undefined ? palette.fill.claimed : palette.fill.done;
  const step = width / parts;
  profile.forEach((live, part) => {
    if (live === 0) return;
    const tall = Math.max(2, (live / peak) * (rowHeight - 16));
    ctx.fillRect(part * step, floor - tall, step + 0.5, tall);
  });
  ctx.fillStyle = palette.fill.failed;
  for (const at of row.failedAt) {
    const x = place(at);
    if (x < 0 || x > width) continue;
    ctx.beginPath();
    ctx.moveTo(x - 3.5, top + 3);
    ctx.lineTo(x + 3.5, top + 3);
    ctx.lineTo(x, top + 9);
    ctx.fill();
  }
}
