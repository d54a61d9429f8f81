import { checkEnvironment, checkCounts, checkData, checkGlobs, checkMatrix, checkNeeds } from "./check-collection.ts";
import { checkGroups } from "./check-groups.ts";
import { checkWhen } from "./check-when.ts";
import {
  checkChoice,
  checkCommand,
  checkDuration,
  checkNumber,
  checkSwitch,
  checkText,
  checkWhole,
  checkWord,
  type Check,
} from "./check-scalar.ts";
import type { Checking } from "./checking.ts";
import type { Field, Kind } from "../field.ts";
import { describe, isMap, quote } from "./names.ts";

/** What the checks leave of a map's values, by key; keys that were wrong or absent are missing. */
export type Values = Record<string, unknown>;

/** Checks a map against its fields: unknown keys, then each value. `undefined` when it is no map at all. */
export function checkFields(
  checking: Checking,
  fields: ReadonlyMap<string, Field>,
  value: unknown,
  what: string,
): Values | undefined {
  const { findings } = checking;
  if (!isMap(value)) {
    findings.add(
      `a map with the keys of ${what}`,
      describe(value),
      value === null ? "write {} for none of them" : `write them as \`key: value\``,
    );
    return undefined;
  }
  // Only names of fields become keys here, so a plain object is safe; a hundred thousand without prototype cost four times as much.
  const values: Values = {};
  for (const key of Object.keys(value)) {
    const given = value[key];
    if (given === undefined) continue;
    findings.steps.push(key);
    const field = fields.get(key);
    if (field === undefined) unknownKey(checking, key, fields, what);
    else values[key] = checkValue(checking, field.kind, given);
    findings.steps.pop();
  }
  return values;
}

/** Checks one value; `undefined` when it is wrong, which is then noted. */
export function checkValue(checking: Checking, kind: Kind, value: unknown): unknown {
  // Each check takes exactly its own kind: CHECKS is keyed by it.
  return (CHECKS[kind.is] as Check<Kind["is"]>)(checking, value, kind);
}

function unknownKey(
  { findings, suggester }: Checking,
  key: string,
  fields: ReadonlyMap<string, Field>,
  what: string,
): void {
  if (findings.countOnly()) return;
  const near = suggester.nearest(key, fields.keys());
  const fix =
    key === "<<"
      ? "merge keys are not part of YAML 1.2: use `defaults`"
      : near === undefined
        ? `remove it; the keys are ${[...fields.keys()].join(", ")}`
        : `did you mean \`${near}\`?`;
  findings.add(`a key of ${what}`, quote(key), fix, "key");
}

const fieldMaps = new WeakMap<readonly Field[], ReadonlyMap<string, Field>>();

/** The fields by name. */
export function byName(fields: readonly Field[]): ReadonlyMap<string, Field> {
  let map = fieldMaps.get(fields);
  if (map === undefined) fieldMaps.set(fields, (map = new Map(fields.map((field) => [field.name, field]))));
  return map;
}

/** Each check is given its own kind only: `checkValue` looks it up by the kind. */
const CHECKS: { readonly [Is in Kind["is"]]: Check<Is> } = {
  text: checkText,
  word: checkWord,
  choice: checkChoice,
  whole: checkWhole,
  number: checkNumber,
  switch: checkSwitch,
  duration: checkDuration,
  command: checkCommand,
  needs: checkNeeds,
  matrix: checkMatrix,
  globs: checkGlobs,
  counts: checkCounts,
  data: checkData,
  environment: checkEnvironment,
  group: (checking, value, kind) =>
    checkFields(checking, byName(kind.fields), value, `\`${checking.findings.steps.at(-1)}\``),
  when: checkWhen,
  groups: (checking, value, kind) =>
    checkGroups(checking, value, (group) => checkFields(checking, byName(kind.fields), group, "a group")),
  // The tasks are checked one by one when the rest is known: check-plan.ts.
  tasks: (_, value) => value,
};
