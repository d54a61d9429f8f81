/** The items of a run as a table for spreadsheets (RFC 4180): a row for each. */
import { harmless } from "../../base/harmless.ts";
import { needsOf } from "../../graph/graph.ts";
import { formatTime } from "../view/format.ts";
import { describeReason } from "../view/reason.ts";
import type { ExportedItem, RunHistory } from "./history.ts";

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

export function* csvOf(history: RunHistory): Generator<string> {
  yield `${HEAD.join(",")}\r\n`;
  for (const item of history.items) yield `${cellsOf(history, item).map(cellText).join(",")}\r\n`;
}

function cellsOf({ plan }: RunHistory, { number, key, row, attempts }: ExportedItem): string[] {
  const { title, type, priority } = plan.tasks[number]!;
  const first = attempts[0];
  const last = attempts.at(-1);
  return [
    key,
    title ?? "",
    type ?? "",
    row?.status ?? "todo",
    String(priority),
    String(row?.attempt ?? 0),
    String(Math.round(attempts.reduce((sum, { from, to }) => sum + to - from, 0))),
    first === undefined ? "" : formatTime(Math.round(first.from)),
    last === undefined || last.end === "live" ? "" : formatTime(Math.round(last.to)),
    last?.actor ?? "",
    [...needsOf(plan.graph, number)].map((need) => plan.tasks[need]!.key).join(" "),
    row?.reason === undefined ? "" : describeReason(row.reason),
  ];
}

/** A spreadsheet takes a text that begins like this for a formula; with an apostrophe in front it stays a text. */
const FORMULA = /^[=+\-@\t\r]/;

function cellText(text: string): string {
  const safe = harmless(text, { lines: true });
  const plain = FORMULA.test(safe) && !/^-?\d+(\.\d+)?$/.test(safe) ? `'${safe}` : safe;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
