import { jsonCopy } from "../../base/json-copy.ts";
import { LIMITS } from "../../base/limits.ts";
import { filePattern } from "../../items/file-pattern.ts";
import { matrixVariable } from "../../base/matrix-variable.ts";
import { checkedText, checkName, ownMap, wholeNumber, within, type Checking } from "./checking.ts";
import { checkChoice, type Check } from "./check-scalar.ts";
import type { Kind } from "../field.ts";
import { NEED_CONDITIONS } from "../fields.ts";
import type { Findings } from "./findings.ts";
import { describe, ENV_NAME_PATTERN, hasControl, isBannedName, isMap, quote, RESERVED_ENV_PREFIX } from "./names.ts";
import type { NeedCondition } from "../plan.ts";

/** Needs as they are written, before the names are looked up. Plans have many: no object is made for each. */
export interface NeedNames {
  /** Ids and keys of items; in a list of a broken plan also what is no name, so that positions stay. */
  readonly names: readonly unknown[];
  /** The map form's conditions, by position; `undefined` in one place when it was wrong, in all for the list form: all `done`. */
  readonly conditions: readonly (NeedCondition | undefined)[] | undefined;
}

const CONDITIONS: Extract<Kind, { is: "choice" }> = { is: "choice", choices: NEED_CONDITIONS };

export const checkNeeds: Check<"needs"> = (checking, value): NeedNames | undefined => {
  const { findings } = checking;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      if (typeof value[i] !== "string") within(findings, i, () => noId(findings, value[i]));
    }
    return { names: value, conditions: undefined };
  }
  if (!isMap(value)) {
    findings.add(
      "a list of task ids, or a map from id to condition",
      describe(value),
      typeof value === "string" ? `write [${value}]` : "write [] for none",
    );
    return undefined;
  }
  const names = Object.keys(value);
  // checkChoice answers nothing but a member of CONDITIONS or undefined.
  const conditions = names.map((name) =>
    within(findings, name, () => checkChoice(checking, value[name], CONDITIONS) as NeedCondition | undefined),
  );
  return { names, conditions };
};

function noId(findings: Findings, name: unknown): void {
  const fix =
    typeof name === "number" ? `write it in quotes, as it is under tasks: "${name}"` : "write one id for each entry";
  findings.add("the id of a task", describe(name), fix);
}

/** An axis of a matrix with its values, in the order of the plan. */
export interface Axis {
  readonly name: string;
  readonly values: readonly (string | number | boolean)[];
}

const AXES_MAX = 8;
const AXIS_VALUE_CHARS_MAX = 128;

export const checkMatrix: Check<"matrix"> = (checking, value) => {
  const { findings } = checking;
  if (!isMap(value)) {
    findings.add("a map from axis to a list of values", describe(value), "write for example { node: [22, 26] }");
    return undefined;
  }
  const names = Object.keys(value);
  if (names.length === 0 || names.length > AXES_MAX) {
    findings.add(
      `1 to ${AXES_MAX} axes`,
      `${names.length}`,
      names.length === 0 ? "add an axis or remove the matrix" : "split the task",
    );
    return undefined;
  }
  const axes = names.map((name) => within(findings, name, () => checkAxis(checking, name, value[name])));
  if (axes.includes(undefined) || !checkVariables(findings, names)) return undefined;
  // Every missing one was refused in the line above.
  const items = (axes as Axis[]).reduce((product, axis) => product * axis.values.length, 1);
  if (items <= LIMITS.matrixItemsMax) return axes;
  findings.add(`a matrix of at most ${LIMITS.matrixItemsMax} items`, `${items}`, "use fewer values, or split the task");
  return undefined;
};

/** Two axes that a command would find in the same variable cannot be told apart there. */
function checkVariables(findings: Findings, names: readonly string[]): boolean {
  const taken = new Map<string, string>();
  for (const name of names) {
    const variable = matrixVariable(name);
    const other = taken.get(variable);
    taken.set(variable, name);
    if (other === undefined) continue;
    within(findings, name, () =>
      findings.add(`an axis that does not share ${variable} with ${quote(other)}`, quote(name), "rename it", "key"),
    );
    return false;
  }
  return true;
}

