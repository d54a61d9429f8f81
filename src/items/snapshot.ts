import type { Json } from "../base/json.ts";
import type { Reason } from "./reason.ts";
import type { ItemStage } from "./stage.ts";
import type { ItemStatus, RunOutcome, RunStatus } from "./status.ts";

/** Number of items in each state; together they are all items. */
export type Counts = Readonly<Record<ItemStatus, number>>;

/** One item in a snapshot; frozen. */
export interface ItemSnapshot {
  readonly key: string;
  readonly number: number;
  readonly status: ItemStatus;
  readonly attempt: number;
  /** Seq of its last transition: its version. 0 when there was none. */
  readonly seq: number;
  readonly claimedAt?: number;
  readonly settledAt?: number;
  /** Time it was live, all its attempts in this life of the process together, by the monotonic clock. */
  readonly liveMs?: number;
  /** Who outside this process holds it, while somebody does. */
  readonly holder?: string;
  readonly reason?: Reason;
  readonly output?: Json;
  /** What goes on beside its state: `verifying`, `undoing`, `undone` or `undo_failed`. */
  readonly stage?: ItemStage;
}

/** All items of a run at one version. Reading is O(1); an old one stays valid for ever. */
export interface Items extends Iterable<ItemSnapshot> {
  readonly size: number;
  get(key: string): ItemSnapshot | undefined;
  at(number: number): ItemSnapshot | undefined;
}

/** One consistent picture of a run: every part of it is of version `seq`. */
export interface RunSnapshot {
  readonly runId: string;
  readonly name: string;
  readonly seq: number;
  readonly status: RunStatus;
  readonly outcome: RunOutcome | undefined;
  readonly counts: Counts;
  readonly items: Items;
}
