/**
 * The working state of all items of one run, as columns by item number. The orchestrator is its only writer.
 *
 * I1 A row is what the journal's entries so far fold to, those of the open batch included: the table may be ahead of
 *    the disk, so nothing outside the engine reads it (law L2); the outside reads snapshots.
 * I1b Columns may be longer than `size`, which counts the items: they have room for items that are added.
 * I2 `token > 0` exactly while the status is `claimed`.
 * I2b What is shown of a row changes only with an entry about its item, and `seq` with it: one picture does for all who look at it.
 * I3 `unmet` counts the needs that are not done, or says with 1 that the conditions of a need do not let the item start; an item
 *    with `unmet > 0` is never in the ready queue.
 */
import { withRoom } from "../base/room.ts";
import { SparseColumn } from "../base/sparse-column.ts";
import { dependentsOf, needsOf } from "../graph/graph.ts";
import type { Reason } from "../items/reason.ts";
import type { ItemStage } from "../items/stage.ts";
import type { ItemStatus } from "../items/status.ts";
import type { ItemRow } from "../journal/journal.ts";
import type { Plan } from "../plan/plan.ts";
import type { ItemSnapshot } from "../items/snapshot.ts";
import { KeptOutputs } from "./kept-outputs.ts";

export const STATUSES = ["todo", "claimed", "done", "failed", "cancelled"] as const satisfies readonly ItemStatus[];
const CODES: Readonly<Record<ItemStatus, number>> = { todo: 0, claimed: 1, done: 2, failed: 3, cancelled: 4 };
const TODO = 0;
const DONE = 2;

/** Who holds an item that this process runs itself. */
export const LOCAL_HOLDER = "local";