function checkAxis({ findings }: Checking, name: string, values: unknown): Axis | undefined {
  const before = findings.total;
  checkName(findings, name, "an axis");
  if (!Array.isArray(values) || values.length === 0) {
    findings.add("a list of at least one value", describe(values), "write for example [22, 26]");
    return undefined;
  }
  const seen = new Set<string>();
  values.forEach((value: unknown, i) => within(findings, i, () => checkAxisValue(findings, value, seen)));
  return findings.total === before ? { name, values } : undefined;
}

function checkAxisValue(findings: Findings, value: unknown, seen: Set<string>): void {
  const fits =
    typeof value === "boolean" ||
    (typeof value === "number" && Number.isFinite(value)) ||
    (typeof value === "string" && value !== "" && value.length <= AXIS_VALUE_CHARS_MAX && !hasControl(value, false));
  if (!fits) {
    findings.add(
      `text of 1 to ${AXIS_VALUE_CHARS_MAX} printable characters, a number, true or false`,
      describe(value),
      "write a plain value",
    );
    return;
  }
  const text = String(value);
  if (seen.has(text)) findings.add("each value of an axis once", `${describe(value)} again`, "remove one of the two");
  seen.add(text);
}

export const checkGlobs: Check<"globs"> = ({ findings }, value, kind) => {
  if (!Array.isArray(value) || value.length > kind.countMax) {
    findings.add(
      `a list of at most ${kind.countMax} paths or globs`,
      Array.isArray(value) ? `${value.length}` : describe(value),
      "write for example [src/**]",
    );
    return undefined;
  }
  value.forEach((glob: unknown, i) => {
    const fault = faultOfGlob(glob, kind.charsMax);
    if (fault === undefined) return;
    within(findings, i, () =>
      findings.add("a path or glob inside the repository, such as src/**", describe(glob), fault),
    );
  });
  return Object.freeze(value.slice());
};

/** Whether the path can only name something below the top. What it resolves to is checked again before anything is done with it. */
function faultOfGlob(glob: unknown, charsMax: number): string | undefined {
  if (typeof glob !== "string") return "write it in quotes";
  if (glob.length > charsMax) return `write it with at most ${charsMax} characters`;
  const pattern = filePattern(glob);
  return typeof pattern === "string" ? pattern : undefined;
}

export const checkData: Check<"data"> = ({ findings }, value, kind) => {
  if (!isMap(value)) {
    findings.add("a map", describe(value), 'write for example { ticket: "ABC-1" }');
    return undefined;
  }
  const copy = jsonCopy(value, kind.bytesMax);
  if (copy.ok) return copy.value;
  findings.add(
    `what JSON can carry, at most ${kind.bytesMax} bytes`,
    copy.problem,
    "write plain values, or less of them",
  );
  return undefined;
};

export const checkCounts: Check<"counts"> = ({ findings }, value, kind) => {
  if (!isMap(value)) {
    findings.add(
      "a map from the name of a pool to a whole number",
      describe(value),
      "write for example { network: 1 }",
    );
    return undefined;
  }
  return ownMap(value, (name) =>
    within(findings, name, () => {
      checkName(findings, name, "a pool");
      return wholeNumber(findings, value[name], 1, kind.max);
    }),
  );
};

export const checkEnvironment: Check<"environment"> = ({ findings }, value, kind) => {
  if (!isMap(value)) {
    findings.add("a map from variable to text", describe(value), 'write for example { CI: "true" }');
    return undefined;
  }
  return ownMap(value, (name) =>
    within(findings, name, () => {
      if (!ENV_NAME_PATTERN.test(name) || isBannedName(name)) {
        findings.add(
          "the name of an environment variable",
          quote(name),
          "use letters, digits and _, and do not start with a digit",
          "key",
        );
      } else if (name.startsWith(RESERVED_ENV_PREFIX)) {
        findings.add(
          `a name that does not start with ${RESERVED_ENV_PREFIX}`,
          quote(name),
          "take another name: these are set by Signalbox",
          "key",
        );
      }
      const given = value[name];
      return checkedText(findings, given, { what: "text", charsMax: kind.charsMax, allow: "anything", empty: true });
    }),
  );
};
