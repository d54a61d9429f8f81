/**
 * A run as one page that needs nothing else: to keep, to send, to put beside a build. No script, no address of anything, and a policy that
 * allows neither; every text of the run is written as text.
 */
import { durationText } from "../base/duration-text.ts";
import { isoTime } from "../base/iso-time.ts";
import { markup } from "./markup.ts";
import {
  liveMsOf,
  type ReportedAttempt,
  type ReportedItem,
  type ReportedRun,
  type ReportedState,
} from "./reported-run.ts";

const STATES: readonly ReportedState[] = ["failed", "claimed", "done", "cancelled", "todo"];
const WORDS: Readonly<Record<ReportedState, string>> = {
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

/** From the first attempt to the end of the last. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

export function* htmlReportOf(run: ReportedRun): Generator<string> {
  const whole = wholeOf(run.items);
  yield `<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n`;
  yield `<meta http-equiv="Content-Security-Policy" content="${POLICY}">\n<title>${markup(run.name)}</title>\n<style>${STYLE}</style>\n</head>\n<body>\n`;
  yield headOf(run, whole);
  yield `<h2>Items</h2>\n<table>\n<tr><th>Item</th><th>State</th><th>Attempts</th><th>Live</th><th>When</th></tr>\n`;
  for (const item of run.items) yield rowOf(item, whole);
  yield "</table>\n</body>\n</html>\n";
}

function wholeOf(items: readonly ReportedItem[]): Stretch {
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

function headOf({ id, name, state, startedAt, items }: ReportedRun, { from, to }: Stretch): string {
  const counts = new Map<ReportedState, number>(STATES.map((each) => [each, 0]));
  for (const { status } of items) counts.set(status, counts.get(status)! + 1);
  const shown = STATES.filter((each) => counts.get(each)! > 0);
  return [
    `<h1>${markup(name)}</h1>`,
    `<p class="soft">${markup(state)} · ${isoTime(startedAt)} · ${durationText(to - from)} · run <code>${markup(id)}</code></p>`,
    `<div class="bar">${shown.map((each) => `<span class="${each}" style="flex-grow:${counts.get(each)}"></span>`).join("")}</div>`,
    `<p>${shown.map((each) => `${WORDS[each]} ${counts.get(each)}`).join(" · ")}</p>`,
    items.some(hasLostAttempts) ? COMPACTED : "",
  ].join("\n");
}

const COMPACTED = `<p class="soft">The log was compacted: times and bars are those of the attempts that are left in it.</p>\n`;

function hasLostAttempts({ attempt, attempts }: ReportedItem): boolean {
  return attempt > attempts.length;
}

function attemptsText(item: ReportedItem): string {
  const { attempt, attempts } = item;
  return hasLostAttempts(item) ? `${attempt} <span class="soft">(${attempts.length} shown)</span>` : String(attempt);
}

function rowOf(item: ReportedItem, whole: Stretch): string {
  const { key, title, status, attempts, needs } = item;
  const live = liveMsOf(item);
  const why = status === "done" ? "" : item.why;
  const tail = status === "failed" ? item.tail.join("\n") : "";
  return [
    `<tr><td>${title === undefined ? "" : `${markup(title)}<br>`}<code>${markup(key)}</code>`,
    needs.length === 0 ? "" : `<br><span class="soft">needs ${markup(needs.join(", "))}</span>`,
    `</td><td class="state">${WORDS[status]}</td><td>${attemptsText(item)}</td><td>${live === 0 ? "" : durationText(live)}</td>`,
    `<td class="time">${barsOf(attempts, whole)}${markup(why)}${tail === "" ? "" : `<pre>${markup(tail)}</pre>`}</td></tr>\n`,
  ].join("");
}

/** The attempts on the time of the whole run; what was given back or cut short has the colour of what was cancelled. */
function barsOf(attempts: readonly ReportedAttempt[], whole: Stretch): string {
  if (attempts.length === 0) return "";
  const scale = 1_000 / Math.max(1, whole.to - whole.from);
  const bars = attempts.map(({ from, to, end }) => {
    const state = end === "live" ? "claimed" : end === "released" || end === "interrupted" ? "cancelled" : end;
    const x = ((from - whole.from) * scale).toFixed(1);
    return `<rect class="${state}" x="${x}" y="3" width="${Math.max(3, (to - from) * scale).toFixed(1)}" height="10"/>`;
  });
  return `<svg viewBox="0 0 1000 16" preserveAspectRatio="none" aria-hidden="true">${bars.join("")}</svg>`;
}
