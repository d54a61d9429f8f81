/** The items of a run as a table for spreadsheets (RFC 4180): a row for each. */
import { harmless } from "../base/harmless.ts";
import { isoTime } from "../base/iso-time.ts";
import { liveMsOf, type ReportedItem, type ReportedRun } from "./reported-run.ts";

const HEAD = [
  "item",
  "title",
  "type",
  "status",
  "priority",
  "attempts",
  "live_ms",
  "started_at",
  "ended_at",
  "actor",
  "needs",
  "reason",
];

export function* csvOf({ items }: ReportedRun): Generator<string> {
  yield `${HEAD.join(",")}\r\n`;
  for (const item of items) yield `${cellsOf(item).map(cellText).join(",")}\r\n`;
}

function cellsOf(item: ReportedItem): string[] {
  const { key, title = "", type = "", status, priority, attempt, attempts, needs, why } = item;
  const first = attempts[0];
  const last = attempts.at(-1);
  return [
    key,
    title,
    type,
    status,
    String(priority),
    String(attempt),
    String(Math.round(liveMsOf(item))),
    first === undefined ? "" : isoTime(Math.round(first.from)),
    last === undefined || last.end === "live" ? "" : isoTime(Math.round(last.to)),
    last?.actor ?? "",
    needs.join(" "),
    why,
  ];
}

/** A spreadsheet takes a text that begins like this for a formula; with an apostrophe in front it stays a text. */
const FORMULA = /^[=+\-@\t\r]/;

function cellText(text: string): string {
  const safe = harmless(text, { lines: true });
  const plain = FORMULA.test(safe) && !/^-?\d+(\.\d+)?$/.test(safe) ? `'${safe}` : safe;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
