/**
 * A set of files, as a task declares it: `src/engine/**`, `docs/*.md`, `package.json`. Segments between slashes; `*` is any
 * number of characters of one segment, `?` is one, `**` is any number of whole segments. Names that begin with a dot are no
 * exception. A pattern that matches a folder, a submodule say, means everything in it too.
 *
 * Whether two patterns have a file in common is decided exactly for all of these. A set of characters (`[abc]`) is read as
 * any one character: two patterns may be said to overlap that do not, never the other way round.
 */

export interface FilePattern {
  /** As it was written. */
  readonly text: string;
  readonly segments: readonly string[];
}

/** Any number of whole segments. */
export const ANY_DEPTH = "**";

/** Characters of one pattern at most. */
const CHARS_MAX = 4_096;

/** Reads a pattern, or says in words what is wrong with it. A path without `*`, `?` and `[` stands for itself. */
export function filePattern(text: string, { ignoreCase = false } = {}): FilePattern | string {
  const fault = faultOf(text);
  if (fault !== undefined) return fault;
  const segments = text.split("/").filter((segment) => segment !== "" && segment !== ".");
  if (segments.includes("..")) return "it leaves the folder: `..` is not allowed";
  return { text, segments: withoutDoubles(segments.map((segment) => read(segment, ignoreCase))) };
}

/** A path as it is, whatever characters it has: what git says that an item has changed. A rename is two paths. */
export function literalPath(path: string, { ignoreCase = false } = {}): FilePattern {
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  return { text: path, segments: segments.map((segment) => folded(segment, ignoreCase).replace(WILD, "\\$&")) };
}

function faultOf(text: string): string | undefined {
  if (text === "") return "it is empty: write `.` for all files";
  if (text.length > CHARS_MAX) return `it has more than ${CHARS_MAX} characters`;
  if (text.startsWith("/") || /^[A-Za-z]:/.test(text)) return "it is absolute: write it from the top of the repository";
  if (text.includes("\\")) return "it has a backslash: write `/` between folders";
  if (text.includes("\0")) return "it has a NUL character";
  if (/[{}]|[!@+]\(/.test(text)) return "it has braces or groups: write one pattern for each";
  return undefined;
}

// A literal path's own characters of this kind stand behind a backslash, which no pattern has.
const WILD = /[*?[\\]/g;

/** One segment in its simplest form: folded, sets of characters as `?`, no two stars side by side. */
function read(segment: string, ignoreCase: boolean): string {
  if (segment === ANY_DEPTH) return segment;
  const simple = segment.replaceAll(/\[[!^]?\]?[^\]]*\]/g, "?").replaceAll("[", "\\[");
  return folded(simple, ignoreCase).replaceAll(/\*{2,}/g, "*");
}

/** Character by character, so that `?` keeps standing for one. */
function folded(text: string, ignoreCase: boolean): string {
  if (!ignoreCase) return text;
  return Array.from(text.normalize("NFC"), (char) => {
    const lower = char.toLowerCase();
    return Array.from(lower).length === 1 ? lower : char;
  }).join("");
}

function withoutDoubles(segments: readonly string[]): string[] {
  return segments.filter((segment, index) => segment !== ANY_DEPTH || segments[index - 1] !== ANY_DEPTH);
}

/** Whether a segment is a name and not a set of names. */
export function isName(segment: string): boolean {
  return !/[*?]/.test(segment) || !/[*?]/.test(segment.replaceAll(/\\./g, ""));
}

/** Whether some file belongs to both: what one matches is the other's, or lies in a folder of the other's, or the reverse. */
export function patternsOverlap(left: FilePattern, right: FilePattern): boolean {
  return overlapFrom(left.segments, 0, right.segments, 0, new Set());
}

function overlapFrom(
  left: readonly string[],
  l: number,
  right: readonly string[],
  r: number,
  failed: Set<number>,
): boolean {
  // One is at its end: it has reached a file, or a folder that holds what is left of the other.
  if (l === left.length || r === right.length) return true;
  const key = l * (right.length + 1) + r;
  if (failed.has(key)) return false;
  const [one, other] = [left[l]!, right[r]!];
  const found =
    one === ANY_DEPTH || other === ANY_DEPTH
      ? overlapFrom(left, l + 1, right, r, failed) || overlapFrom(left, l, right, r + 1, failed)
      : segmentsMeet(one, other) && overlapFrom(left, l + 1, right, r + 1, failed);
  if (!found) failed.add(key);
  return found;
}

/** Whether some name matches both segments, neither of which is `**`. */
export function segmentsMeet(left: string, right: string): boolean {
  if (left === right) return true;
  const [wild, otherWild] = [!isName(left), !isName(right)];
  if (!wild && !otherWild) return false;
  return meetFrom(charsOf(left), 0, charsOf(right), 0, new Set());
}

function meetFrom(
  left: readonly string[],
  l: number,
  right: readonly string[],
  r: number,
  failed: Set<number>,
): boolean {
  const [one, other] = [left[l], right[r]];
  if (one === undefined && other === undefined) return true;
  const key = l * (right.length + 1) + r;
  if (failed.has(key)) return false;
  const found =
    (one === "*" &&
      (meetFrom(left, l + 1, right, r, failed) || (other !== undefined && meetFrom(left, l, right, r + 1, failed)))) ||
    (other === "*" &&
      (meetFrom(left, l, right, r + 1, failed) || (one !== undefined && meetFrom(left, l + 1, right, r, failed)))) ||
    (one !== undefined &&
      other !== undefined &&
      (one === other || one === "?" || other === "?") &&
      one !== "*" &&
      other !== "*" &&
      meetFrom(left, l + 1, right, r + 1, failed));
  if (!found) failed.add(key);
  return found;
}

/** Characters, each escaped one with its backslash: `\*` is no `*`. */
function charsOf(segment: string): string[] {
  return segment.match(/\\.|./gsu) ?? [];
}
