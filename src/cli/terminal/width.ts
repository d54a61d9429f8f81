/**
 * How many columns a text takes on a terminal, and cutting it to fit. Where terminals differ, the greater width is taken:
 * a line that is believed too wide is cut a little early, a line believed too narrow would wrap and break the picture.
 *
 * I1  `cutToWidth(text, n)` never takes more than n columns, and never splits a character that a person sees as one.
 */
const WIDE_RANGES: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x2329, 0x232a],
  [0x23e9, 0x23f3],
  [0x25fd, 0x25fe],
  [0x2614, 0x2615],
  [0x2630, 0x2637],
  [0x2648, 0x2653],
  [0x268a, 0x268f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe1f],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x1b2fb],
  [0x1d300, 0x1d376],
  [0x1f000, 0x1faff],
  [0x20000, 0x3fffd],
];
const EMOJI = /^\p{Emoji_Presentation}$/u;
const ZERO = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const PLAIN = /^[\x20-\x7e]*$/;
/** Asks for the colourful form of the character before it, which is one column wider. */
const EMOJI_SELECTOR = 0xfe0f;
/** Made when a text first needs it: making one reads a table of all characters, which costs as much as loading ten modules. */
let segmenter: Intl.Segmenter | undefined;

/** Columns that this text takes. It is expected to hold no control characters (see `harmless`). */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOfCharacter(character);
  return width;
}

function widthOfCharacter(character: string): number {
  const code = character.codePointAt(0)!;
  if (code < 0x300) return 1;
  if (code === EMOJI_SELECTOR) return 1;
  if (isWide(code) || EMOJI.test(character)) return 2;
  return ZERO.test(character) ? 0 : 1;
}

function isWide(code: number): boolean {
  return WIDE_RANGES.some(([first, last]) => code >= first && code <= last);
}

/** Rows that this text takes on a terminal of so many columns, which puts a wide character that no longer fits on the next. */
export function rowsOf(text: string, columns: number): number {
  let rows = 1;
  let width = 0;
  for (const character of text) {
    const own = widthOfCharacter(character);
    if (width + own > columns) {
      rows += 1;
      width = 0;
    }
    width += own;
  }
  return rows;
}

/** The text, or as much of its beginning as fits with an ellipsis after it. */
export function cutToWidth(text: string, columns: number): string {
  if (columns <= 0) return "";
  if (text.length <= columns && PLAIN.test(text)) return text;
  if (PLAIN.test(text)) return `${text.slice(0, columns - 1)}…`;
  return cutCharacters(text, columns);
}

function cutCharacters(text: string, columns: number): string {
  let kept = "";
  let width = 0;
  let fits = "";
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  for (const { segment } of segmenter.segment(text)) {
    width += widthOf(segment);
    if (width > columns) return `${fits}…`;
    kept += segment;
    if (width < columns) fits = kept;
  }
  return kept;
}

/** Cut and filled with blanks to exactly this width. */
export function padToWidth(text: string, columns: number): string {
  const cut = cutToWidth(text, columns);
  return cut + " ".repeat(Math.max(0, columns - widthOf(cut)));
}
