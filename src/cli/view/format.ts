/** How figures are written for people. Plain functions; the same figure looks the same everywhere. */
import { isoTime } from "../../base/iso-time.ts";

/** `12 items`, `1 item`; thousands are set apart: `10,000 items`. */
export function countOf(count: number, noun: string): string {
  if (count === 1) return `1 ${noun}`;
  return `${formatCount(count)} ${noun}${noun.endsWith("s") ? "es" : "s"}`;
}

export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** ISO 8601 in UTC, with milliseconds. */
export const formatTime = isoTime;

/** The first few of a list in words, and how many more there are. */
export function formatList(items: readonly string[], shown = 5): string {
  if (items.length <= shown) return items.join(", ");
  return `${items.slice(0, shown).join(", ")} and ${formatCount(items.length - shown)} more`;
}
