/** Where everything stands on the map of a large graph, and what stands at a point of it. */
import type { Picture } from "./item-store.ts";
import type { Placed } from "./layered.ts";
import type { Placement } from "./placement.ts";
import type { Item } from "./wire.ts";

/** Where the graph's left upper corner stands on the sheet, and how large a node is. */
export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface MapScene {
  readonly placed: Placed;
  readonly picture: Picture;
  readonly grid: Grid;
  readonly camera: Camera;
  readonly width: number;
  readonly height: number;
}

export const NODE = { width: 150, height: 22 } as const;
const STEP = { x: 210, y: 28 } as const;
const SCALE = { min: 0.002, max: 1.5, fit: 1 } as const;
const ROOM = 16;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Where each node stands at scale 1: layers from left to right, each as a block of as many columns as suit the sheet. */
export interface Grid extends Size {
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** How much taller than by themselves nodes are, where that fills the sheet. */
  readonly stretch: number;
}

/** Between the blocks of two layers. */
const LAYER_GAP = 60;
/** A graph of very many layers is flat: its nodes are that much taller at most. */
const STRETCH_MAX = 4;
/** How many heights of a block are tried. */
const TRIES = 40;

export function gridOf({ layer, row, layers, rows }: Placement, sheet: Size): Grid {
  const sizes = new Int32Array(layers);
  for (const each of layer) sizes[each]!++;
  const widthAt = (tall: number): number =>
    sizes.reduce((sum, size) => sum + Math.ceil(size / tall) * STEP.x + LAYER_GAP, 0);
  let tall = Math.max(1, rows);
  let best = 0;
  for (let n = 1; n <= TRIES; n++) {
    const each = Math.max(1, Math.round(rows ** (n / TRIES)));
    const scale = Math.min(sheet.width / widthAt(each), sheet.height / (each * STEP.y));
    if (scale < best) continue;
    best = scale;
    tall = each;
  }
  const starts = new Float64Array(layers);
  for (let n = 1; n < layers; n++) starts[n] = starts[n - 1]! + Math.ceil(sizes[n - 1]! / tall) * STEP.x + LAYER_GAP;
  const x = Float64Array.from(layer, (each, node) => starts[each]! + Math.floor(row[node]! / tall) * STEP.x);
  const width = widthAt(tall);
  const scale = Math.min(SCALE.fit, sheet.width / width);
  const stretch = Math.max(1, Math.min(STRETCH_MAX, (sheet.height - 2 * ROOM) / (tall * STEP.y * scale)));
  const y = Float64Array.from(row, (each) => (each % tall) * STEP.y * stretch);
  return { x, y, width, height: tall * STEP.y * stretch, stretch };
}

/** All of it in view. */
export function fittedCamera(grid: Grid, { width, height }: Size): Camera {
  const scale = Math.min(SCALE.fit, (width - 2 * ROOM) / grid.width, (height - 2 * ROOM) / grid.height);
  const shown = Math.max(SCALE.min, scale);
  const before = (room: number, taken: number): number => Math.max(ROOM, (room - taken * shown) / 2);
  return { x: before(width, grid.width), y: before(height, grid.height), scale: shown };
}

/** What stands at this point stays there. */
export function zoomedCamera(
  { x, y, scale }: Camera,
  factor: number,
  at: { readonly x: number; readonly y: number },
): Camera {
  const next = Math.min(SCALE.max, Math.max(SCALE.min, scale * factor));
  const by = next / scale;
  return { x: at.x - (at.x - x) * by, y: at.y - (at.y - y) * by, scale: next };
}

/** The item that is drawn at this point of the sheet. */
export function itemAt(
  { placed, picture, grid, camera }: MapScene,
  at: { readonly x: number; readonly y: number },
): Item | undefined {
  const [x, y] = [(at.x - camera.x) / camera.scale, (at.y - camera.y) / camera.scale];
  const number = grid.x.findIndex(
    (left, node) => x >= left && x < left + STEP.x && Math.floor((y - grid.y[node]!) / (STEP.y * grid.stretch)) === 0,
  );
  const item = placed.items[number];
  return item === undefined ? undefined : picture.item(item.id);
}
