/** Ids of tasks, and names of pools and matrix axes. */
export const ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
export const ENV_NAME_PATTERN = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

// Safe as keys of a Map, but somebody's later `object[name] = …` would reach the prototype.
const BANNED = new Set(["__proto__", "constructor", "prototype"]);

/** Names that no key of a plan may have, because JavaScript objects give them a meaning of their own. */
export function isBannedName(name: string): boolean {
  return BANNED.has(name);
}

/** The start of names that Signalbox gives to items itself. */
export const RESERVED_ENV_PREFIX = "SIGNALBOX_";

// C0 and C1 controls, DEL, bidirectional overrides and marks, line separators, byte order mark. Joiners stay: emoji need them.
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Whether the text holds a character that could move the cursor or hide something; `lines` allows tab and line feed. */
export function hasControl(text: string, lines: boolean): boolean {
  return (lines ? text.replace(/[\t\n\r]/g, "") : text).search(UNPRINTABLE) !== -1;
}

/** The text on one line with every unprintable character shown as a dot, so that columns still count. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, "·");
}

const QUOTE_CHARS_MAX = 60;

/** The text in quotes, made printable, cut to a readable length. */
export function quote(text: string): string {
  const cut = text.length > QUOTE_CHARS_MAX ? `${text.slice(0, QUOTE_CHARS_MAX)}…` : text;
  return printable(JSON.stringify(cut));
}

/** A value as an error message names it: a scalar itself, anything bigger by its kind. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "string") return quote(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  return typeof value === "object" ? "a map" : `a ${typeof value}`;
}

/** True for what plan files call a map: an object that is no list and no function. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
