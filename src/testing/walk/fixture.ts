/** A failing walk as a file: small, readable, and enough to walk it again. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../../base/errors.ts";
import type { Outcome, Step } from "../model/step.ts";

const FORMAT = "signalbox.model-test.1";

/** Where a machine, or a whole suite, can be imported from. */
export interface Source {
  /** Absolute, or relative to the current folder. */
  readonly file: string;
  readonly export: string;
}

/** A failing walk as data. */
export interface Fixture {
  readonly format: typeof FORMAT;
  readonly machine: string;
  /** What went wrong when this was written. */
  readonly message: string;
  readonly input?: unknown;
  readonly source?: Source;
  readonly steps: readonly Step[];
}

export function fixtureOf(facts: Omit<Fixture, "format" | "steps">, steps: readonly Step[]): Fixture {
  return { format: FORMAT, ...facts, steps: steps.map(onWire) };
}

/** An error has nothing that JSON would keep. */
function onWire(step: Step): Step {
  if (step.kind !== "settle" || step.outcome.kind !== "error" || !(step.outcome.error instanceof Error)) return step;
  const { name, message } = step.outcome.error;
  return { ...step, outcome: { kind: "error", error: { name, message } } };
}

function fromWire(step: Step): Step {
  if (step.kind !== "settle" || step.outcome.kind !== "error") return step;
  const { error } = step.outcome;
  if (typeof error !== "object" || error === null || !("message" in error) || !("name" in error)) return step;
  const restored = new Error(String(error.message));
  if (error.name !== restored.name) restored.name = String(error.name);
  const outcome: Outcome = { kind: "error", error: restored };
  return { ...step, outcome };
}

/**
 * Writes it to a file that is named after the machine and the steps: the same failure is the same file. Answers its path; `undefined`
 * when a payload or the input holds itself, which no file of ours can say: the failure must be told all the same.
 */
export function writeFixture(folder: string, fixture: Fixture): string | undefined {
  let text: string;
  let steps: string;
  try {
    text = JSON.stringify(fixture, bigOut, 2);
    steps = JSON.stringify(fixture.steps, bigOut);
  } catch {
    return undefined;
  }
  const mark = createHash("sha256").update(steps).digest("hex").slice(0, 8);
  const path = join(folder, `${fixture.machine.replaceAll(/[^\w-]/g, "_")}-${mark}.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, `${text}\n`);
  return path;
}

/** JSON has no large whole numbers. */
function bigOut(_name: string, value: unknown): unknown {
  return typeof value === "bigint" ? { $bigint: String(value) } : value;
}

function bigIn(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("$bigint" in value)) return value;
  return typeof value.$bigint === "string" && /^-?\d+$/.test(value.$bigint) ? BigInt(value.$bigint) : value;
}

/** @throws UsageError (`invalid_usage`) when the file cannot be read or is no fixture */
export function readFixture(path: string): Fixture {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"), bigIn);
  } catch (error) {
    throw new UsageError(
      `expected a fixture of a model test at ${path}, but it cannot be read: ${(error as Error).message}`,
    );
  }
  if (!isFixture(value))
    throw new UsageError(`expected a fixture of a model test (format ${FORMAT}) at ${path}, got something else`);
  return { ...value, steps: value.steps.map(fromWire) };
}

function isFixture(value: unknown): value is Fixture {
  if (typeof value !== "object" || value === null || !("format" in value) || value.format !== FORMAT) return false;
  const { machine, steps } = value as { readonly machine?: unknown; readonly steps?: unknown };
  return typeof machine === "string" && Array.isArray(steps) && steps.every(isStep);
}

function isStep(value: unknown): value is Step {
  if (typeof value !== "object" || value === null || !("kind" in value)) return false;
  const step = value as {
    readonly kind: unknown;
    readonly event?: { readonly type?: unknown };
    readonly child?: unknown;
  };
  if (step.kind === "event") return typeof step.event?.type === "string";
  if (step.kind === "report") return typeof step.child === "string" && "snapshot" in step;
  return step.kind === "wait" || (step.kind === "settle" && typeof step.child === "string" && "outcome" in step);
}
