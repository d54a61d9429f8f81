import { durationText } from "../../base/duration-text.ts";
import { harmless } from "../../base/harmless.ts";
import type { BlockedItem, RunResult } from "../../engine/run.ts";
import type { RunOutcome } from "../../items/status.ts";
import type { Paint, Tone } from "../terminal/style.ts";
import { failureDetails } from "./failure.ts";
import { worktreeLines } from "./worktree-lines.ts";
import { countOf, formatCount, formatList } from "./format.ts";

/** What the summary says beyond the result itself. */
export interface SummaryContext {
  readonly paint: Paint;
  /** A path as the user would write it. */
  readonly showPath: (path: string) => string;
  /** Commands worth typing next, best first. */
  readonly next: readonly string[];
}

const FAILURES_SHOWN = 10;
const BLOCKED_SHOWN = 10;
const PATH_SHOWN = 8;
const SLOWEST_SHOWN = 5;
/** Below this a comparison with one by one says nothing. */
const WORTH_COMPARING_MS = 50;

const TONES: Readonly<Record<RunOutcome, Tone>> = { done: "good", failed: "bad", cancelled: "warn", stalled: "warn" };

/** What a run ends with, as text of bounded length. */
export function renderSummary(result: RunResult, context: SummaryContext): string {
  const parts = [
    headLines(result, context),
    failureLines(result, context),
    rollbackLines(result, context),
    triedLines(result, context),
    blockedLines(result, context),
    worktreeLines(result, context),
    nextLines(context.next),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function headLines(result: RunResult, { paint }: SummaryContext): string[] {
  const outcome = paint(TONES[result.outcome], result.outcome);
  const { reason } = result;
  return [
    `${paint("strong", harmless(result.name))}  ${outcome} in ${durationText(result.durationMs)}`,
    ...(reason === undefined ? [] : [`  ${harmless(reason.message ?? reason.code)}`]),
    `  ${countsInWords(result)}; at most ${formatCount(result.liveItemsPeak)} live at once`,
    ...pressureLines(result),
    ...comparisonLines(result),
    ...pathLines(result),
    ...slowestLines(result),
  ];
}

function countsInWords({ counts, blocked, skipped }: RunResult): string {
  const cancelled = counts.cancelled - skipped.length;
  const words = [`${countOf(counts.done, "item")} done`];
  if (counts.failed > 0) words.push(`${formatCount(counts.failed)} failed`);
  if (skipped.length > 0) words.push(`${formatCount(skipped.length)} skipped`);
  if (cancelled > 0) words.push(`${formatCount(cancelled)} cancelled`);
  const tried = blocked.filter(isTried).length;
  if (tried > 0) words.push(`${formatCount(tried)} not tried again`);
  if (blocked.length > tried) words.push(`${formatCount(blocked.length - tried)} never ran`);
  return words.join(", ");
}

function comparisonLines({ sequentialMs, durationMs }: RunResult): string[] {
  if (sequentialMs < WORTH_COMPARING_MS) return [];
  const times = sequentialMs / Math.max(1, durationMs);
  const factor = times >= 1.05 ? `, ${times.toFixed(1)} times as long` : "";
  return [`  one by one      ${durationText(sequentialMs)}${factor}`];
}

function pressureLines({ pressureMs }: RunResult): string[] {
  if (pressureMs === 0) return [];
  return [`  held back       ${durationText(pressureMs)}, because the machine was short of something`];
}

function pathLines({ criticalPath, criticalPathMs }: RunResult): string[] {
  if (criticalPath.length === 0) return [];
  const keys = criticalPath.map(({ item }) => harmless(item));
  const shown =
    keys.length <= PATH_SHOWN
      ? keys
      : [...keys.slice(0, PATH_SHOWN - 1), `… ${formatCount(keys.length - PATH_SHOWN)} more …`, keys.at(-1)!];
  return [`  critical path   ${durationText(criticalPathMs)}  ${shown.join(" -> ")}`];
}

function slowestLines({ slowest }: RunResult): string[] {
  if (slowest.length < 2) return [];
  const shown = slowest.slice(0, SLOWEST_SHOWN).map(({ item, ms }) => `${harmless(item)} ${durationText(ms)}`);
  return [`  slowest         ${shown.join(", ")}`];
}

function failureLines(result: RunResult, context: SummaryContext): string[] {
  const { failures } = result;
  if (failures.length === 0) return [];
  const lines = [context.paint("bad", `${countOf(failures.length, "item")} failed:`)];
  for (const { item, reason } of failures.slice(0, FAILURES_SHOWN)) {
    lines.push(...failureDetails(item, reason, context));
  }
  if (failures.length > FAILURES_SHOWN) lines.push(`  and ${formatCount(failures.length - FAILURES_SHOWN)} more`);
  return lines;
}

function rollbackLines({ rollback }: RunResult, context: SummaryContext): string[] {
  if (rollback === undefined) return [];
  const { undone, skipped, failed } = rollback;
  const lines = [context.paint("warn", `Rolled back, ${countOf(undone.length, "item")} undone${namesAfter(undone)}`)];
  if (skipped.length > 0) lines.push(`  done, and without an undo: ${namesOf(skipped)}`);
  if (failed.length > 0) lines.push(context.paint("bad", `  done, and not undone, because the undo failed:`));
  for (const { item, reason } of failed.slice(0, FAILURES_SHOWN)) lines.push(...failureDetails(item, reason, context));
  if (failed.length > FAILURES_SHOWN) lines.push(`  and ${formatCount(failed.length - FAILURES_SHOWN)} more`);
  return lines;
}

function namesAfter(keys: readonly string[]): string {
  return keys.length === 0 ? "." : `: ${namesOf(keys)}`;
}

function namesOf(keys: readonly string[]): string {
  return formatList(keys.map((key) => harmless(key)));
}

function isTried({ attempt }: BlockedItem): boolean {
  return attempt !== undefined;
}

/** What was tried and is neither done nor failed for good: the end of the run came first, and its last error is the one to look at. */
function triedLines({ blocked }: RunResult, context: SummaryContext): string[] {
  const tried = blocked.filter(isTried);
  if (tried.length === 0) return [];
  const lines = [context.paint("warn", `${countOf(tried.length, "item")} tried, and not tried again:`)];
  for (const left of tried.slice(0, BLOCKED_SHOWN)) {
    lines.push(...failureDetails(left.item, left.lastReason, context));
    const held = left.by.length > 0 ? `, ${heldInWords(left)}` : "";
    lines.push(`      that was attempt ${left.attempt}${held}`);
  }
  if (tried.length > BLOCKED_SHOWN) lines.push(`  and ${formatCount(tried.length - BLOCKED_SHOWN)} more`);
  return lines;
}

function blockedLines(result: RunResult, { paint }: SummaryContext): string[] {
  const blocked = result.blocked.filter((left) => !isTried(left));
  if (blocked.length === 0) return [];
  const lines = [paint("warn", `${countOf(blocked.length, "item")} never ran:`)];
  for (const left of blocked.slice(0, BLOCKED_SHOWN)) lines.push(`  ${harmless(left.item)}  ${heldInWords(left)}`);
  if (blocked.length > BLOCKED_SHOWN) lines.push(`  and ${formatCount(blocked.length - BLOCKED_SHOWN)} more`);
  return lines;
}

function heldInWords({ by, reason }: BlockedItem): string {
  return by.length > 0
    ? `held by ${formatList(by.map((key) => harmless(key)))}`
    : harmless(reason.replaceAll("_", " "));
}

function nextLines(next: readonly string[]): string[] {
  return next.length === 0 ? [] : ["Next:", ...next.map((command) => `  ${command}`)];
}
