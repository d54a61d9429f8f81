import { LIMITS } from "../../base/limits.ts";
import { Findings } from "../check/findings.ts";
import { walkJson } from "./json-walk.ts";
import type { FindPlaces } from "./places.ts";
import type { TextReading } from "./text-reading.ts";

/**
 * Reads JSON with the engine's own parser and checks what that one lets pass: two equal keys, and nesting without end.
 * Only when something is wrong is the text walked again, slowly, to say where.
 */
export function readJson(text: string): TextReading {
  const find: FindPlaces = (places) => walkJson(text, places).offsets;
  const { keys, depth } = measure(text);
  const value = depth > LIMITS.planDepthMax ? BROKEN : parsed(text);
  if (value !== BROKEN && countKeys(value) === keys) return { value, findings: new Findings(), broken: false, find };
  const { findings } = walkJson(text, []);
  // A text that the engine refuses and the walk does not is not known; the walk is the stricter of the two.
  return { value: value === BROKEN ? undefined : value, findings, broken: value === BROKEN, find };
}

const BROKEN = Symbol("broken");

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return BROKEN;
  }
}

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_MAP = 0x7b;
const CLOSE_MAP = 0x7d;

/** Colons and depth outside strings. In valid JSON there is exactly one colon for each key. */
function measure(text: string): { keys: number; depth: number } {
  let keys = 0;
  let open = 0;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === QUOTE) i = endOfString(text, i);
    else if (char === COLON) keys++;
    else if (char === OPEN_MAP || char === OPEN_LIST) depth = Math.max(depth, ++open);
    else if (char === CLOSE_MAP || char === CLOSE_LIST) open--;
  }
  return { keys, depth };
}

/** Where the string that starts at `start` ends; the end of the text when it does not. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

/** Keys in all maps. The depth is limited by `measure`. */
function countKeys(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const entries: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  let count = Array.isArray(value) ? 0 : entries.length;
  for (const entry of entries) count += countKeys(entry);
  return count;
}
