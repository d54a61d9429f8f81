/** Words of the command line as values, or told what was expected in their place. */
import { InvalidArgumentError, Option } from "commander";
import { durationMs } from "../plan/check/duration.ts";

export function wholeNumber(text: string, max: number, min = 1): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}, got "${text}".`);
}

/** Of an option that may be given again. */
export function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}

/** An option that takes a duration between two others. */
export function durationOption(flags: string, text: string, min: string, max: string): Option {
  return new Option(flags, text).argParser((word: string) => {
    const ms = durationMs(word);
    if (ms !== undefined && ms >= durationMs(min)! && ms <= durationMs(max)!) return ms;
    throw new InvalidArgumentError(`Expected a duration from ${min} to ${max}, such as 90s or 10m, got "${word}".`);
  });
}

export function jsonValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`Expected JSON, got something else: ${(error as Error).message}`);
  }
}
