import { SignalboxError, type ErrorCode } from "../base/errors.ts";
import { printable } from "./check/names.ts";

/** One thing that is wrong with a plan. */
export interface Problem {
  /** The key it is about, from the top: `tasks.test.needs[0]`; empty for the plan as a whole. */
  readonly path: string;
  readonly expected: string;
  readonly got: string;
  /** What to do about it. */
  readonly fix: string;
  /** `expected …, got …; fix` in one line. */
  readonly message: string;
  /** The file, as it was named by the caller; missing for a plan made in code. */
  readonly file?: string;
  /** Line and column, both from 1, when the position is known. Columns count UTF-16 units. */
  readonly line?: number;
  readonly column?: number;
  /** The text of that line, made printable. */
  readonly source?: string;
}

/** All that is wrong with a plan, as far as it is kept. */
export interface PlanProblems {
  readonly problems: readonly Problem[];
  /** How many there are in all; more than `problems.length` when there were too many to keep. */
  readonly total: number;
}

/** A plan that cannot be used. Its message holds every problem; `problems` holds them as data. */
export class PlanInvalidError extends SignalboxError {
  readonly problems: readonly Problem[];
  readonly total: number;

  constructor(found: PlanProblems, code: ErrorCode = "invalid_plan", options: { readonly cause?: unknown } = {}) {
    super(code, formatProblems(found.problems, found.total), options);
    this.problems = found.problems;
    this.total = found.total;
  }
}

/** Tasks that need each other. `path` is one cycle, `paths` one for each separate knot; each ends with the id it starts with. */
export class PlanCycleError extends PlanInvalidError {
  readonly path: readonly string[];
  readonly paths: readonly (readonly string[])[];

  constructor(found: PlanProblems, paths: readonly (readonly string[])[]) {
    super(found, "plan_cycle");
    this.path = paths[0] ?? [];
    this.paths = paths;
  }
}

/** A plan without a single task. */
export class PlanEmptyError extends PlanInvalidError {
  constructor(found: PlanProblems) {
    super(found, "plan_empty");
  }
}

/** A plan that asks for something this version does not run yet. */
export class PlanUnsupportedError extends PlanInvalidError {
  constructor(found: PlanProblems) {
    super(found, "unsupported_feature");
  }
}

/**
 * Every problem as text: `FILE:LINE:COL: expected …, got …; fix`, then the line with a caret under the place. Where there is
 * no position, the path of the key stands in its stead.
 */
export function formatProblems(problems: readonly Problem[], total: number = problems.length): string {
  const parts = problems.map(formatProblem);
  if (total > problems.length) parts.push(`… and ${total - problems.length} more problems`);
  return parts.join("\n");
}

function formatProblem(problem: Problem): string {
  const head = `${placeOf(problem)}${problem.message}`;
  if (problem.source === undefined || problem.line === undefined || problem.column === undefined) return head;
  const { text, column } = window(problem.source, problem.column);
  const number = String(problem.line);
  const margin = " ".repeat(number.length);
  return `${head}\n  ${number} | ${text}\n  ${margin} | ${" ".repeat(column - 1)}^`;
}

function placeOf(problem: Problem): string {
  const file = problem.file === undefined ? "" : `${printable(problem.file)}:`;
  if (problem.line !== undefined) return `${file}${problem.line}:${problem.column}: `;
  if (problem.path !== "") return `${file === "" ? "" : `${file} `}${printable(problem.path)}: `;
  return file === "" ? "plan: " : `${file} `;
}

const BEFORE_MAX = 60;
const WIDTH_MAX = 120;

/** The part of a long line that holds the column. */
function window(source: string, column: number): { readonly text: string; readonly column: number } {
  if (source.length <= WIDTH_MAX) return { text: source, column };
  const start = Math.max(0, Math.min(column - 1 - BEFORE_MAX, source.length - WIDTH_MAX));
  const end = start + WIDTH_MAX;
  const text = `${start > 0 ? "…" : ""}${source.slice(start, end)}${end < source.length ? "…" : ""}`;
  return { text, column: column - start + (start > 0 ? 1 : 0) };
}
