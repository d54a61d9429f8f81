/** The timeline as a drawing: a row for each item that ever ran, grey while it waited, in the colour of what came of it while it ran. */
import { isoTime } from "../../base/iso-time.ts";
import type { Attempt } from "../data/attempts.ts";
import { ticksOf } from "../data/history.ts";
import { LAMPS, lampOf, type Lamp } from "../data/lamp.ts";
import type { Item } from "../data/wire.ts";
import { drawing, FAINT, FILLS, fitted, INK, LINE, nameOf, SIGNS } from "./drawing.ts";
import type { Scene } from "./scene.ts";

const NAMES = 240;
const BARS = 960;
const ROW = 22;
const HEAD = 36;

interface Line {
  readonly item: Item;
  readonly attempts: readonly Attempt[];
}

export function* timelineSvgOf({ project, items, tried, now }: Scene): Generator<string> {
  const lines = items
    .map((item): Line => ({ item, attempts: tried.attempts(item) }))
    .filter(({ attempts }) => attempts.length > 0)
    .sort((a, b) => a.attempts[0]!.startedAt - b.attempts[0]!.startedAt);
  const from = lines[0]?.attempts[0]!.startedAt ?? now;
  const to = lines.reduce((last, { attempts }) => Math.max(last, attempts.at(-1)!.endedAt ?? now), from + 1_000);
  const height = HEAD + lines.length * ROW + 12;
  const x = (at: number): number =>
    Math.round((NAMES + (Math.max(0, Math.min(to, at) - from) / (to - from)) * BARS) * 10) / 10;
  const inside = function* (): Generator<string> {
    for (const at of ticksOf(from, to, 8)) yield tickText(x(at), at, height);
    for (const [index, line] of lines.entries()) yield lineText(line, HEAD + index * ROW, (at = now) => x(at));
  };
  yield* drawing(NAMES + BARS + 24, height, project.name, inside());
}

function tickText(x: number, at: number, height: number): string {
  const clock = isoTime(at).slice(11, 19);
  return `<path d="M${x} ${HEAD - 8}V${height - 8}" stroke="${LINE}" stroke-dasharray="2 3"/><text x="${x}" y="18" text-anchor="middle" font-size="10" fill="${FAINT}">${clock}Z</text>\n`;
}

function lineText({ item, attempts }: Line, y: number, x: (at?: number) => number): string {
  const lamp = lampOf(item);
  const bars = attempts.map(({ queuedAt, startedAt, endedAt, to }) => {
    const [queued, started, ended] = [x(queuedAt), x(startedAt), x(endedAt)];
    return [
      `<rect x="${queued}" y="${y + 9}" width="${Math.max(0, started - queued)}" height="2" fill="${LINE}"/>`,
      `<rect x="${started}" y="${y + 4}" width="${Math.max(2, ended - started)}" height="12" rx="2" fill="${FILLS[lampOfEnd(to)]}"/>`,
    ].join("");
  });
  const name = `<text x="8" y="${y + 14}" fill="${INK}">${SIGNS[lamp]} ${fitted(item.title, 32)}</text>`;
  return `<g>${nameOf(item.title, lamp)}${name}${bars.join("")}</g>\n`;
}

function lampOfEnd(to: string | undefined): Lamp {
  if (to === undefined) return "claimed";
  return LAMPS.find((lamp) => lamp === to) ?? "cancelled";
}
