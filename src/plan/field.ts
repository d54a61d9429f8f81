import type { Json } from "../base/json.ts";

/** What a key holds and within which bounds. The validator, the JSON Schema and the reference's tables all read this. */
export type Kind =
  | { readonly is: "text"; readonly charsMax: number; readonly lines: boolean }
  | { readonly is: "word"; readonly pattern: RegExp; readonly what: string }
  | { readonly is: "choice"; readonly choices: readonly (string | number)[] }
  | { readonly is: "whole"; readonly min: number; readonly max: number }
  | { readonly is: "number"; readonly min: number; readonly max: number }
  | { readonly is: "switch" }
  | { readonly is: "duration"; readonly minMs: number }
  /** A shell command; in code also a function. */
  | { readonly is: "command"; readonly charsMax: number; readonly functions: boolean }
  | { readonly is: "needs" }
  /** For each of some needs the value, or the values, that its output must equal. */
  | { readonly is: "when" }
  | { readonly is: "matrix" }
  | { readonly is: "globs"; readonly countMax: number; readonly charsMax: number }
  /** A whole number for each name. */
  | { readonly is: "counts"; readonly max: number }
  | { readonly is: "environment"; readonly charsMax: number }
  | { readonly is: "group"; readonly fields: readonly Field[] }
  /** A map of anything that JSON can carry. */
  | { readonly is: "data"; readonly bytesMax: number }
  /** Groups of tasks by name. */
  | { readonly is: "groups"; readonly fields: readonly Field[] }
  | { readonly is: "tasks" };

/** One key of a plan file. */
export interface Field {
  readonly name: string;
  readonly kind: Kind;
  /** What holds without the key, for a reader. */
  readonly default?: string;
  /** The same as a value, when it is one. */
  readonly defaultValue?: Json;
  /** Meaning, unit and what wins; sentences. */
  readonly description: string;
  readonly example: Json;
  /** Without it there is no plan. */
  readonly required?: boolean;
}
