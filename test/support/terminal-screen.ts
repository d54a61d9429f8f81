/**
 * A terminal as far as our output needs one: a cursor, a screen with scroll-back, line wrapping, the few control
 * sequences that the live view uses. Anything else that would move or colour a real terminal is an error.
 */
import { widthOf } from "../../src/cli/terminal/width.ts";

interface Cell {
  readonly text: string;
  readonly width: number;
}

const SEQUENCE = /^\x1b\[([?0-9;]*)([A-Za-z])/;

export class TerminalScreen {
  columns: number;
  rows: number;
  cursorHidden = false;
  wraps = true;
  /** All lines ever shown that were not overwritten; the last `rows` of them are the screen. */
  #lines: Cell[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  /** Everything on the screen and above it, without empty lines at the end. */
  text(): string[] {
    const lines = this.#lines.map((line) => line.map((cell) => cell.text).join(""));
    while (lines.at(-1) === "") lines.pop();
    return lines;
  }

  write(data: string): void {
    let rest = data;
    while (rest !== "") {
      const sequence = SEQUENCE.exec(rest);
      if (sequence !== null) {
        this.#control(sequence[1]!, sequence[2]!);
        rest = rest.slice(sequence[0].length);
        continue;
      }
      const character = String.fromCodePoint(rest.codePointAt(0)!);
      rest = rest.slice(character.length);
      this.#put(character);
    }
  }

  #put(character: string): void {
    if (character === "\n") return this.#newLine();
    if (character === "\r") {
      this.#column = 0;
      return;
    }
    if (/[\x00-\x1f\x7f-\x9f]/.test(character)) throw new Error(`control character ${JSON.stringify(character)}`);
    const width = widthOf(character);
    if (this.#column + width > this.columns) {
      if (!this.wraps) return;
      this.#newLine();
    }
    const line = this.#lines[this.#row]!;
    line.splice(this.#indexAt(line), line.length, { text: character, width });
    this.#column += width;
  }

  /** A picture is drawn from left to right only, so what is right of the cursor may go. */
  #indexAt(line: readonly Cell[]): number {
    let column = 0;
    let index = 0;
    while (index < line.length && column < this.#column) column += line[index++]!.width;
    return index;
  }

  #newLine(): void {
    this.#row += 1;
    this.#column = 0;
    if (this.#lines[this.#row] === undefined) this.#lines.push([]);
  }

  #control(parameters: string, letter: string): void {
    const count = Number(parameters || "1");
    const top = Math.max(0, this.#lines.length - this.rows);
    if (letter === "m") return;
    if (letter === "A") this.#row = Math.max(top, this.#row - count);
    else if (letter === "J") this.#clearBelow();
    else if (letter === "K") this.#lines[this.#row]!.splice(this.#indexAt(this.#lines[this.#row]!));
    else if (parameters === "?25") this.cursorHidden = letter === "l";
    else if (parameters === "?7") this.wraps = letter === "h";
    else if (parameters !== "?2026") throw new Error(`control sequence ${parameters}${letter}`);
  }

  #clearBelow(): void {
    const line = this.#lines[this.#row]!;
    line.splice(this.#indexAt(line));
    this.#lines.splice(this.#row + 1);
  }

  /** Another size: lines that no longer fit are wrapped again, as most terminals do. */
  resize(columns: number, rows: number): void {
    const before = this.#lines;
    const cursorLine = this.#row;
    this.columns = columns;
    this.rows = rows;
    this.#lines = [];
    for (const [index, line] of before.entries()) {
      if (index === cursorLine) this.#row = this.#lines.length;
      this.#lines.push(...wrap(line, columns));
    }
  }
}

function wrap(line: readonly Cell[], columns: number): Cell[][] {
  const rows: Cell[][] = [[]];
  let width = 0;
  for (const cell of line) {
    if (width + cell.width > columns) {
      rows.push([]);
      width = 0;
    }
    rows.at(-1)!.push(cell);
    width += cell.width;
  }
  return rows;
}
