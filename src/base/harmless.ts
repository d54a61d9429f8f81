/**
 * What a program or a plan wrote, made safe to show. Terminals obey what is in a text: sequences that begin with escape,
 * single control characters, marks that turn the writing direction around, characters that take no room. After this
 * nothing of the kind is left: sequences go, with their bodies; anything else that is not plain text shows as `�`.
 */
export function harmless(text: string, options: { readonly lines?: boolean } = {}): string {
  const shown = SUSPECT.test(text) ? clean(text) : text;
  return options.lines === true || !shown.includes("\n") ? shown : shown.replaceAll("\n", " ");
}

const MARK = "\uFFFD";

// Everything that `clean` has work with; most texts have none of it and stay as they are.
const SUSPECT = /[^\n\x20-\x7e\u00a1-\u00ac\u00ae-\u034e\u0350-\u0377]/;

// OSC, DCS, SOS, PM and APC carry a body up to a terminator (BEL or ST). One that is never ended ends with its line.
const STRINGS = /(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\n\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?/g;
const CSI = /(?:\x1b\[|\x9b)[\x30-\x3f]*[\x20-\x2f]*[\x40-\x7e]?/g;
const SHORT_ESCAPES = /\x1b[\x20-\x2f]*[\x30-\x7e]?/g;

// `\p{C}`: controls, format characters (bidi, zero width, tags), surrogates, private use, unassigned. The rest are
// separators that end a line and characters that show as nothing although they count as letters or marks.
const UNSAFE =
  /[\p{C}\u2028\u2029\u115f\u1160\u3164\uffa0]|\u034f|\u17b4|\u17b5|[\u180b-\u180d]|\u180f|[\u{e0100}-\u{e01ef}]/gu;

function clean(text: string): string {
  const withoutSequences = text.toWellFormed().replace(STRINGS, "").replace(CSI, "").replace(SHORT_ESCAPES, "");
  return withoutSequences
    .replaceAll("\r\n", "\n")
    .split("\n")
    .map((line) => lastWritten(line).replaceAll("\t", "  ").replace(UNSAFE, MARK))
    .join("\n");
}

/** A program that draws its progress returns to the start of the line: what it wrote last is what a person would see. */
function lastWritten(line: string): string {
  const end = line.endsWith("\r") ? line.length - 1 : line.length;
  return line.slice(line.lastIndexOf("\r", end - 1) + 1, end);
}
