import type { Json } from "./json.ts";

/** What V8 takes at most of each: numbers that are no small integers, text of two bytes a character, objects with names of their own. */
const SLOT = 8;
const NUMBER = 16;
const TEXT = 24;
const LIST = 64;
const OBJECT = 96;
const MEMBER = 96;

/** Bytes that a value takes in memory, about: small lists and objects take many times what their JSON does. */
export function jsonBytes(value: Json): number {
  if (typeof value === "string") return TEXT + 2 * value.length;
  if (typeof value === "number") return NUMBER;
  if (typeof value !== "object" || value === null) return 0;
  let bytes = 0;
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) bytes += SLOT + jsonBytes(item);
    return LIST + bytes;
  }
  const members = value as Readonly<Record<string, Json>>;
  for (const name of Object.keys(members)) bytes += MEMBER + name.length + SLOT + jsonBytes(members[name]!);
  return OBJECT + bytes;
}
