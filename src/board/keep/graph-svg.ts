/** The graph as a drawing: layers from left to right. */
import { lampOf } from "../data/lamp.ts";
import { layeredOf, type PlacedNode } from "../data/layered.ts";
import { drawing, FAINT, FILLS, fitted, INK, LINE, nameOf, SIGNS } from "./drawing.ts";
import type { Scene } from "./scene.ts";

const NODE = { width: 196, height: 40 } as const;
const STEP = { x: 264, y: 56 } as const;
const EDGE = 24;

export function* graphSvgOf({ project, items }: Scene): Generator<string> {
  const { nodes, edges, layers, rows } = layeredOf(items);
  const width = Math.max(0, layers - 1) * STEP.x + NODE.width + 2 * EDGE;
  const height = Math.max(0, rows - 1) * STEP.y + NODE.height + 2 * EDGE;
  const inside = function* (): Generator<string> {
    for (const { from, to } of edges) yield edgeText(from, to);
    for (const node of nodes) yield nodeText(node);
  };
  yield* drawing(width, height, project.name, inside());
}

function placeOf({ layer, row }: PlacedNode): { readonly x: number; readonly y: number } {
  return { x: EDGE + layer * STEP.x, y: EDGE + row * STEP.y };
}

function nodeText(node: PlacedNode): string {
  const { title, key } = node.item;
  const { x, y } = placeOf(node);
  const lamp = lampOf(node.item);
  return [
    `<g transform="translate(${x} ${y})">${nameOf(title, lamp)}`,
    `<rect width="${NODE.width}" height="${NODE.height}" rx="8" fill="#ffffff" stroke="${LINE}"/>`,
    `<rect width="5" height="${NODE.height}" rx="2" fill="${FILLS[lamp]}"/>`,
    `<text x="14" y="17" fill="${INK}">${SIGNS[lamp]} ${fitted(title, 26)}</text>`,
    `<text x="14" y="32" font-size="10" font-family="ui-monospace,monospace" fill="${FAINT}">${fitted(key, 28)}</text></g>\n`,
  ].join("");
}

function edgeText(from: PlacedNode, to: PlacedNode): string {
  const start = placeOf(from);
  const end = placeOf(to);
  const [x, y] = [start.x + NODE.width, start.y + NODE.height / 2];
  const [u, v] = [end.x, end.y + NODE.height / 2];
  const bend = Math.max(28, (u - x) / 2);
  return `<path d="M${x} ${y}C${x + bend} ${y} ${u - bend} ${v} ${u} ${v}" fill="none" stroke="${LINE}" stroke-width="1.25"/>\n`;
}
