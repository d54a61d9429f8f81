/** What travels through a mailbox: requests to a live run and their answers, as JSON, checked like any input. */
import { LIMITS } from "../base/limits.ts";

export const MAIL_COMMANDS = ["cancel", "retry", "pause", "resume"] as const;
export type MailCommand = (typeof MAIL_COMMANDS)[number];

/** The process that a request is for: another one that takes the lock later must not take it. */
export interface MailTo {
  readonly pid: number;
  readonly startedAt: number;
}

export interface MailRequest {
  /** UUID: names the files, and sorts them by time. */
  readonly id: string;
  readonly to: MailTo;
  readonly runId: string;
  readonly command: MailCommand;
  /** What it is about; `undefined`: the run. */
  readonly item?: string | undefined;
  readonly reason?: string | undefined;
  readonly withDependents?: boolean | undefined;
}

export type MailAnswer =
  | { readonly ok: true; readonly items?: readonly string[]; readonly outcome?: string }
  | { readonly ok: false; readonly code: string; readonly message: string };

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const REQUEST_KEYS: ReadonlySet<string> = new Set(["id", "to", "runId", "command", "item", "reason", "withDependents"]);

export function isMailId(text: string): boolean {
  return ID.test(text);
}

/** The request in a text; `undefined` for whatever is none. */
export function requestOf(text: string): MailRequest | undefined {
  const value = mapOf(text);
  if (value === undefined || Object.keys(value).some((key) => !REQUEST_KEYS.has(key))) return undefined;
  const { id, to, runId, command, item, reason, withDependents } = value;
  const sound =
    typeof id === "string" &&
    isMailId(id) &&
    isTo(to) &&
    typeof runId === "string" &&
    isMailId(runId) &&
    isCommand(command) &&
    isText(item, LIMITS.reasonCharsMax) &&
    isText(reason, LIMITS.reasonCharsMax) &&
    (withDependents === undefined || typeof withDependents === "boolean");
  if (!sound) return undefined;
  return { id, to: { pid: to.pid, startedAt: to.startedAt }, runId, command, item, reason, withDependents };
}

/** The answer in a text; `undefined` for whatever is none. */
export function answerOf(text: string): MailAnswer | undefined {
  const value = mapOf(text);
  if (value === undefined) return undefined;
  const { ok, code, message, items, outcome } = value;
  if (ok === false && typeof code === "string" && typeof message === "string") return { ok, code, message };
  if (ok !== true) return undefined;
  return {
    ok,
    ...(isTexts(items) && { items }),
    ...(typeof outcome === "string" && { outcome }),
  };
}

function mapOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

function isTo(value: unknown): value is MailTo {
  if (typeof value !== "object" || value === null) return false;
  const { pid, startedAt } = value as Readonly<Record<string, unknown>>;
  return Number.isSafeInteger(pid) && typeof startedAt === "number";
}

function isCommand(value: unknown): value is MailCommand {
  return (MAIL_COMMANDS as readonly unknown[]).includes(value);
}

function isText(value: unknown, charsMax: number): value is string | undefined {
  return value === undefined || (typeof value === "string" && value.length <= charsMax && value.isWellFormed());
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
