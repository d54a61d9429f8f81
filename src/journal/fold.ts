/**
 * What a sequence of entries adds up to. The stores keep the same by other means, for speed; the tests hold them to this.
 *
 * I9 the state of a run is the fold of its entries, at every seq.
 * I11 the entries alone are enough: nothing of an item's state comes from anywhere else.
 */
import { assert } from "../base/assert.ts";
import { endsStage, stageAfter } from "../items/stage.ts";
import type { ItemStatus, RunStatus } from "../items/status.ts";
import type { ItemRow, JournalEntry } from "./journal.ts";

export const ITEM_STATUSES: readonly ItemStatus[] = ["todo", "claimed", "done", "failed", "cancelled"];
const OPEN_RUN: readonly string[] = ["planned", "running", "paused", "settling", "rollingBack"] satisfies RunStatus[];
const ENDED_RUN: readonly string[] = ["done", "failed", "cancelled", "stalled"] satisfies RunStatus[];

/** What an item was before the entry that adds it to its run. */
export const NOT_YET = "new";
/** The note that says how an item was edited. */
const EDIT = "edit";

/** The entry that keeps the answer to a request, so that the same request gets it again. */
export const ANSWER = "answer";

/** Whether an entry keeps an answer. */
export function isAnswer({ item, event }: Pick<JournalEntry, "item" | "event">): boolean {
  return item < 0 && event === ANSWER;
}

/** Whether an entry changed the plan of its run. */
export function isGrowth({ item, event, from }: Pick<JournalEntry, "item" | "event" | "from">): boolean {
  return item >= 0 && (from === NOT_YET || event === EDIT);
}

export function isItemStatus(word: string): word is ItemStatus {
  return (ITEM_STATUSES as readonly string[]).includes(word);
}

/** An entry about the run moves it only when it leads to one of these words; others (admission, layers) are notes. */
export function isRunStatus(word: string): word is RunStatus {
  return OPEN_RUN.includes(word) || ENDED_RUN.includes(word);
}

export function isEndedRun(status: RunStatus): boolean {
  return ENDED_RUN.includes(status);
}

/** The state of a run that its entries add up to. */
export interface FoldedRun {
  readonly status: RunStatus;
  readonly seq: number;
  readonly epoch: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** Items that an entry is about, by number. */
  readonly items: readonly ItemRow[];
}

/**
 * An item after one more transition.
 * - `holder` is there while it is claimed, `settledAt` while it is done, failed or cancelled.
 * - A note (`from` is `to`) changes `seq`, `updatedAt` and no more than the numbers it carries.
 * - A claim forgets the reason; otherwise it stays until another transition gives one.
 * - `output` is the data of the entry that made it `done`.
 * - `delayedUntil` is there while it is `todo` after a requeue with a delay.
 * - `stage` is what the last note about one says, until the next transition or edit.
 * - `settledSeq` is there when a note came after the transition that made it done, failed or cancelled.
 * - `firstClaimedAt` counts the deadline: it is forgotten while nothing of the attempts' budget is spent.
 */
export function applyEntry(row: ItemRow | undefined, entry: JournalEntry): ItemRow {
  assert(isItemStatus(entry.to), `an item is ${entry.to}`);
  const moved = entry.from !== entry.to;
  const claimed = moved && entry.to === "claimed";
  const settled = entry.to === "done" || entry.to === "failed" || entry.to === "cancelled";
  const unspent = entry.to !== "claimed" && entry.attempt === entry.refunded;
  return rowOf(
    {
      item: entry.item,
      status: entry.to,
      attempt: entry.attempt,
      refunded: entry.refunded,
      token: entry.token,
      seq: entry.seq,
      updatedAt: entry.at,
    },
    {
      holder: entry.to !== "claimed" ? undefined : claimed ? entry.actor : row?.holder,
      claimedAt: claimed ? entry.at : row?.claimedAt,
      claimToken: claimed ? entry.seq : row?.claimToken,
      firstClaimedAt: unspent ? undefined : (row?.firstClaimedAt ?? (claimed ? entry.at : undefined)),
      settledAt: !settled ? undefined : moved ? entry.at : row?.settledAt,
      reason: moved ? (entry.reason ?? (claimed ? undefined : row?.reason)) : row?.reason,
      output: entry.to !== "done" ? undefined : moved ? entry.data : row?.output,
      delayedUntil: moved ? delayedUntil(entry) : row?.delayedUntil,
      ...(moved ? NO_STAGE : stageOf(entry, row)),
      settledSeq: settled && !moved ? (row?.settledSeq ?? row?.seq) : undefined,
    },
  );
}

