import type { Json } from "./json.ts";

/** What the parts of a value count, in bytes. */
interface Prices {
  /** A number. */
  readonly number: number;
  /** Nothing, or a truth value. */
  readonly word: number;
  readonly text: number;
  readonly character: number;
  readonly list: number;
  readonly slot: number;
  readonly object: number;
  /** A member beside the characters of its name. */
  readonly member: number;
}

const ROUGH: Prices = { number: 16, word: 16, text: 16, character: 1, list: 16, slot: 0, object: 16, member: 0 };
/** What V8 takes at most of each: numbers that are no small integers, text of two bytes a character, objects with names of their own. */
const MOST: Prices = { number: 16, word: 0, text: 24, character: 2, list: 64, slot: 8, object: 96, member: 104 };

/**
 * About how much memory a value holds, in bytes: for limits, which need no more. Counting ends soon after `max`.
 * What nests deeply was refused before it comes here.
 */
export function roughSize(value: Json | undefined, max = Number.POSITIVE_INFINITY): number {
  return sizeOf(value, ROUGH, max);
}

/**
 * How much memory a value takes at most, in bytes, about: for what anybody may send and is kept for long. Small lists and objects take
 * many times what their JSON does.
 */
export function mostSize(value: Json): number {
  return sizeOf(value, MOST, Number.POSITIVE_INFINITY);
}

function sizeOf(value: Json | undefined, prices: Prices, max: number): number {
  if (typeof value === "string") return prices.text + prices.character * value.length;
  if (typeof value === "number") return prices.number;
  if (typeof value !== "object" || value === null) return prices.word;
  if (Array.isArray(value)) {
    let bytes = prices.list;
    for (let n = 0; n < value.length && bytes < max; n++)
      bytes += prices.slot + sizeOf((value as readonly Json[])[n], prices, max - bytes);
    return bytes;
  }
  let bytes = prices.object;
  const members = value as Readonly<Record<string, Json>>;
  for (const name in members) {
    bytes += prices.member + name.length + sizeOf(members[name], prices, max - bytes);
    if (bytes >= max) break;
  }
  return bytes;
}
