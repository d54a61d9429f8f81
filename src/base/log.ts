/**
 * What a server tells those who run it, a line for each event: words for people, or JSON for programs.
 *
 * L1 A line is one line: nothing that came from outside can end it, colour it or move the cursor.
 * L2 Whoever logs passes facts by name; nobody passes a token, a header or a body.
 */
import { harmless } from "./harmless.ts";
import { isoTime } from "./iso-time.ts";

/** The later, the more is told. */
export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export const LOG_FORMATS = ["text", "json"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export type LogFacts = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Log {
  /** Whether anybody reads it; ask before gathering facts that cost something. */
  readonly tells: (level: LogLevel) => boolean;
  /** `event` is a word that does not change; what varies is in the facts. */
  readonly write: (level: LogLevel, event: string, facts?: LogFacts) => void;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Takes a whole line with its end. */
  readonly write: (line: string) => void;
  /** Wall clock, milliseconds. */
  readonly now: () => number;
}

export function makeLog({ level, format, write, now }: LogOptions): Log {
  const most = LOG_LEVELS.indexOf(level);
  const tells = (asked: LogLevel): boolean => LOG_LEVELS.indexOf(asked) <= most;
  const lineOf = format === "json" ? jsonLine : textLine;
  return {
    tells,
    write: (asked, event, facts = {}) => {
      if (tells(asked)) write(lineOf(isoTime(now()), asked, event, facts));
    },
  };
}

export const NO_LOG: Log = { tells: () => false, write: () => {} };

function jsonLine(at: string, level: LogLevel, event: string, facts: LogFacts): string {
  return `${JSON.stringify({ at, level, event, ...facts })}\n`;
}

function textLine(at: string, level: LogLevel, event: string, facts: LogFacts): string {
  const words = Object.entries(facts).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${wordOf(value)}`],
  );
  return `${[at, level, event, ...words].join(" ")}\n`;
}

function wordOf(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  const shown = harmless(value);
  return /^[^\s"=]+$/.test(shown) ? shown : JSON.stringify(shown);
}
