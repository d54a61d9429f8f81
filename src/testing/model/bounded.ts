/** Cuts what may grow without end, so that a machine that counts or collects has states that can be counted. */

const DEPTH_MAX = 6;
const CHARS_MAX = 40;

/**
 * A value whose numbers are `most` at most (and `-most` at least), and whose lists, maps and sets have their first `most` entries: for
 * `abstract`, as in `({ value, context }) => [value, bounded(context)]`. Two states that differ beyond that count as one.
 * @param most Default 2
 */
export function bounded(value: unknown, most = 2): unknown {
  return cut(value, most, 0);
}

function cut(value: unknown, most: number, depth: number): unknown {
  if (typeof value === "number") return Math.max(-most, Math.min(most, value));
  if (typeof value === "string") return value.slice(0, CHARS_MAX);
  if (typeof value !== "object" || value === null) return value;
  if (depth === DEPTH_MAX) return "…";
  if (Array.isArray(value) || value instanceof Set || value instanceof Map)
    return [...value].slice(0, most).map((each) => cut(each, most, depth + 1));
  // Errors, dates and references to actors are what they are.
  if (Object.getPrototypeOf(value) !== Object.prototype && Object.getPrototypeOf(value) !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, cut(each, most, depth + 1)]));
}
