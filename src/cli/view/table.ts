import { harmless } from "../../base/harmless.ts";
import type { Paint, Tone } from "../terminal/style.ts";
import { padToWidth, widthOf } from "../terminal/width.ts";

export interface TableCell {
  readonly text: string;
  readonly tone?: Tone;
}

const GAP = "  ";

/** Rows as aligned lines; the last column is as long as it is. Texts come from outside and are made harmless here. */
export function renderTable(head: readonly string[], rows: readonly (readonly TableCell[])[], paint: Paint): string {
  const safe = rows.map((row) => row.map(({ text, tone }) => ({ text: harmless(text), tone: tone ?? "plain" })));
  const widths = head.map((title, column) =>
    safe.reduce((max, row) => Math.max(max, widthOf(row[column]!.text)), title.length),
  );
  const headLine = lineOf(
    head.map((text) => ({ text, tone: "dim" })),
    widths,
    paint,
  );
  return [headLine, ...safe.map((row) => lineOf(row, widths, paint))].map((line) => `${line}\n`).join("");
}

function lineOf(cells: readonly Required<TableCell>[], widths: readonly number[], paint: Paint): string {
  const parts = cells.map(({ text, tone }, column) =>
    paint(tone, column === cells.length - 1 ? text : padToWidth(text, widths[column]!)),
  );
  return parts.join(GAP).trimEnd();
}

const TONES: Readonly<Record<string, Tone>> = {
  done: "good",
  failed: "bad",
  cancelled: "warn",
  stalled: "warn",
  claimed: "live",
  running: "live",
};

/** The tone in which a state is written. */
export function toneOf(status: string): Tone {
  return TONES[status] ?? "plain";
}
