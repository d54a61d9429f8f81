import { durationText } from "../../base/duration-text.ts";
import { harmless } from "../../base/harmless.ts";
import type { Counts } from "../../items/snapshot.ts";
import { padToWidth, widthOf } from "../terminal/width.ts";
import { paintFor } from "../terminal/style.ts";
import { formatCount } from "./format.ts";
import { LineMaker, type Part } from "./line-maker.ts";

/**
 * One picture of a run as lines of text: a pure function of what is known and of the terminal's size.
 *
 * I1  Never more than `rows` lines; never a line wider than `columns`, at any number of items.
 * I2  Nothing that a plan or an item wrote reaches the terminal unchanged: keys and output lines pass `harmless` here.
 */
export interface FrameModel {
  readonly name: string;
  readonly status: string;
  readonly elapsedMs: number;
  readonly remainingMs: number | undefined;
  readonly liveItemsMax: number;
  readonly counts: Counts;
  readonly ready: number;
  readonly live: readonly LiveLine[];
  /** The latest failures, newest last. */
  readonly failures: readonly FailureLine[];
  /** The part of the run that was asked for, and how far that is. */
  readonly scope: { readonly words: string; readonly counts: Counts } | undefined;
  /** What the machine is short of: new items wait. */
  readonly pressure: string | undefined;
  /** What a person has to know now, such as what the next Ctrl-C does. */
  readonly notice: string | undefined;
}

export interface LiveLine {
  readonly key: string;
  readonly elapsedMs: number;
  readonly attempt: number;
  /** What runs, when it is not the item's work; in words. */
  readonly stage?: string | undefined;
  readonly lastLine: string | undefined;
}

export interface FailureLine {
  readonly key: string;
  readonly text: string;
}

export interface FrameSize {
  readonly columns: number;
  readonly rows: number;
  readonly color: boolean;
}

const FAILURES_SHOWN = 3;
const BAR_COLUMNS_MAX = 30;
const KEY_COLUMNS_MAX = 32;

export function renderFrame(model: FrameModel, size: FrameSize): string[] {
  if (size.rows <= 0 || size.columns <= 0) return [];
  const draw = new LineMaker(size.columns, paintFor(size.color));
  const head = [
    headLine(model, draw),
    barLine(model, draw),
    ...scopeLines(model, draw),
    ...pressureLines(model, draw),
    ...noticeLines(model, draw),
  ];
  const failures = failureLines(model, draw, size.rows - head.length);
  const live = liveLines(model, draw, size.rows - head.length - failures.length);
  return [...head, ...live, ...failures].slice(0, size.rows);
}

function headLine(model: FrameModel, draw: LineMaker): string {
  const remaining = model.remainingMs === undefined ? "" : ` · about ${durationText(model.remainingMs)} left`;
  return draw.line([
    ["strong", harmless(model.name)],
    ["plain", ` · ${model.status} · ${durationText(model.elapsedMs)}${remaining}`],
    ["plain", ` · ${model.counts.claimed} of ${model.liveItemsMax} slots live`],
  ]);
}

function barLine(model: FrameModel, draw: LineMaker): string {
  const { counts } = model;
  const total = totalOf(counts);
  const waiting = Math.max(0, counts.todo - model.ready);
  const parts: Part[] = [...barParts(counts, Math.min(BAR_COLUMNS_MAX, Math.floor(draw.columns / 4)))];
  parts.push(["plain", ` ${formatCount(counts.done)} of ${formatCount(total)} done`]);
  if (counts.failed > 0) parts.push(["bad", ` · ${formatCount(counts.failed)} failed`]);
  if (counts.cancelled > 0) parts.push(["warn", ` · ${formatCount(counts.cancelled)} cancelled`]);
  parts.push(["dim", ` · ${formatCount(model.ready)} ready · ${formatCount(waiting)} waiting`]);
  return draw.line(parts);
}

export function totalOf(counts: Counts): number {
  return counts.todo + counts.claimed + counts.done + counts.failed + counts.cancelled;
}

/** Done, failed and live as shares of the bar; a share that exists never rounds up to hide the rest. */
function barParts(counts: Counts, columns: number): Part[] {
  const total = totalOf(counts);
  if (columns < 4 || total === 0) return [];
  const share = (count: number): number => Math.floor((count / total) * columns);
  const done = share(counts.done);
  const bad = share(counts.failed + counts.cancelled);
  const live = Math.min(columns - done - bad, Math.max(share(counts.claimed), counts.claimed > 0 ? 1 : 0));
  return [
    ["good", "█".repeat(done)],
    ["bad", "█".repeat(bad)],
    ["live", "▒".repeat(live)],
    ["dim", "░".repeat(columns - done - bad - live)],
  ];
}

function scopeLines({ scope }: FrameModel, draw: LineMaker): string[] {
  if (scope === undefined) return [];
  const { words, counts } = scope;
  const parts: Part[] = [
    ["dim", "scope "],
    ["plain", `${harmless(words)} · ${formatCount(counts.done)} of ${formatCount(totalOf(counts))} done`],
  ];
  if (counts.failed > 0) parts.push(["bad", ` · ${formatCount(counts.failed)} failed`]);
  return [draw.line(parts)];
}

function pressureLines({ pressure }: FrameModel, draw: LineMaker): string[] {
  return pressure === undefined ? [] : [draw.line([["warn", `new items wait: ${harmless(pressure)}`]])];
}

function noticeLines(model: FrameModel, draw: LineMaker): string[] {
  return model.notice === undefined ? [] : [draw.line([["warn", harmless(model.notice)]])];
}

function failureLines(model: FrameModel, draw: LineMaker, rows: number): string[] {
  const shown = Math.min(FAILURES_SHOWN, Math.floor(rows / 3), model.failures.length);
  if (shown <= 0) return [];
  return model.failures.slice(-shown).map((failure) =>
    draw.line([
      ["bad", "✗ failed  "],
      ["plain", `${harmless(failure.key)}  `],
      ["dim", harmless(failure.text)],
    ]),
  );
}

function liveLines(model: FrameModel, draw: LineMaker, rows: number): string[] {
  if (rows <= 0) return [];
  const fits = model.live.length <= rows;
  const shown = model.live.slice(0, fits ? rows : rows - 1);
  const keyColumns = Math.min(
    KEY_COLUMNS_MAX,
    shown.reduce((max, item) => Math.max(max, widthOf(harmless(item.key))), 0),
  );
  const lines = shown.map((item) => liveLine(item, draw, keyColumns));
  if (!fits) lines.push(draw.line([["dim", `  … and ${formatCount(model.live.length - shown.length)} more live`]]));
  return lines;
}

function liveLine(item: LiveLine, draw: LineMaker, keyColumns: number): string {
  const again = item.attempt > 1 ? `attempt ${item.attempt}  ` : "";
  return draw.line([
    ["live", "▸ "],
    ["plain", `${padToWidth(harmless(item.key), keyColumns)}  `],
    ["plain", `${durationText(item.elapsedMs).padStart(7)}  `],
    ["warn", again],
    ["warn", item.stage === undefined ? "" : `${item.stage}  `],
    ["dim", item.lastLine === undefined ? "" : harmless(item.lastLine)],
  ]);
}