/** The end of the wait that a requeue begins. */
export function delayedUntil({
  event,
  to,
  at,
  data,
}: Pick<JournalEntry, "event" | "to" | "at" | "data">): number | undefined {
  const isWait =
    event === "requeue" && to === "todo" && typeof data === "object" && data !== null && "delay_ms" in data;
  return isWait && typeof data.delay_ms === "number" && data.delay_ms > 0 ? at + data.delay_ms : undefined;
}

/** Seq of the transition that settled an item: settled items in this order are in the order in which they settled. */
export function settledSeqOf({ settledSeq, seq }: ItemRow): number {
  return settledSeq ?? seq;
}

const NO_STAGE = { stage: undefined, stageReason: undefined };

/** What a note says of a stage; of anything else, what the row says. */
function stageOf(note: JournalEntry, row: ItemRow | undefined): Perhaps<Pick<ItemRow, "stage" | "stageReason">> {
  const stage = stageAfter(note.event);
  if (stage !== undefined) return { stage, stageReason: note.reason };
  if (endsStage(note.event)) return NO_STAGE;
  return { stage: row?.stage, stageReason: row?.stageReason };
}

type Known = Pick<ItemRow, "item" | "status" | "attempt" | "refunded" | "token" | "seq" | "updatedAt">;
type Perhaps<T> = { readonly [K in keyof T]-?: T[K] | undefined };
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The row `known` with the rest put in; what is not known has no key. */
export function rowOf(known: Known, perhaps: Perhaps<Omit<ItemRow, keyof Known>>): ItemRow {
  const row: Mutable<ItemRow> = known;
  if (perhaps.holder !== undefined) row.holder = perhaps.holder;
  if (perhaps.claimedAt !== undefined) row.claimedAt = perhaps.claimedAt;
  if (perhaps.claimToken !== undefined) row.claimToken = perhaps.claimToken;
  if (perhaps.settledAt !== undefined) row.settledAt = perhaps.settledAt;
  if (perhaps.firstClaimedAt !== undefined) row.firstClaimedAt = perhaps.firstClaimedAt;
  if (perhaps.reason !== undefined) row.reason = perhaps.reason;
  if (perhaps.output !== undefined) row.output = perhaps.output;
  if (perhaps.delayedUntil !== undefined) row.delayedUntil = perhaps.delayedUntil;
  if (perhaps.stage !== undefined) row.stage = perhaps.stage;
  if (perhaps.stageReason !== undefined) row.stageReason = perhaps.stageReason;
  if (perhaps.settledSeq !== undefined) row.settledSeq = perhaps.settledSeq;
  return row;
}

/**
 * The state that the entries of one run, in order and from the first, add up to.
 * @param baseSeq up to there the log was compacted: those that are left of it come first, with gaps. Default 0
 */
export function foldAudit(entries: Iterable<JournalEntry>, baseSeq = 0): FoldedRun {
  const items = new Map<number, ItemRow>();
  let run: FoldedRun = { status: "planned", seq: 0, epoch: 1, items: [] };
  for (const entry of entries) {
    const follows = entry.seq <= baseSeq ? entry.seq > run.seq : entry.seq === Math.max(run.seq, baseSeq) + 1;
    assert(follows, `entry ${entry.seq} follows entry ${run.seq}`);
    run = { ...run, seq: entry.seq, epoch: Math.max(run.epoch, entry.epoch) };
    if (entry.item >= 0) items.set(entry.item, applyEntry(items.get(entry.item), entry));
    else if (isRunStatus(entry.to)) run = moveRun(run, entry.to, entry.at);
  }
  return { ...run, items: [...items.values()].sort((a, b) => a.item - b.item) };
}

function moveRun(run: FoldedRun, to: RunStatus, at: number): FoldedRun {
  const { finishedAt: before, ...rest } = run;
  const finishedAt = !isEndedRun(to) ? undefined : run.status === to ? (before ?? at) : at;
  const started = run.startedAt === undefined && to === "running" ? { startedAt: at } : {};
  return { ...rest, status: to, ...started, ...(finishedAt === undefined ? {} : { finishedAt }) };
}
