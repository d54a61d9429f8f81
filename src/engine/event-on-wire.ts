/**
 * Published transitions as JSON: snake_case, times as ISO 8601, durations in `_ms`. One shape for `--json` of `run`, `resume` and
 * `log`, and for what goes over HTTP.
 */
import { isoTime } from "../base/iso-time.ts";
import type { Json } from "../base/json.ts";
import { reportData } from "../executors/worktree-executor.ts";
import type { WorktreeReport } from "../git/worktrees/report.ts";
import type { Reason } from "../items/reason.ts";
import type { RollbackResult } from "./rollback-result.ts";
import type { BlockedItem, RunEvent, RunResult } from "./run.ts";

export interface WireEvent {
  readonly seq: number;
  readonly at: string;
  readonly run_id: string;
  readonly event: string;
  readonly item?: string;
  readonly item_id?: string;
  readonly attempt?: number;
  readonly from: string;
  readonly to: string;
  readonly actor: string;
  readonly reason?: Reason;
  readonly [more: string]: unknown;
}

/** One published transition. */
export function eventOnWire(event: RunEvent): WireEvent {
  const { seq, at, runId, name, key, itemId, attempt, from, to, actor, reason, result } = event;
  return {
    seq,
    at: isoTime(at),
    run_id: runId,
    event: name,
    ...(key === undefined ? {} : { item: key, item_id: itemId!, attempt }),
    from,
    to,
    actor,
    ...(reason === undefined ? {} : { reason: reasonOnWire(reason) }),
    ...factsOnWire(event),
    ...(result === undefined ? {} : resultOnWire(result)),
  };
}

/**
 * Facts of the transition itself: a layer's index and count, the delay of a retry, a new cap, which keys were edited. An output is
 * not one of them, nor what was prepared, and the task of an item that was added is none of the listener's: it may hold secrets.
 */
function factsOnWire({ name, event, data }: RunEvent): object {
  // What somebody was answered is theirs alone: it may hold the token of a claim.
  if (name === "run.note" && event === "answer") return {};
  if (name === "item.done" || name === "item.added" || typeof data !== "object" || data === null || Array.isArray(data))
    return {};
  if (event === "prepared") {
    const { output: _, ...facts } = data as { readonly output?: Json };
    return facts;
  }
  if (name !== "item.edited") return data;
  const { changed } = data as { readonly changed?: Json };
  return { changed };
}

/** Data of a reason is in camelCase in the library, like everything there. */
export function reasonOnWire({ data, ...reason }: Reason): Reason {
  if (typeof data !== "object" || data === null || Array.isArray(data))
    return data === undefined ? reason : { ...reason, data };
  const renamed = Object.entries(data).map(([key, value]) => [
    key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value,
  ]);
  // `fromEntries` defines, so that no key of the user's can reach a prototype.
  return { ...reason, data: Object.fromEntries(renamed) as Json };
}

/** How a run ended; part of `run.finished`. */
export function resultOnWire(result: RunResult): object {
  return {
    outcome: result.outcome,
    ...(result.reason === undefined ? {} : { reason: reasonOnWire(result.reason) }),
    counts: result.counts,
    duration_ms: Math.round(result.durationMs),
    sequential_ms: Math.round(result.sequentialMs),
    critical_path_ms: Math.round(result.criticalPathMs),
    live_items_peak: result.liveItemsPeak,
    ...(result.pressureMs > 0 && { pressure_ms: Math.round(result.pressureMs) }),
    failures: result.failures.map(({ item, reason }) => ({ item, reason: reasonOnWire(reason) })),
    blocked: result.blocked.map(blockedOnWire),
    skipped: result.skipped.map(({ item, reason }) => ({ item, reason: reasonOnWire(reason) })),
    ...(result.rollback !== undefined && { rollback: rollbackOnWire(result.rollback) }),
    ...(result.worktrees !== undefined && { worktrees: result.worktrees.map(worktreeOnWire) }),
  };
}

/** An item that was left undone. */
export function blockedOnWire({ lastReason, ...blocked }: BlockedItem): object {
  return { ...blocked, ...(lastReason !== undefined && { last_reason: reasonOnWire(lastReason) }) };
}

/** What came out of an item's worktree. */
export function worktreeOnWire(report: WorktreeReport): object {
  return { item: report.item, ...reportData(report) };
}

/** What was taken back. */
export function rollbackOnWire({ undone, skipped, failed }: RollbackResult): object {
  return { undone, skipped, failed: failed.map(({ item, reason }) => ({ item, reason: reasonOnWire(reason) })) };
}
