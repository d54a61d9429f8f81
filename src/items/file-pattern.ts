/**
 * A set of files, as a task declares it: `src/engine/**`, `docs/*.md`, `package.json`. Segments between slashes; `*` is any
 * number of characters of one segment, `?` is one, `**` is any number of whole segments. Names that begin with a dot are no
 * exception.
 *
 * A pattern says nothing of what is a file and what is a folder, so its last name decides: one with an ending (`a.ts`, `*.md`)
 * is a file, any other (`src/engine`, `docs/*`) may be a folder and stands for everything below it too. A slash at the end makes
 * a folder of `v1.2/`.
 *
 * Sets of characters (`[abc]`) are read as any one character: two patterns may be said to overlap that do not, never the other
 * way round. Everything else is exact.
 */

export interface FilePattern {
  /** As it was written. */
  readonly text: string;
  /** What is matched, segment by segment: a folder ends in `**`. */
  readonly segments: readonly string[];
  /** How many segments before the first with a wildcard; all of them when it is one path. */
  readonly names: number;
}

/** Any number of whole segments. */
export const ANY_DEPTH = "**";

/** Characters of one pattern at most. */
const CHARS_MAX = 4_096;

/** Reads a pattern, or says in words what is wrong with it. A path without `*`, `?` and `[` stands for itself. */
export function filePattern(text: string, { ignoreCase = false } = {}): FilePattern | string {
  const fault = faultOf(text);
  if (fault !== undefined) return fault;
  const segments = partsOf(text);
  if (segments.includes("..")) return "it leaves the repository: `..` is not allowed";
  const isFolder = text.endsWith("/") || !ENDING.test(segments.at(-1) ?? "");
  const isPath = !ANY_WILD.test(text);
  for (let i = 0; i < segments.length; i++) {
    segments[i] = isPath ? folded(segments[i]!, ignoreCase) : read(segments[i]!, ignoreCase);
  }
  if (isFolder) segments.push(ANY_DEPTH);
  if (isPath) return { text, segments, names: isFolder ? segments.length - 1 : segments.length };
  const simple = withoutDoubles(segments);
  const wild = simple.findIndex((segment) => !isName(segment));
  return { text, segments: simple, names: wild < 0 ? simple.length : wild };
}

/** A path as it is, whatever characters it has: a file that an item has changed, or a folder when it ends with a slash. */
export function literalPath(path: string, { ignoreCase = false } = {}): FilePattern {
  const segments = partsOf(path).map((part) => folded(part, ignoreCase).replace(WILD, "\\$&"));
  const names = segments.length;
  return { text: path, segments: path.endsWith("/") ? [...segments, ANY_DEPTH] : segments, names };
}

/** `a.ts`, `*.md`, `.eslintrc.json`; neither `src` nor `.github` nor `*`. */
const ENDING = /^.+\.[^.]+$/s;

// A literal path's own characters of this kind stand behind a backslash, which no pattern has.
const WILD = /[*?[\\]/g;
const ANY_WILD = /[*?[]/;

function faultOf(text: string): string | undefined {
  if (text === "") return "it is empty: write `.` for all files";
  if (text.length > CHARS_MAX) return `it has more than ${CHARS_MAX} characters`;
  if (text.startsWith("/") || /^[A-Za-z]:/.test(text)) return "it is absolute: write it from the top of the repository";
  if (text.includes("\\")) return "it has a backslash: write `/` between folders";
  if (/[\0-\x1f\x7f]/.test(text)) return "it has a control character";
  if (/[{}]|[!@+]\(/.test(text)) return "it has braces or groups: write one pattern for each";
  return undefined;
}

function partsOf(text: string): string[] {
  return text.split("/").filter((part) => part !== "" && part !== ".");
}

function withoutDoubles(segments: readonly string[]): readonly string[] {
  return segments.filter((segment, index) => segment !== ANY_DEPTH || segments[index - 1] !== ANY_DEPTH);
}

/** One segment in its simplest form: folded, sets of characters as `?`, no two stars side by side. */
function read(segment: string, ignoreCase: boolean): string {
  if (segment === ANY_DEPTH) return segment;
  const simple = segment.replaceAll(/\[[!^]?\]?[^\]]*\]/g, "?").replaceAll("[", "\\[");
  return folded(simple, ignoreCase).replaceAll(/\*{2,}/g, "*");
}

/**
 * As file systems do that ignore case: they take composed and decomposed letters for the same too. Character by character, so
 * that `?` keeps standing for one.
 */
function folded(text: string, ignoreCase: boolean): string {
  if (!ignoreCase) return text;
  if (/^[\x20-\x7e]*$/.test(text)) return text.toLowerCase();
  return Array.from(text.normalize("NFC"), (char) => oneChar(oneChar(char, "toUpperCase"), "toLowerCase")).join("");
}

function oneChar(char: string, change: "toUpperCase" | "toLowerCase"): string {
  const changed = char[change]();
  return Array.from(changed).length === 1 ? changed : char;
}

/** Whether a segment is a name and not a set of names. */
export function isName(segment: string): boolean {
  return !/[*?]/.test(segment) || !/[*?]/.test(segment.replaceAll(/\\./g, ""));
}

/**
 * What a name ends in, after its last dot; for a set of names what all of them end in, `undefined` when that is not known.
 * Names that meet have the same one.
 */
export function endingOf(segment: string): string | undefined {
  const fixed = segment.slice(Math.max(segment.lastIndexOf("*"), segment.lastIndexOf("?")) + 1);
  const dot = fixed.lastIndexOf(".");
  if (dot >= 0) return fixed.slice(dot + 1);
  return isName(segment) && !segment.includes(".") ? "" : undefined;
}
