/** What the entries about a run say that its rows do not: for the life that goes on with it. */
import type { Json } from "../base/json.ts";
import type { Reason } from "../items/reason.ts";
import type { RunOutcome } from "../items/status.ts";
import type { RunSettings } from "./run-settings.ts";
import type { JournalEntry, RecoveredRun } from "../journal/journal.ts";

/** What a run that was settling was going to come to, and why, as the entry says that made it settle. */
export function settlingAs({ status, aboutRun }: RecoveredRun): {
  readonly outcome?: RunOutcome;
  readonly reason?: Reason;
} {
  if (status !== "settling" && status !== "rollingBack") return {};
  const cause = settlingEntry(aboutRun);
  const outcome = cause === undefined ? drainedAs(aboutRun) : cause.event === "cancel" ? "cancelled" : "failed";
  return cause?.reason === undefined ? { outcome } : { outcome, reason: cause.reason };
}

/** What a run came to that rolls back although nobody and nothing had ended it. */
function drainedAs(aboutRun: readonly JournalEntry[]): RunOutcome {
  const data = aboutRun.findLast(({ event, to }) => event === "drained" && to === "rollingBack")?.data;
  return typeof data === "object" && data !== null && "outcome" in data && data.outcome === "cancelled"
    ? "cancelled"
    : "failed";
}

/** The entry that ended a run before its time; `undefined` when it came to its end by itself. */
export function settlingEntry(aboutRun: readonly JournalEntry[]): JournalEntry | undefined {
  return aboutRun.findLast(({ event, from, to }) => (event === "cancel" || event === "abort") && from !== to);
}

/** Whether a run waits for more: it was made so, and nobody has closed it. */
export function isOpen({ open }: Pick<RunSettings, "open">, recovered: RecoveredRun | undefined): boolean {
  return open === true && recovered?.aboutRun.some(({ event }) => event === "close") !== true;
}

/** The cap that a person gave it last. */
export function capGiven(aboutRun: readonly JournalEntry[]): number | undefined {
  return numberIn(aboutRun.findLast(({ event }) => event === "setCap")?.data, "live_items_max");
}

/** The layer that was opened last, and whether it has ended. */
export function layerOpened(
  aboutRun: readonly JournalEntry[],
): { readonly layer: number; readonly isFinished: boolean } | undefined {
  const last = aboutRun.findLast(({ event }) => event === "layer_start" || event === "layer_finish");
  const layer = numberIn(last?.data, "index");
  return layer === undefined ? undefined : { layer, isFinished: last?.event === "layer_finish" };
}

/** The earliest layer that each item that was added or edited may be in, as the entry says; `undefined` where none does. */
export function layerFloors(growth: readonly JournalEntry[]): ((item: number) => number | undefined) | undefined {
  const floors = new Map<number, number>();
  for (const { item, data } of growth) {
    const floor = numberIn(data, "layer_floor");
    if (floor !== undefined) floors.set(item, floor);
  }
  return floors.size === 0 ? undefined : (item) => floors.get(item);
}

function numberIn(data: Json | undefined, key: string): number | undefined {
  if (typeof data !== "object" || data === null || Array.isArray(data)) return undefined;
  const value = (data as Readonly<Record<string, Json>>)[key];
  return typeof value === "number" ? value : undefined;
}
