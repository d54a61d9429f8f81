import type { JournalEntry } from "../journal/journal.ts";
import type { EventName } from "./run.ts";

const ITEM_EVENTS: Readonly<Record<string, EventName>> = {
  claim: "item.claimed",
  complete: "item.done",
  fail: "item.failed",
  timeout: "item.failed",
  requeue: "item.requeued",
  release: "item.released",
  expire: "item.released",
  cancel: "item.cancelled",
  add: "item.added",
};

/** Of entries that moved nothing. */
const NOTES: Readonly<Record<string, EventName>> = {
  undo: "item.undone",
  undo_failed: "item.undo_failed",
  edit: "item.edited",
};

const RUN_EVENTS: Readonly<Record<string, EventName>> = {
  start: "run.started",
  pause: "run.paused",
  resume: "run.resumed",
  recover: "run.resumed",
  setCap: "run.cap_changed",
  pressure: "pressure.raised",
  calm: "pressure.lowered",
  cancel: "run.settling",
  abort: "run.settling",
  layer_start: "layer.started",
  layer_finish: "layer.finished",
};

const FINAL: ReadonlySet<string> = new Set(["done", "failed", "cancelled", "stalled"]);

const WORKTREE_EVENTS: Readonly<Record<string, EventName>> = {
  worktree_created: "worktree.created",
  worktree_kept: "worktree.kept",
  worktree_removed: "worktree.removed",
};

/** The published name of an entry: `noun.participle`, as the contract lists them. A note that moved nothing is `item.note`. */
export function eventNameOf(entry: Pick<JournalEntry, "item" | "event" | "from" | "to">): EventName {
  if (entry.item < 0) {
    if (entry.from !== entry.to && FINAL.has(entry.to)) return "run.finished";
    if (entry.from !== entry.to && entry.to === "rollingBack") return "run.rolling_back";
    return RUN_EVENTS[entry.event] ?? WORKTREE_EVENTS[entry.event] ?? "run.note";
  }
  if (entry.from === entry.to) return NOTES[entry.event] ?? WORKTREE_EVENTS[entry.event] ?? "item.note";
  if (entry.to === "failed") return "item.failed";
  return ITEM_EVENTS[entry.event] ?? "item.note";
}
