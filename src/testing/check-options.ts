/** What a test is told has to be something that is looked at: a name that is misspelt would make it pass whatever happens. */
import { UsageError } from "../base/errors.ts";

/** @throws UsageError (`invalid_usage`) for a name that means nothing here */
export function checkNames(what: string, options: object, known: Readonly<Record<string, true>>): void {
  const strange = Object.keys(options).filter((name) => !Object.hasOwn(known, name));
  if (strange.length === 0) return;
  const names = Object.keys(known).sort().join(", ");
  throw new UsageError(`expected ${what} to be among ${names}; got ${strange.join(", ")}, which would have no effect`);
}

/** @throws UsageError (`invalid_usage`) for what is given and is no whole number from 1 on */
export function checkCounts(options: object, names: readonly string[]): void {
  for (const name of names) {
    const value = (options as Readonly<Record<string, unknown>>)[name];
    if (value === undefined || (typeof value === "number" && Number.isSafeInteger(value) && value >= 1)) continue;
    throw new UsageError(`expected \`${name}\` to be a whole number from 1 on, got ${said(value)}`);
  }
}

/** Seeds that are no numbers would all be the same one. @throws UsageError (`invalid_usage`) */
export function checkSeed(seed: unknown): void {
  if (seed === undefined || Number.isSafeInteger(seed)) return;
  throw new UsageError(`expected a seed that is a whole number, got ${said(seed)}`);
}

const said = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : (JSON.stringify(value) ?? typeof value);
