/**
 * Places boxes in rows so that most arrows point down (Sugiyama's method): rows by longest path, order within a row by the middle of
 * the neighbours, then positions as near to the neighbours as the order leaves room for. Every arrow's label is a box of a row of its
 * own, so that no label covers anything. The same input gives the same picture.
 */
import { assert } from "../../base/assert.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** An arrow between two different boxes, and the size of its label. */
export interface LayoutArrow extends Size {
  readonly from: number;
  readonly to: number;
}

export interface Layout extends Size {
  /** Upper left corner of each box. */
  readonly boxes: readonly Point[];
  /** From border to border. */
  readonly arrows: readonly { readonly points: readonly Point[]; readonly label: Point }[];
}

const GAP_X = 28;
const GAP_Y = 16;
const SWEEPS = 12;
/** What an arrow without a label takes. */
const THREAD: Size = { width: 10, height: 10 };

/** A box, or a place that an arrow goes through. */
interface Vertex extends Size {
  readonly row: number;
  /** An arrow wants to be straight more than a box wants to be in the middle. */
  readonly weight: number;
  readonly above: number[];
  readonly below: number[];
  x: number;
  y: number;
}

interface Chain {
  /** Vertices from the upper box to the lower one, both included. */
  readonly way: readonly number[];
  readonly label: number;
  readonly reversed: boolean;
}

/** `boxes[0]` comes first. */
export function layered(boxes: readonly Size[], arrows: readonly LayoutArrow[]): Layout {
  const reversed = againstTheFlow(boxes.length, arrows);
  const rows = rowsOf(boxes.length, arrows, reversed);
  const vertices = boxes.map((box, i) => vertex(box, rows[i]! * 2, 1));
  const chains = arrows.map((arrow, i) => chainOf(vertices, arrow, reversed[i]!));
  const order = ordered(vertices);
  placeAcross(vertices, order);
  const height = placeDown(vertices, order);
  const left = vertices.reduce((least, { x, width }) => Math.min(least, x - width / 2), Infinity);
  for (const each of vertices) each.x -= left;
  const width = vertices.reduce((most, each) => Math.max(most, each.x + each.width / 2), 0);
  return {
    width: boxes.length === 0 ? 0 : width,
    height,
    boxes: boxes.map((box, i) => ({ x: vertices[i]!.x - box.width / 2, y: vertices[i]!.y - box.height / 2 })),
    arrows: chains.map((chain) => arrowOf(vertices, chain)),
  };
}

function vertex({ width, height }: Size, row: number, weight: number): Vertex {
  return { width, height, row, weight, above: [], below: [], x: 0, y: 0 };
}

/** Arrows that lead back to where the way came from: they are drawn upwards. */
function againstTheFlow(size: number, arrows: readonly LayoutArrow[]): boolean[] {
  const outOf: number[][] = Array.from({ length: size }, () => []);
  arrows.forEach(({ from }, i) => outOf[from]!.push(i));
  const seen: ("open" | "left")[] = [];
  const back = arrows.map(() => false);
  for (let start = 0; start < size; start++) {
    if (seen[start] !== undefined) continue;
    const path: { box: number; next: number }[] = [{ box: start, next: 0 }];
    seen[start] = "open";
    while (path.length > 0) {
      const at = path.at(-1)!;
      const arrow = outOf[at.box]![at.next++];
      if (arrow === undefined) {
        seen[at.box] = "left";
        path.pop();
        continue;
      }
      const { to } = arrows[arrow]!;
      if (seen[to] === "open") back[arrow] = true;
      else if (seen[to] === undefined) {
        seen[to] = "open";
        path.push({ box: to, next: 0 });
      }
    }
  }
  return back;
}

/** Row of each box: one below the lowest that leads to it. */
function rowsOf(size: number, arrows: readonly LayoutArrow[], reversed: readonly boolean[]): number[] {
  const rows = Array<number>(size).fill(0);
  // Without cycles the longest way has fewer arrows than there are boxes.
  for (let round = 0, changed = true; changed; round++) {
    assert(round <= size, "the arrows that lead back were all turned round");
    changed = false;
    arrows.forEach(({ from, to }, i) => {
      const [upper, lower] = reversed[i]! ? [to, from] : [from, to];
      if (rows[lower]! > rows[upper]!) return;
      rows[lower] = rows[upper]! + 1;
      changed = true;
    });
  }
  return rows;
}

function chainOf(vertices: Vertex[], arrow: LayoutArrow, reversed: boolean): Chain {
  const [upper, lower] = reversed ? [arrow.to, arrow.from] : [arrow.from, arrow.to];
  const [first, last] = [vertices[upper]!.row + 1, vertices[lower]!.row - 1];
  // Labels have the odd rows.
  const labelRow = first + 2 * Math.floor((last - first) / 4);
  const between: number[] = [];
  let label = -1;
  for (let row = first; row <= last; row++) {
    const isLabel = row === labelRow;
    if (isLabel) label = vertices.length;
    between.push(vertices.length);
    vertices.push(vertex(isLabel && arrow.width > 0 ? arrow : THREAD, row, 3));
  }
  const way = [upper, ...between, lower];
  for (let i = 1; i < way.length; i++) {
    vertices[way[i - 1]!]!.below.push(way[i]!);
    vertices[way[i]!]!.above.push(way[i - 1]!);
  }
  return { way, label, reversed };
}

