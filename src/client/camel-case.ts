/**
 * Names on the wire are snake_case, names in TypeScript camelCase. What users put into an item (metadata, inputs, outputs, plans) is
 * theirs: its names stay as they are.
 */
import type { Json } from "../base/json.ts";

type JsonObject = { readonly [key: string]: Json };

/** Members whose inside is not ours to rename, with their types. */
interface Opaque {
  readonly metadata: JsonObject;
  readonly inputs: JsonObject;
  readonly output: Json;
  readonly holds: readonly JsonObject[];
}

const OPAQUE: ReadonlySet<string> = new Set(["metadata", "inputs", "output", "holds", "tasks", "defaults"]);

type CamelWord<Name> = Name extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<CamelWord<Tail>>}` : Name;

/** A shape of the wire as it is in TypeScript. */
export type Camel<T> = T extends readonly (infer Element)[]
  ? readonly Camel<Element>[]
  : T extends object
    ? {
        readonly [Name in keyof T as CamelWord<Name & string>]: Name extends keyof Opaque
          ? Opaque[Name]
          : Camel<T[Name]>;
      }
    : T;

/** What came over the wire, with the names of TypeScript. */
export function fromWire(value: unknown): unknown {
  return renamed(value, camelWord);
}

/** What is to go over the wire, with its names; what is `undefined` is left out. */
export function toWire(value: unknown): unknown {
  return renamed(value, snakeWord);
}

/** The names of one object only: what is inside is not looked at. */
export function fromWireShallow(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [camelWord(name), inner]));
}

function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((each) => renamed(each, rename));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  // `fromEntries` defines, so that no name can reach a prototype.
  return Object.fromEntries(
    entries.map(([name, inner]) => [rename(name), OPAQUE.has(name) ? inner : renamed(inner, rename)]),
  );
}

function camelWord(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function snakeWord(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
