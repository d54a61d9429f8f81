/** What can happen to a machine under test: an event, time, or the end of something that the machine has invoked. */
import type { EventObject } from "xstate";
import { keyOf } from "./state-key.ts";

/** One thing that happens to a machine under test: an event, time, or the end of something that it invoked. */
export type Step<TEvent extends EventObject = EventObject> =
  | { readonly kind: "event"; readonly event: TEvent }
  /** So many milliseconds pass, but no more than until something is due. */
  | { readonly kind: "wait"; readonly ms: number }
  /** An invoked or spawned actor ends. */
  | { readonly kind: "settle"; readonly child: string; readonly outcome: Outcome }
  /** One that the machine follows with `onSnapshot` says what it has come to, and goes on. */
  | { readonly kind: "report"; readonly child: string; readonly snapshot: object };

/** How an invoked or spawned actor ends. */
export type Outcome =
  | { readonly kind: "done"; readonly output?: unknown }
  | { readonly kind: "error"; readonly error: unknown };

const PAYLOAD_CHARS_MAX = 60;

/** The step as a reader says it: `ADD (sku "tea")`, `500 ms pass`, `pay is done`, `pay fails (no money)`. */
export function stepInWords(step: Step): string {
  if (step.kind === "wait") return `${durationInWords(step.ms)} pass`;
  if (step.kind === "settle") return `${step.child} ${outcomeInWords(step.outcome)}`;
  if (step.kind === "report") return `${step.child} says ${valueInWords(step.snapshot)}`;
  const { type, ...payload } = step.event;
  const fields = Object.entries(payload).map(([name, value]) => `${name} ${valueInWords(value)}`);
  return fields.length === 0 ? type : `${type} (${fields.join(", ")})`;
}

function outcomeInWords(outcome: Outcome): string {
  if (outcome.kind === "error") return `fails (${valueInWords(outcome.error)})`;
  return outcome.output === undefined ? "is done" : `is done (${valueInWords(outcome.output)})`;
}

const UNITS = [
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
] as const;

function durationInWords(ms: number): string {
  const [unit, length] = UNITS.find(([, each]) => ms >= each && ms % each === 0) ?? ["ms", 1];
  return `${ms / length} ${unit}`;
}

export function valueInWords(value: unknown): string {
  if (value instanceof Error) return value.message;
  const text = keyOf(value);
  return text.length > PAYLOAD_CHARS_MAX ? `${text.slice(0, PAYLOAD_CHARS_MAX)}…` : text;
}

/** A state's value as dotted paths: `editing.name and saving.idle`. */
export function stateInWords(value: unknown): string {
  const paths = leavesOf(value, "");
  return paths.length === 0 ? "its only state" : paths.join(" and ");
}

function leavesOf(value: unknown, prefix: string): string[] {
  if (typeof value === "string") return [prefix + value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const leaves = leavesOf(inner, `${prefix}${key}.`);
    return leaves.length === 0 ? [prefix + key] : leaves;
  });
}
