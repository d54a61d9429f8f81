/** Those written last: an answer names few moments, and the next answer mostly the same ones. */
const KEPT = 64;
const written = new Map<number, string>();

/** A moment as ISO 8601 in UTC. */
export function isoTime(ms: number): string {
  const known = written.get(ms);
  if (known !== undefined) return known;
  const text = new Date(ms).toISOString();
  if (written.size >= KEPT) written.clear();
  written.set(ms, text);
  return text;
}
