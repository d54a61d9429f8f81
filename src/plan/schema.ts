import type { Json } from "../base/json.ts";
import { DURATION_PATTERN } from "./check/duration.ts";
import { WHEN_VALUES_MAX } from "./check/check-when.ts";
import { ENV_NAME_PATTERN, ID_PATTERN } from "./check/names.ts";
import type { Field, Kind } from "./field.ts";
import { DEFAULTS_FIELDS, NEED_CONDITIONS, PLAN_FIELDS, TASK_FIELDS } from "./fields.ts";

/**
 * The JSON Schema (draft 2020-12) of plan files, made from the same table as the check. It knows each key; what spans keys
 * (needs that name a task, cycles, pools) only `signalbox check` knows.
 */
export function planSchema(): { readonly [key: string]: Json } {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Signalbox plan",
    description: "A plan of tasks for Signalbox.",
    ...mapOf(PLAN_FIELDS),
    $defs: {
      duration: { type: "string", pattern: DURATION_PATTERN.source, examples: ["250ms", "90s", "10m", "2h"] },
      name: { type: "string", pattern: ID_PATTERN.source, not: { enum: ["__proto__", "constructor", "prototype"] } },
      task: { description: "One task of the plan.", ...mapOf(TASK_FIELDS) },
      defaults: mapOf(DEFAULTS_FIELDS),
    },
  };
}

type Schema = { readonly [key: string]: Json };

function mapOf(fields: readonly Field[]): Schema {
  const required = fields.filter((field) => field.required === true).map((field) => field.name);
  return {
    type: "object",
    ...(required.length > 0 ? { required } : {}),
    properties: Object.fromEntries(fields.map((field) => [field.name, propertyOf(field)])),
    additionalProperties: false,
  };
}

function propertyOf({ name, kind, description, defaultValue, example }: Field): Schema {
  const shape = name === "defaults" ? { $ref: "#/$defs/defaults" } : SHAPES[kind.is](kind as never);
  return {
    description,
    ...shape,
    ...(defaultValue === undefined ? {} : { default: defaultValue }),
    examples: [example],
  };
}

const SCALAR: Schema = { type: ["string", "number", "boolean", "null"] };
const NAME: Schema = { $ref: "#/$defs/name" };

/** The shape of each kind; each is given its own kind only. */
const SHAPES: { readonly [Is in Kind["is"]]: (kind: Extract<Kind, { is: Is }>) => Schema } = {
  text: (kind) => ({ type: "string", minLength: 1, maxLength: kind.charsMax }),
  word: (kind) => ({ type: "string", pattern: kind.pattern.source }),
  choice: (kind) => ({ enum: kind.choices }),
  whole: (kind) => ({ type: "integer", minimum: kind.min, maximum: kind.max }),
  number: (kind) => ({ type: "number", minimum: kind.min, maximum: kind.max }),
  switch: () => ({ type: "boolean" }),
  duration: () => ({ $ref: "#/$defs/duration" }),
  command: (kind) => ({ type: "string", minLength: 1, maxLength: kind.charsMax }),
  needs: () => ({
    anyOf: [
      { type: "array", items: { type: "string" }, uniqueItems: true },
      { type: "object", additionalProperties: { enum: NEED_CONDITIONS } },
    ],
  }),
  when: () => ({
    type: "object",
    minProperties: 1,
    additionalProperties: { anyOf: [SCALAR, { type: "array", minItems: 1, maxItems: WHEN_VALUES_MAX, items: SCALAR }] },
  }),
  matrix: () => ({
    type: "object",
    minProperties: 1,
    maxProperties: 8,
    propertyNames: NAME,
    additionalProperties: {
      type: "array",
      minItems: 1,
      uniqueItems: true,
      items: { type: ["string", "number", "boolean"] },
    },
  }),
  globs: (kind) => ({
    type: "array",
    maxItems: kind.countMax,
    items: { type: "string", minLength: 1, maxLength: kind.charsMax },
  }),
  data: () => ({ type: "object" }),
  counts: (kind) => ({
    type: "object",
    propertyNames: NAME,
    additionalProperties: { type: "integer", minimum: 1, maximum: kind.max },
  }),
  environment: (kind) => ({
    type: "object",
    propertyNames: { type: "string", pattern: ENV_NAME_PATTERN.source, not: { pattern: "^SIGNALBOX_" } },
    additionalProperties: { type: "string", maxLength: kind.charsMax },
  }),
  group: (kind) => mapOf(kind.fields),
  groups: (kind) => ({ type: "object", propertyNames: NAME, additionalProperties: mapOf(kind.fields) }),
  tasks: () => ({
    type: "object",
    minProperties: 1,
    propertyNames: NAME,
    additionalProperties: { $ref: "#/$defs/task" },
  }),
};
