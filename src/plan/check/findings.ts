import { LIMITS } from "../../base/limits.ts";
import { ID_PATTERN, printable } from "./names.ts";
import type { PlanProblems, Problem } from "../problems.ts";

/** A key of a map or an index of a list. */
export type Step = string | number;

/** A problem before its position is known. */
export interface Finding {
  /** The way to the value, from the top of the plan. */
  readonly steps: readonly Step[];
  /** Whether the key itself or its value is wrong. */
  readonly target: "key" | "value";
  readonly expected: string;
  readonly got: string;
  readonly fix: string;
  /** Offset in the text, when the reader of the text found it. */
  readonly offset?: number;
}

/**
 * What is wrong so far, in the order in which it was found. `steps` is where the check is now; checks push and pop it, so
 * that a valid plan costs no path at all. Invariant F1: at most `planProblemsMax` are kept, all are counted.
 */
export class Findings {
  readonly steps: Step[] = [];
  readonly kept: Finding[] = [];
  total = 0;

  /** Counts a problem that would not be kept; false when there is still room, so that its words are worth finding. */
  countOnly(): boolean {
    if (this.kept.length < LIMITS.planProblemsMax) return false;
    this.total++;
    return true;
  }

  /** Notes a problem with the value at `steps`, or with its key. */
  add(expected: string, got: string, fix: string, target: "key" | "value" = "value"): void {
    this.addAt(this.steps.slice(), expected, got, fix, target);
  }

  addAt(steps: readonly Step[], expected: string, got: string, fix: string, target: "key" | "value" = "value"): void {
    this.note({ steps, target, expected, got, fix });
  }

  note(finding: Finding): void {
    this.total++;
    if (this.kept.length < LIMITS.planProblemsMax) this.kept.push(finding);
  }
}

/** The findings as problems without positions. */
export function problemsOf(findings: Findings): PlanProblems {
  return { problems: findings.kept.map((finding) => problemOf(finding)), total: findings.total };
}

/** One finding as a problem, with its place when the caller knows it. */
export function problemOf(finding: Finding, place: Pick<Problem, "file" | "line" | "column" | "source"> = {}): Problem {
  const { expected, got, fix } = finding;
  const message = printable(`expected ${expected}, got ${got}; ${fix}`);
  return { path: pathText(finding.steps), expected, got, fix, message, ...place };
}

/** `tasks.test.needs[0]`; a step that would be ambiguous stands in quotes and brackets. */
export function pathText(steps: readonly Step[]): string {
  let text = "";
  for (const step of steps) {
    if (typeof step === "number") text += `[${step}]`;
    else if (!ID_PATTERN.test(step) || step.includes(".")) text += `[${JSON.stringify(step)}]`;
    else text += text === "" ? step : `.${step}`;
  }
  return text;
}
