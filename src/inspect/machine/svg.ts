/** A machine's picture as one SVG document: no script, no font, nothing to fetch. */
import { TEXT, type MachinePicture, type PictureArrow, type PictureLine, type PictureState } from "./picture.ts";
import type { Point } from "./layered.ts";

export interface SvgOptions {
  /** Paths of the states that are entered now: they are lit, with all that they are in. */
  readonly current?: readonly string[];
  /** How often each transition was taken, by `edgeKey`; those that were are drawn stronger and with the number. */
  readonly counts?: ReadonlyMap<string, number>;
  /** Whether its colours are in it. Default `true`; a page that forbids styles within takes `MACHINE_STYLE` as its own. */
  readonly style?: boolean;
}

const MARGIN = 10;

/**
 * Colours follow the reader's setting for dark or light. States carry `data-state` with their path, labels `data-edges` with the keys
 * of their transitions, so that a page can light them without drawing anew.
 */
export function machineSvg(
  picture: MachinePicture,
  { current = [], counts = new Map(), style = true }: SvgOptions = {},
): string {
  const lit = new Set(current.flatMap(withOuter));
  const [width, height] = [Math.ceil(picture.width + MARGIN * 2), Math.ceil(picture.height + MARGIN * 2)];
  const title = text(picture.id);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="sb-machine" viewBox="${-MARGIN} ${-MARGIN} ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${title}">`,
    `<title>${title}</title>`,
    ...(style ? [`<style>${MACHINE_STYLE}</style>`] : []),
    '<defs><marker id="sb-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path class="tip" d="M0 0 8 4 0 8z"/></marker></defs>',
    ...picture.states.map((state) => stateOf(state, lit, counts)),
    ...picture.beginnings.map(
      ({ dot, points }) =>
        `<circle class="dot" cx="${n(dot.x)}" cy="${n(dot.y)}" r="5"/><path class="arrow" d="${curve(points)}" marker-end="url(#sb-tip)"/>`,
    ),
    ...picture.arrows.map((arrow) => lineOf(arrow, counts)),
    ...picture.arrows.map((arrow) => labelOf(arrow, counts)),
    "</svg>",
  ].join("\n");
}

function stateOf(state: PictureState, lit: ReadonlySet<string>, counts: ReadonlyMap<string, number>): string {
  const { path, key, type, isRegion, hasStates, x, y, width, height, lines } = state;
  const classes = [
    "state",
    ...(hasStates ? ["outer"] : []),
    ...(isRegion ? ["region"] : []),
    ...(lit.has(path) ? ["on"] : []),
  ];
  const box = (inset: number): string =>
    `<rect x="${n(x + inset)}" y="${n(y + inset)}" width="${n(width - inset * 2)}" height="${n(height - inset * 2)}" rx="${8 - inset / 2}"/>`;
  return [
    `<g class="${classes.join(" ")}" data-state="${text(path)}">${box(0)}`,
    ...(type === "final" ? [box(3)] : []),
    `<text class="name" x="${n(x + width / 2)}" y="${n(y + 20)}">${text(type === "history" ? `${key} (history)` : key)}</text>`,
    ...lines.map((line, i) => textLine(line, { x: x + width / 2, y: y + TEXT.title + 14 + i * TEXT.line }, counts)),
    "</g>",
  ].join("");
}

function lineOf({ from, to, points, lines }: PictureArrow, counts: ReadonlyMap<string, number>): string {
  const keys = lines.flatMap(({ keys }) => keys);
  const taken = keys.some((key) => counts.has(key)) ? " taken" : "";
  return `<path class="arrow${taken}" data-from="${text(from)}" data-to="${text(to)}" data-edges="${text(JSON.stringify(keys))}" d="${curve(points)}" marker-end="url(#sb-tip)"/>`;
}

function labelOf({ label, lines }: PictureArrow, counts: ReadonlyMap<string, number>): string {
  const width = lines.reduce((most, { text }) => Math.max(most, text.length), 0) * TEXT.character + 6;
  const height = lines.length * TEXT.line;
  const top = label.y - height / 2;
  return [
    `<g class="label"><rect x="${n(label.x - width / 2)}" y="${n(top)}" width="${n(width)}" height="${n(height)}" rx="3"/>`,
    ...lines.map((line, i) => textLine(line, { x: label.x, y: top + 12 + i * TEXT.line }, counts)),
    "</g>",
  ].join("");
}

function textLine(line: PictureLine, { x, y }: Point, counts: ReadonlyMap<string, number>): string {
  const taken = line.keys.reduce((sum, key) => sum + (counts.get(key) ?? 0), 0);
  const count = `<tspan class="count">${taken > 0 ? ` ×${taken}` : ""}</tspan>`;
  return `<text class="event${taken > 0 ? " taken" : ""}" x="${n(x)}" y="${n(y)}" data-edges="${text(JSON.stringify(line.keys))}">${text(line.text)}${count}</text>`;
}

/** Smooth, and vertical at each of its points. */
function curve(points: readonly Point[]): string {
  const [first, ...more] = points;
  if (first === undefined) return "";
  let before = first;
  const bends = more.map((point) => {
    const half = (point.y - before.y) / 2;
    const bend = `C${n(before.x)} ${n(before.y + half)} ${n(point.x)} ${n(point.y - half)} ${n(point.x)} ${n(point.y)}`;
    before = point;
    return bend;
  });
  return `M${n(first.x)} ${n(first.y)}${bends.join("")}`;
}

function withOuter(path: string): string[] {
  const keys = path === "" ? [] : path.split(".");
  return ["", ...keys.map((_, i) => keys.slice(0, i + 1).join("."))];
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** XML allows no control characters, however they are written. */
function text(value: string): string {
  return value
    .replaceAll(/[\u0000-\u001f\u007f\ufffe\uffff]/g, " ")
    .replaceAll(/[&<>"]/g, (character) => ENTITIES[character]!);
}

export const MACHINE_STYLE = `
.sb-machine{--line:#64748b;--fill:#fff;--text:#0f172a;--on:#dcfce7;--on-line:#16a34a;--back:#f8fafc;background:var(--back);font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
@media (prefers-color-scheme:dark){.sb-machine{--line:#94a3b8;--fill:#1e293b;--text:#e2e8f0;--on:#14532d;--on-line:#4ade80;--back:#0f172a}}
.sb-machine .state rect{fill:var(--fill);stroke:var(--line)}
.sb-machine .outer rect{fill:none}
.sb-machine .region>rect{stroke-dasharray:4 3}
.sb-machine .on>rect{stroke:var(--on-line);stroke-width:2}
.sb-machine .on:not(.outer)>rect{fill:var(--on)}
.sb-machine text{fill:var(--text);text-anchor:middle}
.sb-machine .name{font-weight:600}
.sb-machine .arrow{fill:none;stroke:var(--line)}
.sb-machine .taken{stroke-width:2}
.sb-machine text.taken{stroke:none;font-weight:600}
.sb-machine .label rect{fill:var(--back);opacity:.85}
.sb-machine .count{fill:var(--on-line)}
.sb-machine .dot,.sb-machine .tip{fill:var(--line)}
`.trim();
