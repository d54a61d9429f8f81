import { ANY_DEPTH, isName, type FilePattern } from "./file-pattern.ts";

/**
 * Whether some path belongs to both patterns. So do two of which one is a path and the other goes on below it, whatever the
 * path looks like: somebody takes it for a folder.
 */
export function patternsOverlap(left: FilePattern, right: FilePattern): boolean {
  return (
    isPathAbove(left, right) || isPathAbove(right, left) || meet(left.segments, 0, right.segments, 0, LEVELS, new Set())
  );
}

function isPathAbove({ segments, names }: FilePattern, below: FilePattern): boolean {
  return (
    names === segments.length && names <= below.names && segments.every((segment, i) => segment === below.segments[i])
  );
}

/** Whether some name matches both segments, neither of which is `**`. */
export function segmentsMeet(left: string, right: string): boolean {
  if (left === right || left === "*" || right === "*") return true;
  const [name, otherName] = [isName(left), isName(right)];
  if (name && otherName) return false;
  return !differAtAnEnd(left, right) && meet(charsOf(left), 0, charsOf(right), 0, CHARS, new Set());
}

/** Most that do not meet differ before the first star of either, or behind the last. */
function differAtAnEnd(left: string, right: string): boolean {
  const max = Math.min(left.length, right.length);
  for (let i = 0; i < max; i++) {
    const [one, other] = [left[i]!, right[i]!];
    if (ESCAPE_OR_STAR.test(one) || ESCAPE_OR_STAR.test(other)) break;
    if (one !== other && one !== "?" && other !== "?") return true;
  }
  if (left.includes("\\") || right.includes("\\")) return false;
  for (let i = 1; i <= max; i++) {
    const [one, other] = [left[left.length - i]!, right[right.length - i]!];
    if (one === "*" || other === "*") break;
    if (one !== other && one !== "?" && other !== "?") return true;
  }
  return false;
}

const ESCAPE_OR_STAR = /[\\*]/;

/** Whether a pattern matches one path; both without `**` on the side of the path. */
export function matches(pattern: readonly string[], names: readonly string[]): boolean {
  return meet(pattern, 0, names, 0, LEVELS, new Set());
}

/** What is alike in matching segments of patterns and characters of segments: one part that repeats, and parts that meet. */
interface Parts {
  readonly any: string;
  readonly meet: (left: string, right: string) => boolean;
}

const LEVELS: Parts = { any: ANY_DEPTH, meet: segmentsMeet };
const CHARS: Parts = { any: "*", meet: (left, right) => left === right || left === "?" || right === "?" };

/** Whether some row matches both. `failed` are the pairs of places from which none does, so each is looked at once. */
function meet(
  left: readonly string[],
  l: number,
  right: readonly string[],
  r: number,
  parts: Parts,
  failed: Set<number>,
): boolean {
  const [one, other] = [left[l], right[r]];
  if (one === undefined && other === undefined) return true;
  const key = l * (right.length + 1) + r;
  if (failed.has(key)) return false;
  const found =
    one === parts.any
      ? meet(left, l + 1, right, r, parts, failed) ||
        (other !== undefined && meet(left, l, right, r + 1, parts, failed))
      : other === parts.any
        ? meet(left, l, right, r + 1, parts, failed) ||
          (one !== undefined && meet(left, l + 1, right, r, parts, failed))
        : one !== undefined &&
          other !== undefined &&
          parts.meet(one, other) &&
          meet(left, l + 1, right, r + 1, parts, failed);
  // What is found ends the search: nothing asks for it again.
  failed.add(key);
  return found;
}

/** Characters, each escaped one with its backslash: `\*` is no `*`. */
function charsOf(segment: string): string[] {
  return segment.match(/\\.|./gsu) ?? [];
}
