import { matrixVariable } from "../base/matrix-variable.ts";
import type { Work } from "./executor.ts";

/** Variables that a command gets from the environment of Signalbox; everything else it has to be given by the plan. */
const PASSED: ReadonlySet<string> = new Set([
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "LANG",
  "LANGUAGE",
  "TZ",
  "TMPDIR",
  "TERM",
]);
const PASSED_PREFIX = "LC_";

/** Names that Signalbox sets itself; a plan cannot. */
const OWN_PREFIX = "SIGNALBOX_";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What of our own environment every command gets. `more` names further variables. */
export function passedEnvironment(from: Environment, more: readonly string[] = []): Map<string, string> {
  const also = new Set(more);
  const passed = new Map<string, string>();
  for (const [name, value] of Object.entries(from)) {
    const isPassed = PASSED.has(name) || name.startsWith(PASSED_PREFIX) || also.has(name);
    if (value !== undefined && isPassed && !name.startsWith(OWN_PREFIX)) passed.set(name, value);
  }
  return passed;
}

/** `NAME=value` for each variable that the task declares. */
export function declaredVariables(env: Environment | undefined): string[] {
  return Object.entries(env ?? {}).flatMap(([name, value]) =>
    value === undefined || name.startsWith(OWN_PREFIX) ? [] : [`${name}=${value}`],
  );
}

/** `SIGNALBOX_MATRIX_AXIS=value` for each axis of a matrix item. */
export function matrixVariables(matrix: Work["matrix"]): string[] {
  return Object.entries(matrix ?? {}).map(([axis, value]) => `${matrixVariable(axis)}=${value}`);
}

/** What is wrong with the name or value of a declared variable; `undefined` when nothing is. */
export function environmentProblem(env: Environment | undefined): string | undefined {
  for (const [name, value] of Object.entries(env ?? {})) {
    if (name === "" || name.includes("=") || name.includes("\0")) return `the name of variable ${JSON.stringify(name)}`;
    if (value?.includes("\0")) return `a null character in variable ${name}`;
  }
  return undefined;
}
