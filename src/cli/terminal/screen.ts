import { rowsOf } from "./width.ts";
import type { Output } from "./output.ts";

const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const BEGIN_UPDATE = "\x1b[?2026h";
const END_UPDATE = "\x1b[?2026l";
const CLEAR_LINE_END = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";
/** Without wrapping a line that is too wide after all spoils itself only. */
const WRAP_OFF = "\x1b[?7l";
const WRAP_ON = "\x1b[?7h";

/**
 * A few lines at the end of a terminal that are drawn again and again in place.
 *
 * I1  The cursor is hidden only between `show` and `close`; `close` may be called at any time, also twice.
 * I2  Lines above the picture belong to the user and stay as they are.
 */
export class Screen {
  readonly #output: Output;
  #lines: readonly string[] = [];
  #hidden = false;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Replaces the picture. Lines must fit the terminal; see `renderFrame`. */
  show(lines: readonly string[]): void {
    const begin = this.#hidden ? "" : HIDE_CURSOR;
    this.#hidden = true;
    const body = lines.map((line) => `${line}${CLEAR_LINE_END}\n`).join("");
    this.#output.write(`${BEGIN_UPDATE}${begin}${this.#goUp()}${WRAP_OFF}${body}${WRAP_ON}${CLEAR_BELOW}${END_UPDATE}`);
    this.#lines = lines;
  }

  /** Prints a line above the picture, where it stays. */
  print(line: string): void {
    this.#output.write(`${this.#goUp()}${CLEAR_BELOW}${line}\n`);
    if (!this.#hidden) return;
    const lines = this.#lines;
    this.#lines = [];
    this.show(lines);
  }

  /** Takes the picture away and gives the cursor back. */
  close(): void {
    if (!this.#hidden) return;
    this.#output.write(`${this.#goUp()}${CLEAR_BELOW}${WRAP_ON}${SHOW_CURSOR}`);
    this.#lines = [];
    this.#hidden = false;
  }

  /** Back to the picture's first line. A terminal that became narrower has wrapped the lines: they take more rows now. */
  #goUp(): string {
    const { columns, rows } = this.#output.size();
    const taken = this.#lines.reduce((sum, line) => sum + rowsOf(withoutColour(line), columns), 0);
    return taken === 0 ? "\r" : `\r\x1b[${Math.min(taken, Math.max(1, rows - 1))}A`;
  }
}

/** Colours are the only control sequences that a line of a picture holds; they take no room. */
function withoutColour(line: string): string {
  return line.replace(/\x1b\[[0-9;]*m/g, "");
}
