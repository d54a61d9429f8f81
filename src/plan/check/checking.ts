import type { Findings, Step } from "./findings.ts";
import { describe, hasControl, ID_PATTERN, isBannedName, quote } from "./names.ts";
import type { Suggester } from "../suggest.ts";

/** One check of a plan: what was found so far, and where the plan came from. */
export interface Checking {
  readonly findings: Findings;
  readonly suggester: Suggester;
  /** In code a number is a duration in milliseconds and `run` may be a function; in a file both are mistakes. */
  readonly fromCode: boolean;
}

/** Does something one step further down. */
export function within<T>(findings: Findings, step: Step, check: () => T): T {
  findings.steps.push(step);
  const result = check();
  findings.steps.pop();
  return result;
}

/** A whole number within bounds; `undefined` when it is not, which is then noted. */
export function wholeNumber(findings: Findings, value: unknown, min: number, max: number): number | undefined {
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
  findings.add(`a whole number from ${min} to ${max}`, describe(value), numberFix(value));
  return undefined;
}

export function numberFix(value: unknown): string {
  const looksRight = typeof value === "string" && /^-?[0-9]+(\.[0-9]+)?$/.test(value);
  return looksRight ? "write it without quotes" : "write a number within these bounds";
}

/** What a text may hold. `lines`: tab and line feed are welcome. `anything`: all but NUL, which no process can be given. */
export interface TextRules {
  readonly what: string;
  readonly charsMax: number;
  readonly allow: "line" | "lines" | "anything";
  readonly empty: boolean;
}

export function checkedText(findings: Findings, value: unknown, rules: TextRules): string | undefined {
  if (typeof value !== "string") {
    const scalar = typeof value === "number" || typeof value === "boolean";
    findings.add(
      rules.what,
      describe(value),
      scalar ? `write it in quotes: "${value}"` : "write text, or remove the key",
    );
  } else if (value.length > rules.charsMax) {
    findings.add(`${rules.what} of at most ${rules.charsMax} characters`, `${value.length}`, "write less");
  } else if (value.trim() === "" && !rules.empty) {
    findings.add(rules.what, describe(value), "write something, or remove the key");
  } else if (rules.allow === "anything" ? value.includes("\0") : hasControl(value, rules.allow === "lines")) {
    findings.add(`${rules.what} without control characters`, describe(value), "remove them");
  } else {
    return value;
  }
  return undefined;
}

/** Notes a name that an id, a pool or an axis may not have. */
export function checkName(findings: Findings, name: string, what: string): void {
  if (isBannedName(name)) {
    findings.add(
      `another name for ${what}`,
      quote(name),
      "take a name that has no meaning to JavaScript objects",
      "key",
    );
  } else if (!ID_PATTERN.test(name)) {
    findings.add(
      `${what} named by 1 to 128 letters, digits, dots, - and _, the first a letter or digit`,
      quote(name),
      "rename it",
      "key",
    );
  }
}

/** A map of the user's keys, safe from prototypes, without what was wrong. */
export function ownMap<T>(
  source: Readonly<Record<string, unknown>>,
  check: (key: string) => T | undefined,
): Readonly<Record<string, T>> {
  const map: Record<string, T> = Object.create(null);
  for (const key of Object.keys(source)) {
    if (source[key] === undefined) continue;
    const value = check(key);
    if (value !== undefined) map[key] = value;
  }
  return Object.freeze(map);
}
