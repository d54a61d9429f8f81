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
export function checkJson(value: unknown): void {
  check(value, []);
}

/** The place is put into words only when it is told: this runs for every reason and output that is stored. */
function check(value: unknown, path: (string | number)[]): void {
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number") return Number.isFinite(value) ? undefined : refuse(path, String(value));
  if (typeof value !== "object") return refuse(path, `a ${typeof value}`);
  if (path.length >= JOURNAL_LIMITS.jsonDepthMax) return refuse(path, `more than ${path.length} levels`);
  if (Array.isArray(value)) {
    value.forEach((item, index) => checkAt(index, item, path));
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return refuse(path, "an object of a class");
  for (const key of Object.keys(value)) {
    const item: unknown = (value as Readonly<Record<string, unknown>>)[key];
    // A key with the value `undefined` is the same as no key; JSON leaves it out, and so does who reads it.
    if (item !== undefined) checkAt(key, item, path);
  }
}

function checkAt(step: string | number, item: unknown, path: (string | number)[]): void {
  path.push(step);
  check(item, path);
  path.pop();
}

function refuse(path: readonly (string | number)[], got: string): never {
  const place = `the value${path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("")}`;
  throw new UsageError(
    `Expected JSON, got ${got} at ${place}. Give null, a boolean, a finite number, text, a list or a plain object.`,
  );
}
