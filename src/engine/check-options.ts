import { UsageError } from "../base/errors.ts";
import { describe, isMap } from "../plan/check/names.ts";
import { Suggester } from "../plan/suggest.ts";
import type { RunOptions } from "./run.ts";

/** What an option has to be; `undefined` where `settingsOf` looks at the value. */
type Rule = { readonly fits: (value: unknown) => boolean; readonly expected: string } | undefined;

const isFunction = (value: unknown): boolean => typeof value === "function";
const has = (value: unknown, names: readonly string[]): boolean =>
  isMap(value) && names.every((name) => isFunction(value[name]));
const isText = (value: unknown): boolean => typeof value === "string";

const FLAG: Rule = { fits: (value) => typeof value === "boolean", expected: "true or false" };

/** One for each option: who adds an option says here what it has to be. */
const RULES: { readonly [Name in keyof Required<RunOptions>]: Rule } = {
  liveItemsMax: undefined,
  prepareItemsMax: undefined,
  schedule: undefined,
  onFailure: undefined,
  deadlineMs: undefined,
  pressure: undefined,
  label: undefined,
  journal: {
    fits: (value) => has(value, ["append"]),
    expected: "one that memoryJournal or sqliteJournal made",
  },
  executors: {
    fits: (value) => Array.isArray(value) && value.every((each) => has(each, ["accepts", "start", "stop"])),
    expected: "a list of executors, each with accepts, start and stop",
  },
  worktrees: { fits: isFunction, expected: "what itemWorktrees of signalbox/git made" },
  scope: { fits: (value) => Array.isArray(value) && value.every(isText), expected: "a list of ids or keys of tasks" },
  withNeeds: FLAG,
  signal: {
    // Its methods are inherited, and it may come from another realm.
    fits: (value) => has(value, ["addEventListener"]),
    expected: "an AbortSignal",
  },
  inspect: { fits: (value) => isFunction(value) || isMap(value), expected: "a function or an observer" },
  tracer: {
    fits: (value) => has(value, ["startSpan", "startActiveSpan"]),
    expected: "a tracer of OpenTelemetry, with startSpan and startActiveSpan",
  },
  itemLogic: { fits: (value) => value === "compiled" || value === "interpreted", expected: "compiled or interpreted" },
  abortGraceMs: {
    fits: (value) => typeof value === "number" && Number.isFinite(value) && value >= 0,
    expected: "a number of milliseconds from 0",
  },
  awaitClaims: FLAG,
  open: FLAG,
  env: {
    fits: (value) => isMap(value) && isMap(value.clock) && isMap(value.timers) && has(value, ["random", "nextId"]),
    expected: "an Env with clock, timers, random and nextId",
  },
  onProblem: { fits: isFunction, expected: "a function" },
};

/** Options come from code that no compiler may have seen. One that is `undefined` is not given. @throws UsageError */
export function checkOptions(options: RunOptions): void {
  if (!isMap(options)) throw new UsageError(`expected options to be an object, got ${describe(options)}`);
  refuseUnknown("option of a run", options, Object.keys(RULES));
  for (const [name, rule] of Object.entries(RULES)) {
    const value = options[name];
    if (rule === undefined || value === undefined || rule.fits(value)) continue;
    throw new UsageError(`expected ${name} to be ${rule.expected}, got ${describe(value)}`);
  }
}

/** An option that nobody reads would silently do nothing. @throws UsageError with the name that was probably meant */
export function refuseUnknown(what: string, given: object, known: readonly string[]): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || known.includes(name)) continue;
    const near = new Suggester().nearest(name, known);
    const hint = near === undefined ? `; there are ${known.join(", ")}` : `; did you mean ${near}?`;
    throw new UsageError(`expected an ${what}, got ${describe(name)}${hint}`);
  }
}