/** Vertices of each row from left to right, with few crossings. */
function ordered(vertices: readonly Vertex[]): number[][] {
  const rows: number[][] = Array.from({ length: Math.max(0, ...vertices.map(({ row }) => row + 1)) }, () => []);
  vertices.forEach(({ row }, i) => rows[row]!.push(i));
  let best = rows.map((row) => [...row]);
  let least = crossingsOf(vertices, best);
  for (let sweep = 0; sweep < SWEEPS && least > 0; sweep++) {
    const down = sweep % 2 === 0;
    const position = positionsOf(rows);
    for (const row of down ? rows : rows.toReversed()) {
      const middle = (i: number): number => {
        const near = down ? vertices[i]!.above : vertices[i]!.below;
        return near.length === 0 ? position[i]! : near.reduce((sum, j) => sum + position[j]!, 0) / near.length;
      };
      row.sort((a, b) => middle(a) - middle(b) || a - b);
      row.forEach((i, at) => {
        position[i] = (at + 0.5) / row.length;
      });
    }
    const crossings = crossingsOf(vertices, rows);
    if (crossings < least) {
      least = crossings;
      best = rows.map((row) => [...row]);
    }
  }
  return best;
}

/** As a share of the row, so that rows of different length can be compared. */
function positionsOf(rows: readonly (readonly number[])[]): number[] {
  const position: number[] = [];
  for (const row of rows)
    row.forEach((i, at) => {
      position[i] = (at + 0.5) / row.length;
    });
  return position;
}

function crossingsOf(vertices: readonly Vertex[], rows: readonly (readonly number[])[]): number {
  const position = positionsOf(rows);
  let crossings = 0;
  for (const row of rows) {
    const lines = row.flatMap((i) => vertices[i]!.below.map((j) => [position[i]!, position[j]!] as const));
    for (let a = 0; a < lines.length; a++)
      for (let b = 0; b < a; b++) if ((lines[a]![0] - lines[b]![0]) * (lines[a]![1] - lines[b]![1]) < 0) crossings++;
  }
  return crossings;
}

function placeAcross(vertices: readonly Vertex[], rows: readonly (readonly number[])[]): void {
  for (const row of rows) {
    let x = 0;
    for (const i of row) {
      vertices[i]!.x = x + vertices[i]!.width / 2;
      x += vertices[i]!.width + GAP_X;
    }
  }
  for (let sweep = 0; sweep < SWEEPS * 2; sweep++) {
    const down = sweep % 2 === 0;
    for (const row of down ? rows : rows.toReversed())
      settleRow(
        row.map((i) => vertices[i]!),
        (each) => {
          const near = down ? each.above : each.below;
          if (near.length === 0) return each.x;
          return near.reduce((sum, j) => sum + vertices[j]!.x, 0) / near.length;
        },
      );
  }
}

/**
 * Puts a row as near to where its members want to be as their order and sizes leave room for: the least sum of weighted squares.
 * Neighbours that want to be in each other's place become a block that is placed as one.
 */
function settleRow(row: readonly Vertex[], wanted: (each: Vertex) => number): void {
  const offsets: number[] = [];
  row.forEach((each, i) => {
    const before = row[i - 1];
    offsets.push(before === undefined ? 0 : offsets[i - 1]! + (before.width + each.width) / 2 + GAP_X);
  });
  const blocks: { sum: number; weight: number; count: number }[] = [];
  row.forEach((each, i) => {
    let block = { sum: (wanted(each) - offsets[i]!) * each.weight, weight: each.weight, count: 1 };
    for (let last = blocks.at(-1); last !== undefined; last = blocks.at(-1)) {
      if (last.sum / last.weight <= block.sum / block.weight) break;
      blocks.pop();
      block = { sum: last.sum + block.sum, weight: last.weight + block.weight, count: last.count + block.count };
    }
    blocks.push(block);
  });
  let at = 0;
  for (const { sum, weight, count } of blocks)
    for (const end = at + count; at < end; at++) row[at]!.x = sum / weight + offsets[at]!;
}

/** Answers the height of all. */
function placeDown(vertices: readonly Vertex[], rows: readonly (readonly number[])[]): number {
  let y = 0;
  for (const row of rows) {
    const height = row.reduce((most, i) => Math.max(most, vertices[i]!.height), 0);
    for (const i of row) vertices[i]!.y = y + height / 2;
    y += height + GAP_Y;
  }
  return Math.max(0, y - GAP_Y);
}

function arrowOf(vertices: readonly Vertex[], { way, label, reversed }: Chain): Layout["arrows"][number] {
  const [upper, lower] = [way[0]!, way.at(-1)!];
  const points = [
    portOf(vertices, upper, way[1]!, "below"),
    ...way.slice(1, -1).flatMap((i) => {
      const { x, y, height } = vertices[i]!;
      // Straight through a label, so that the line does not bend behind its text.
      return height > THREAD.height ? [point(x, y - height / 2), point(x, y + height / 2)] : [point(x, y)];
    }),
    portOf(vertices, lower, way.at(-2)!, "above"),
  ];
  const { x, y } = vertices[label]!;
  return { points: reversed ? points.reverse() : points, label: { x, y } };
}

/** Arrows of one side are spread over it in the order in which they leave. */
function portOf(vertices: readonly Vertex[], box: number, next: number, side: "above" | "below"): Point {
  const { x, y, width, height, [side]: near } = vertices[box]!;
  const sorted = near.toSorted((a, b) => vertices[a]!.x - vertices[b]!.x || a - b);
  const share = (sorted.indexOf(next) + 1) / (sorted.length + 1);
  return point(x - width / 2 + width * share, y + (side === "below" ? height / 2 : -height / 2));
}

function point(x: number, y: number): Point {
  return { x, y };
}