/** Why a `todo` item with all needs met may not start yet. */
export const HOLD = { delayed: 1, lingering: 2 } as const;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export class ItemTable {
  size: number;
  status: Uint8Array;
  attempt: Int32Array;
  refunded: Int32Array;
  unmet: Int32Array;
  /** Bits of HOLD. */
  holds: Uint8Array;
  token: Float64Array;
  /** The greatest token there was. */
  lastToken: Float64Array;
  /** 1: the last failure may be tried again. */
  retryable: Uint8Array;
  seq: Float64Array;
  claimedAt: Float64Array;
  settledAt: Float64Array;
  liveMs: Float32Array;
  /** By the monotonic clock; only for items with a deadline. */
  readonly firstClaimedAt = new Map<number, number>();
  /** Wall clock until which items wait that another process left between two attempts; taken by the recovery. */
  readonly leftDelays = new Map<number, number>();
  readonly reasons: SparseColumn<Reason>;
  readonly outputs: KeptOutputs;
  /** Who outside this process holds an item; only while it is claimed so. */
  readonly holders: SparseColumn<string>;
  /** Only of items that are being verified or undone, or were undone. */
  readonly stages = new Map<number, ItemStage>();
  /** Why an undo failed. */
  readonly stageReasons = new Map<number, Reason>();
  /** Seq of the transition that settled an item; only of those that were noted since. */
  readonly #settledSeqs = new Map<number, number>();
  readonly #counts = new Int32Array(STATUSES.length);
  /** I2b Of each row the latest picture; a step answers with the one that is published when it is durable. */
  readonly #shown: SparseColumn<ItemSnapshot>;
  #plan: Plan;

  constructor(plan: Plan) {
    const size = plan.graph.size;
    this.size = size;
    this.#plan = plan;
    this.status = new Uint8Array(size);
    this.attempt = new Int32Array(size);
    this.refunded = new Int32Array(size);
    this.unmet = new Int32Array(size);
    this.holds = new Uint8Array(size);
    this.token = new Float64Array(size);
    this.lastToken = new Float64Array(size);
    this.retryable = new Uint8Array(size);
    this.seq = new Float64Array(size);
    this.claimedAt = new Float64Array(size);
    this.settledAt = new Float64Array(size);
    this.liveMs = new Float32Array(size);
    this.reasons = new SparseColumn(size);
    this.outputs = new KeptOutputs(size);
    this.holders = new SparseColumn(size);
    this.#shown = new SparseColumn(size);
    this.#counts[TODO] = size;
    const { needsStart } = plan.graph;
    for (let item = 0; item < size; item++) this.unmet[item] = needsStart[item + 1]! - needsStart[item]!;
  }

  /** Takes a plan that has grown: the new items are `todo`, and wait for their needs. */
  grow(plan: Plan): void {
    const before = this.size;
    const size = plan.graph.size;
    this.#plan = plan;
    this.size = size;
    this.status = withRoom(this.status, size);
    this.attempt = withRoom(this.attempt, size);
    this.refunded = withRoom(this.refunded, size);
    this.unmet = withRoom(this.unmet, size);
    this.holds = withRoom(this.holds, size);
    this.token = withRoom(this.token, size);
    this.lastToken = withRoom(this.lastToken, size);
    this.retryable = withRoom(this.retryable, size);
    this.seq = withRoom(this.seq, size);
    this.claimedAt = withRoom(this.claimedAt, size);
    this.settledAt = withRoom(this.settledAt, size);
    this.liveMs = withRoom(this.liveMs, size);
    for (const column of [this.reasons, this.outputs, this.holders, this.#shown]) column.grow(size);
    this.#counts[TODO]! += size - before;
    for (let item = before; item < size; item++) this.countNeeds(item);
  }

  /** Counts the needs of an item that are not done. */
  countNeeds(item: number): void {
    let unmet = 0;
    for (const need of needsOf(this.#plan.graph, item)) if (this.status[need] !== DONE) unmet++;
    this.unmet[item] = unmet;
  }

  get counts(): Record<ItemStatus, number> {
    const [todo = 0, claimed = 0, done = 0, failed = 0, cancelled = 0] = this.#counts;
    return { todo, claimed, done, failed, cancelled };
  }

  statusOf(item: number): ItemStatus {
    return STATUSES[this.status[item]!]!;
  }

  /** Moves an item and keeps the counts; returns nothing so that nobody mistakes it for the transition itself. */
  setStatus(item: number, to: ItemStatus): void {
    const code = CODES[to];
    this.#counts[this.status[item]!]!--;
    this.#counts[code]!++;
    this.status[item] = code;
    if (this.#settledSeqs.size > 0) this.#settledSeqs.delete(item);
  }

  /** Called before a note of an item gets its seq. */
  noted(item: number): void {
    if (this.status[item]! >= DONE && !this.#settledSeqs.has(item)) this.#settledSeqs.set(item, this.seq[item]!);
  }

  /** Seq of the transition that settled this item: done items in this order are in the order of their completion. */
  settledSeq(item: number): number {
    return this.#settledSeqs.get(item) ?? this.seq[item]!;
  }

  /** Whether it may go into the ready queue now. */
  startable(item: number): boolean {
    return this.status[item] === TODO && this.unmet[item] === 0 && this.holds[item] === 0;
  }

  /** Whether an attempt of it counts: it has begun, whatever its needs come to now. */
  isTried(item: number): boolean {
    return this.attempt[item]! > this.refunded[item]!;
  }

  /** Takes rows of the journal as they are; `claimed` rows stay claimed until the recovery releases them. */
  restore(rows: readonly ItemRow[], monotonicSkew: number): void {
    for (const row of rows) {
      const item = row.item;
      this.setStatus(item, row.status);
      this.attempt[item] = row.attempt;
      this.refunded[item] = row.refunded;
      this.token[item] = row.token;
      this.lastToken[item] = row.claimToken ?? 0;
      this.seq[item] = row.seq;
      this.claimedAt[item] = row.claimedAt ?? 0;
      this.settledAt[item] = row.settledAt ?? 0;
      if (row.settledAt !== undefined && row.claimedAt !== undefined) {
        this.liveMs[item] = Math.max(0, row.settledAt - row.claimedAt);
      }
      const counts = this.#plan.taskOf(item)!.deadlineMs !== undefined;
      if (counts && row.firstClaimedAt !== undefined) this.firstClaimedAt.set(item, row.firstClaimedAt + monotonicSkew);
      if (row.delayedUntil !== undefined) this.leftDelays.set(item, row.delayedUntil);
      if (row.reason !== undefined) this.reasons.set(item, row.reason);
      if (row.output !== undefined) this.outputs.set(item, row.output);
      if (row.holder !== undefined && row.holder !== LOCAL_HOLDER) this.holders.set(item, row.holder);
      if (row.stage !== undefined) this.stages.set(item, row.stage);
      if (row.settledSeq !== undefined) this.#settledSeqs.set(item, row.settledSeq);
      if (row.stageReason !== undefined) this.stageReasons.set(item, row.stageReason);
      if (this.status[item] === DONE) {
        for (const dependent of dependentsOf(this.#plan.graph, item)) this.unmet[dependent]!--;
      }
    }
  }

  /** The row as people see it, frozen but for what its holder said. */
  snapshotOf(item: number): ItemSnapshot {
    const shown = this.#shown.get(item);
    if (shown !== undefined && shown.seq === this.seq[item]) return shown;
    // Whoever sees it in a step must not change what is published after it.
    const picture = Object.freeze(this.#pictureOf(item));
    this.#shown.set(item, picture);
    return picture;
  }

  #pictureOf(item: number): ItemSnapshot {
    const status = this.statusOf(item);
    const key = this.#plan.taskOf(item)!.key;
    // Assigned one by one: spreading conditionals costs ten times as much, and this runs for each published change.
    const snapshot: Writable<ItemSnapshot> = {
      key,
      number: item,
      status,
      attempt: this.attempt[item]!,
      seq: this.seq[item]!,
    };
    if (this.claimedAt[item]! > 0) snapshot.claimedAt = this.claimedAt[item]!;
    if (this.status[item]! >= DONE) {
      snapshot.settledAt = this.settledAt[item]!;
      snapshot.liveMs = this.liveMs[item]!;
    }
    const holder = this.holders.size > 0 ? this.holders.get(item) : undefined;
    if (holder !== undefined) snapshot.holder = holder;
    const reason = this.reasons.size > 0 ? this.reasons.get(item) : undefined;
    if (reason !== undefined) snapshot.reason = reason;
    const output = this.outputs.size > 0 ? this.outputs.get(item) : undefined;
    if (output !== undefined) snapshot.output = output;
    const stage = this.stages.size > 0 ? this.stages.get(item) : undefined;
    if (stage !== undefined) snapshot.stage = stage;
    return snapshot;
  }
}
