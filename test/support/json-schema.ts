import type { Json } from "../../src/base/json.ts";

type Schema = { readonly [key: string]: Json };

/** Whether a JSON Schema accepts a value: the keywords that our own schemas use, and no others. */
export function schemaAccepts(root: Schema, value: unknown): boolean {
  const accepts = (schema: Schema, given: unknown): boolean =>
    Object.entries(schema).every(([keyword, rule]) => {
      if (IGNORED.has(keyword)) return true;
      const check = KEYWORDS[keyword];
      if (check === undefined) throw new Error(`the schema uses ${keyword}, which this evaluator does not know`);
      // Each keyword is written for the type of rule that the specification gives it.
      return check(
        rule as never,
        given,
        schema,
        (next, inner) => (typeof next === "boolean" ? next : accepts(next as Schema, inner)),
        root,
      );
    });
  return accepts(root, value);
}

const IGNORED = new Set(["$schema", "$defs", "title", "description", "default", "examples"]);

type Accepts = (schema: Json, value: unknown) => boolean;
type Keyword = (rule: never, value: unknown, schema: Schema, accepts: Accepts, root: Schema) => boolean;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  number: (value) => typeof value === "number",
  integer: Number.isInteger,
  null: (value) => value === null,
};

/** Each keyword binds only values of its own type, as the specification has it. */
const KEYWORDS: Readonly<Record<string, Keyword>> = {
  type: (rule: string | string[], value) => [rule].flat().some((type) => TYPES[type]!(value)),
  enum: (rule: Json[], value) => rule.some((choice) => choice === value),
  pattern: (rule: string, value) => typeof value !== "string" || new RegExp(rule, "u").test(value),
  minLength: (rule: number, value) => typeof value !== "string" || value.length >= rule,
  maxLength: (rule: number, value) => typeof value !== "string" || value.length <= rule,
  minimum: (rule: number, value) => typeof value !== "number" || value >= rule,
  maximum: (rule: number, value) => typeof value !== "number" || value <= rule,
  items: (rule: Schema, value, _, accepts) => !Array.isArray(value) || value.every((entry) => accepts(rule, entry)),
  minItems: (rule: number, value) => !Array.isArray(value) || value.length >= rule,
  maxItems: (rule: number, value) => !Array.isArray(value) || value.length <= rule,
  uniqueItems: (_: true, value) =>
    !Array.isArray(value) || new Set(value.map((entry) => JSON.stringify(entry))).size === value.length,
  required: (rule: string[], value) => !isObject(value) || rule.every((key) => Object.hasOwn(value, key)),
  minProperties: (rule: number, value) => !isObject(value) || Object.keys(value).length >= rule,
  maxProperties: (rule: number, value) => !isObject(value) || Object.keys(value).length <= rule,
  propertyNames: (rule: Schema, value, _, accepts) =>
    !isObject(value) || Object.keys(value).every((key) => accepts(rule, key)),
  properties: (rule: Record<string, Schema>, value, _, accepts) =>
    !isObject(value) || Object.keys(value).every((key) => !Object.hasOwn(rule, key) || accepts(rule[key]!, value[key])),
  additionalProperties: (rule: Schema | boolean, value, schema, accepts) =>
    !isObject(value) ||
    Object.keys(value).every(
      (key) => Object.hasOwn((schema["properties"] ?? {}) as object, key) || accepts(rule, value[key]),
    ),
  anyOf: (rule: Schema[], value, _, accepts) => rule.some((option) => accepts(option, value)),
  not: (rule: Schema, value, _, accepts) => !accepts(rule, value),
  $ref: (rule: string, value, _, accepts, root) =>
    accepts((root["$defs"] as Record<string, Schema>)[rule.replace("#/$defs/", "")]!, value),
};
