/**
 * A run as one page that needs nothing else: to keep, to send, to put beside a build. No script, no address of anything, and a policy that
 * allows neither; every text of the run is written as text.
 */
import { harmless } from "../../base/harmless.ts";
import { needsOf } from "../../graph/graph.ts";
import type { ItemStatus } from "../../items/status.ts";
import { failureTail } from "../view/failure.ts";
import { formatDuration, formatTime } from "../view/format.ts";
import { describeReason } from "../view/reason.ts";
import type { ExportedAttempt, ExportedItem, RunHistory, Stretch } from "./history.ts";

const STATES: readonly ItemStatus[] = ["failed", "claimed", "done", "cancelled", "todo"];
const WORDS: Readonly<Record<ItemStatus, string>> = {
  done: "✓ done",
  failed: "✗ failed",
  claimed: "◐ live",
  cancelled: "⊘ cancelled",
  todo: "○ never ran",
};

const STYLE = `
:root{color-scheme:light dark;--ink:#12151c;--soft:#4b5364;--line:#dfe3ea;--ground:#fff;--done:#22a568;--failed:#e2483c;--claimed:#4f6ef2;--cancelled:#9aa4b5;--todo:#dd9a12}
@media(prefers-color-scheme:dark){:root{--ink:#eceff4;--soft:#b6becc;--line:#2a303c;--ground:#12151b}}
body{margin:2rem auto;max-width:72rem;padding:0 1rem;background:var(--ground);color:var(--ink);font:14px/1.5 system-ui,sans-serif;font-variant-numeric:tabular-nums}
h1{font-size:1.4rem;margin:0}h2{font-size:1rem;margin:2rem 0 .5rem}.soft{color:var(--soft)}
.bar{display:flex;height:.6rem;gap:1px;border-radius:.3rem;overflow:hidden;margin:1rem 0 .5rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--line)}
th{font-weight:600;color:var(--soft)}td.time{width:34%;padding-right:0}code,pre{font:12px/1.5 ui-monospace,monospace}
pre{margin:.25rem 0 0;white-space:pre-wrap;overflow-wrap:anywhere;color:var(--soft)}svg{display:block;width:100%;height:1.1rem}
${STATES.map((state) => `.${state}{background:var(--${state});fill:var(--${state})}`).join("")}
td.state{white-space:nowrap}`;

const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

export function* htmlReportOf(history: RunHistory): Generator<string> {
  const { summary, items } = history;
  const whole = wholeOf(items);
  yield `<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n`;
  yield `<meta http-equiv="Content-Security-Policy" content="${POLICY}">\n<title>${html(summary.name)}</title>\n<style>${STYLE}</style>\n</head>\n<body>\n`;
  yield headOf(history, whole);
  yield `<h2>Items</h2>\n<table>\n<tr><th>Item</th><th>State</th><th>Attempts</th><th>Live</th><th>When</th></tr>\n`;
  for (const item of items) yield rowOf(history, item, whole);
  yield "</table>\n</body>\n</html>\n";
}

/** From the first attempt to the end of the last. */
function wholeOf(items: readonly ExportedItem[]): Stretch {
  let from = Number.POSITIVE_INFINITY;
  let to = 0;
  for (const { attempts } of items) {
    for (const attempt of attempts) {
      from = Math.min(from, attempt.from);
      to = Math.max(to, attempt.to);
    }
  }
  return { from: Math.min(from, to), to };
}

function headOf({ summary, items, interrupted }: RunHistory, { from, to }: Stretch): string {
  const counts = new Map<ItemStatus, number>(STATES.map((state) => [state, 0]));
  for (const { row } of items) counts.set(row?.status ?? "todo", counts.get(row?.status ?? "todo")! + 1);
  const shown = STATES.filter((state) => counts.get(state)! > 0);
  const began = summary.startedAt ?? summary.createdAt;
  return [
    `<h1>${html(summary.name)}</h1>`,
    `<p class="soft">${html(interrupted ? "interrupted" : summary.status)} · ${formatTime(began)} · ${formatDuration(to - from)} · run <code>${summary.id}</code></p>`,
    `<div class="bar">${shown.map((state) => `<span class="${state}" style="flex-grow:${counts.get(state)}"></span>`).join("")}</div>`,
    `<p>${shown.map((state) => `${WORDS[state]} ${counts.get(state)}`).join(" · ")}</p>\n`,
  ].join("\n");
}

function rowOf({ plan }: RunHistory, { number, key, row, attempts }: ExportedItem, whole: Stretch): string {
  const { title } = plan.tasks[number]!;
  const status = row?.status ?? "todo";
  const needs = [...needsOf(plan.graph, number)].map((need) => plan.tasks[need]!.key);
  const live = attempts.reduce((sum, { from, to }) => sum + to - from, 0);
  const why = row?.reason === undefined || status === "done" ? "" : describeReason(row.reason);
  const tail = status === "failed" ? failureTail(row?.reason).join("\n") : "";
  return [
    `<tr><td>${title === undefined ? "" : `${html(title)}<br>`}<code>${html(key)}</code>`,
    needs.length === 0 ? "" : `<br><span class="soft">needs ${html(needs.join(", "))}</span>`,
    `</td><td class="state">${WORDS[status]}</td><td>${attempts.length}</td><td>${live === 0 ? "" : formatDuration(live)}</td>`,
    `<td class="time">${barsOf(attempts, whole)}${why === "" ? "" : html(why)}${tail === "" ? "" : `<pre>${html(tail)}</pre>`}</td></tr>\n`,
  ].join("");
}

/** The attempts on the time of the whole run; what was given back or cut short has the colour of what was cancelled. */
function barsOf(attempts: readonly ExportedAttempt[], whole: Stretch): string {
  if (attempts.length === 0) return "";
  const scale = 1_000 / Math.max(1, whole.to - whole.from);
  const bars = attempts.map(({ from, to, end }) => {
    const state = end === "live" ? "claimed" : end === "released" || end === "interrupted" ? "cancelled" : end;
    const x = ((from - whole.from) * scale).toFixed(1);
    return `<rect class="${state}" x="${x}" y="3" width="${Math.max(3, (to - from) * scale).toFixed(1)}" height="10"/>`;
  });
  return `<svg viewBox="0 0 1000 16" preserveAspectRatio="none" aria-hidden="true">${bars.join("")}</svg>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function html(text: string): string {
  return harmless(text, { lines: true }).replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign]!);
}
