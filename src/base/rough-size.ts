import type { Json } from "./json.ts";

const NODE_BYTES = 16;

/**
 * About how much memory a value holds, in bytes: for limits, which need no more. Counting ends soon after `max`.
 * What nests deeply was refused before it comes here.
 */
export function roughSize(value: Json | undefined, max = Number.POSITIVE_INFINITY): number {
  if (typeof value === "string") return NODE_BYTES + value.length;
  if (typeof value !== "object" || value === null) return NODE_BYTES;
  let bytes = NODE_BYTES;
  if (Array.isArray(value)) {
    for (let n = 0; n < value.length && bytes < max; n++)
      bytes += roughSize((value as readonly Json[])[n], max - bytes);
    return bytes;
  }
  const members = value as Readonly<Record<string, Json>>;
  for (const name in members) {
    bytes += name.length + roughSize(members[name], max - bytes);
    if (bytes >= max) break;
  }
  return bytes;
}
