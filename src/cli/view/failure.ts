import { harmless } from "../../base/harmless.ts";
import type { Json } from "../../base/json.ts";
import type { Reason } from "../../items/reason.ts";
import type { Paint } from "../terminal/style.ts";
import { describeReason } from "./reason.ts";

const TAIL_SHOWN = 10;

export interface FailureContext {
  readonly paint: Paint;
  readonly showPath: (path: string) => string;
}

/** A failed item for people: why, the last lines it printed, and where all of its output is. */
export function failureDetails(
  item: string,
  reason: Reason | undefined,
  { paint, showPath }: FailureContext,
): string[] {
  const lines = [`  ${paint("bad", "✗")} ${paint("strong", harmless(item))}  ${harmless(describeReason(reason))}`];
  const tail = failureTail(reason).slice(-TAIL_SHOWN);
  for (const line of tail) lines.push(`      ${paint("dim", "|")} ${harmless(line)}`);
  const file = stringIn(reason?.data, "outputFile");
  if (file !== undefined) lines.push(`      all of its output: ${harmless(showPath(file))}`);
  return lines;
}

/** The last lines that a failed item printed, as far as they were kept. */
export function failureTail(reason: Reason | undefined): string[] {
  return stringsIn(reason?.data, "tail");
}

function fieldOf(data: Json | undefined, name: string): Json | undefined {
  if (typeof data !== "object" || data === null || Array.isArray(data)) return undefined;
  return Object.hasOwn(data, name) ? (data as { readonly [key: string]: Json })[name] : undefined;
}

function stringIn(data: Json | undefined, name: string): string | undefined {
  const value = fieldOf(data, name);
  return typeof value === "string" ? value : undefined;
}

function stringsIn(data: Json | undefined, name: string): string[] {
  const value = fieldOf(data, name);
  return Array.isArray(value) ? value.filter((line) => typeof line === "string") : [];
}
