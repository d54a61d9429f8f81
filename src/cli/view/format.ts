/** How figures are written for people. Plain functions; the same figure looks the same everywhere. */
import { isoTime } from "../../base/iso-time.ts";

/** `340 ms`, `3.1 s`, `1m 04s`, `2h 05m`. */
export function formatDuration(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole < 1000) return `${whole} ms`;
  if (whole < 59_950) return `${(whole / 1000).toFixed(1)} s`;
  const seconds = Math.round(whole / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${pad(seconds % 60)}s`;
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 60)}h ${pad(minutes % 60)}m`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}

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
