import { UsageError } from "../base/errors.ts";
import { JOURNAL_LIMITS } from "./limits.ts";

/**
 * The JSON text of a value that really is JSON. `JSON.stringify` alone would turn `NaN` into `null` and drop functions
 * in silence, and what was read back would not be what was written.
 * @throws UsageError when it is not JSON, naming the place.
 */
export function jsonText(value: unknown): string {
  checkJson(value);
  return JSON.stringify(value);
}

/** @throws UsageError when the value is not JSON, naming the place. */
export function checkJson(value: unknown, place = "the value", depth = 0): void {
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number") return Number.isFinite(value) ? undefined : refuse(place, String(value));
  if (typeof value !== "object") return refuse(place, `a ${typeof value}`);
  if (depth >= JOURNAL_LIMITS.jsonDepthMax) return refuse(place, `more than ${depth} levels`);
  if (Array.isArray(value)) return value.forEach((item, index) => checkJson(item, `${place}[${index}]`, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return refuse(place, "an object of a class");
  for (const [key, item] of Object.entries(value)) {
    // A key with the value `undefined` is the same as no key; JSON leaves it out, and so does who reads it.
    if (item !== undefined) checkJson(item, `${place}.${key}`, depth + 1);
  }
}

function refuse(place: string, got: string): never {
  throw new UsageError(
    `Expected JSON, got ${got} at ${place}. Give null, a boolean, a finite number, text, a list or a plain object.`,
  );
}
