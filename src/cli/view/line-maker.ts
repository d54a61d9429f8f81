import { cutToWidth, widthOf } from "../terminal/width.ts";
import type { Paint, Tone } from "../terminal/style.ts";

/** A part of a line: a tone and a text. */
export type Part = readonly [Tone, string];

/** Makes lines of parts: cut by width first and coloured after, so that colours never count and are never cut. */
export class LineMaker {
  readonly columns: number;
  readonly #paint: Paint;

  constructor(columns: number, paint: Paint) {
    this.columns = columns;
    this.#paint = paint;
  }

  line(parts: readonly Part[]): string {
    let left = this.columns;
    let text = "";
    for (const [tone, part] of parts) {
      const cut = cutToWidth(part, left);
      text += this.#paint(tone, cut);
      left -= widthOf(cut);
      if (left <= 0) break;
    }
    return text;
  }
}
