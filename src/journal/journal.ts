import type { Json } from "../base/json.ts";
import type { Reason } from "../items/reason.ts";
import type { ItemStage } from "../items/stage.ts";
import type { ItemStatus, RunStatus } from "../items/status.ts";

/**
 * One transition: the unit of truth. The audit log is these, in order; the state of a run is their fold.
 * `seq` starts at 1 in each run and has no gaps; it is the version number that snapshots, streams and answers speak of.
 */
export interface JournalEntry {
  readonly seq: number;
  /** Wall clock, whole milliseconds since the epoch. */
  readonly at: number;
  /** Monotonic milliseconds within the epoch; orders what the wall clock cannot. */
  readonly mono: number;
  /** Number of the process life that wrote it: 1 for the first, one more for each resume. */
  readonly epoch: number;
  /** Number of the item in the plan; -1 for an entry about the run itself. */
  readonly item: number;
  /** The event that was sent to the machine, one word: `claim`, `complete`, `start`, … */
  readonly event: string;
  /** The state before it; `new` for the entry that adds an item, which takes the next number. */
  readonly from: string;
  /** The state after it. The same as `from`: a note, which moves nothing. For a run any word that is not a `RunStatus` is a note too. */
  readonly to: string;
  /** Attempts of the item so far, this one included; 0 for an entry about the run. */
  readonly attempt: number;
  /** Of these, the attempts that do not count against the budget, after the transition; 0 for an entry about the run. */
  readonly refunded: number;
  /** Fencing token in force after the transition, 0 when none is. A claim's token is the `seq` of its entry. */
  readonly token: number;
  /** Who: `engine`, `recovery`, `cli`, `signal`, or a worker's name. */
  readonly actor: string;
  readonly reason?: Reason;
  /** Output of the item, on `complete`; anything else that the fold needs to rebuild the state. */
  readonly data?: Json;
}

/** What a run is, apart from what happened to it. */
export interface RunRecord {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  /** Canonical JSON of the plan. */
  readonly planText: string;
  readonly planHash: string;
  /** File the plan came from, when there was one; needed again for plans with functions. */
  readonly planFile?: string;
  /** Number of items when it was created. */
  readonly size: number;
  /** Version of the machines that wrote it. */
  readonly machineVersion: string;
  /** Options given for this run: cap, schedule, scope, … */
  readonly options: Json;
}

/** A stored run without its plan and items: what a list of runs shows. `size` counts the items that were added, too. */
export interface RunSummary extends Omit<RunRecord, "planText"> {
  readonly status: RunStatus;
  readonly seq: number;
  readonly epoch: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly counts: Readonly<Record<ItemStatus, number>>;
  /** Up to there the audit log was compacted; no key while it is whole. */
  readonly baseSeq?: number;
}

/** The stored state of one item that an entry is about; the others rest in `todo` and have no row. */
export interface ItemRow {
  readonly item: number;
  readonly status: ItemStatus;
  readonly attempt: number;
  /** Attempts that do not count against the budget: released, interrupted, or forgiven by a requeue. */
  readonly refunded: number;
  readonly token: number;
  readonly seq: number;
  /** Wall clock of the last entry about it, which is that of `seq`. */
  readonly updatedAt: number;
  readonly holder?: string;
  /** Wall clock of the last claim. */
  readonly claimedAt?: number;
  /** Token of the last claim, also when it is over: who reports with it again, reports the same again. */
  readonly claimToken?: number;
  /** Wall clock of its becoming done, failed or cancelled; only while it is. */
  readonly settledAt?: number;
  /** Wall clock of the first claim that counts against the budget: a deadline starts here. */
  readonly firstClaimedAt?: number;
  /** The last one given; a claim forgets it. */
  readonly reason?: Reason;
  readonly output?: Json;
  /** Wall clock until which a `todo` item waits before its next attempt. */
  readonly delayedUntil?: number;
  /** What the last note about a stage says, since its last transition. */
  readonly stage?: ItemStage;
  /** Why that came out as it did, when the note says so. */
  readonly stageReason?: Reason;
  /** Seq of the transition that settled it, when notes came after; else that is `seq`. */
  readonly settledSeq?: number;
}

/** A stored run as it stands: its record, how far it came, and each item that an entry is about. */
export interface RecoveredRun {
  readonly record: RunRecord;
  readonly status: RunStatus;
  /** Seq of the last durable entry, 0 when there is none. */
  readonly seq: number;
  /** Epoch for the process life that recovers: one more than the last. */
  readonly epoch: number;
  readonly startedAt?: number;
  readonly items: readonly ItemRow[];
  /** Entries about the run itself, in order: commands of people, the reason for which it settles, what was added to it. */
  readonly aboutRun: readonly JournalEntry[];
  /** The latest answers to requests that may come again, in order; at most `JOURNAL_LIMITS.answersMax`. Not in `aboutRun`. */
  readonly answers: readonly JournalEntry[];
  /** Entries that added items to the plan or edited them, in order; their data is what changed. Most runs have none. */
  readonly growth: readonly JournalEntry[];
  /** Up to there the audit log was compacted; no key while it is whole. */
  readonly baseSeq?: number;
}

/** The reading half of a journal. */
export interface JournalReader {
  /** Newest first. */
  runs(options?: { readonly limit?: number }): Promise<readonly RunSummary[]>;
  /** The stored run as it stands, without opening an epoch. @throws SignalboxError `run_not_found`, JournalCorruptError */
  read(runId: string): Promise<RecoveredRun>;
  /**
   * Entries with `seq > after`, in order, at most `limit` (default 1,000).
   * @throws SignalboxError `run_not_found`, `history_removed` when some of them were removed by a compaction
   */
  audit(runId: string, options?: AuditOptions): Promise<readonly JournalEntry[]>;
  /** Waits for what is under way, then releases everything. Closing twice is fine. */
  close(): Promise<void>;
}

export interface AuditOptions {
  /** Default: from the first entry on of which none was removed. */
  readonly after?: number;
  readonly limit?: number;
  /**
   * Bytes of reasons and data, about, after which a page ends, however few entries it has; one at least. With it only an empty page
   * says that nothing follows. Default: no limit.
   */
  readonly bytesMax?: number;
  /** Only entries about this item; -1 for those about the run. */
  readonly item?: number;
  /** Only entries with this event word. */
  readonly event?: string;
  /** Also what a compaction has left of the entries before: there are gaps then, and nothing is refused. Default `false`. */
  readonly withGaps?: boolean;
}

/** What of an audit log is to be removed, and where it goes. */
export interface CompactOptions {
  /** Seq of the last entry that may go. Entries that the state there is made of stay. */
  readonly upTo: number;
  /**
   * Directory of the file that gets all these entries first: written, synced, and read again before anything is removed. `false`:
   * they are lost.
   */
  readonly exportTo: string | false;
}

/** What a compaction came to. */
export interface Compaction {
  /** Up to there the log is compacted now; 0 when it is whole. */
  readonly baseSeq: number;
  /** Entries that are gone; 0 when there was nothing to remove, and then nothing was changed. */
  readonly removed: number;
  /** Entries up to `baseSeq` that are still there. */
  readonly kept: number;
  /** The file that has the entries. */
  readonly file?: string;
}

/**
 * What is durable. One writer for each store (invariant I18); entries become visible to readers only when durable.
 * Every implementation passes `test/conformance/journal.ts`.
 *
 * A store refuses entries that do not continue the run: a gap in `seq`, another epoch, a `from` that is not the stored
 * state (InternalError). After any refused or failed append it takes no more: reopen and recover (storage rule 3).
 */
export interface Journal extends JournalReader {
  /** `false`: nothing outlives the process; the engine then need not wait for acknowledgements of the disk. */
  readonly durable: boolean;
  /** Stores a new run, in epoch 1. @throws JournalUnavailableError, UsageError when there is one with this id */
  createRun(record: RunRecord): Promise<void>;
  /**
   * Appends entries, all or none, in order, to a run that this journal created or recovered. Resolves when they are durable
   * (L3, I7), in call order. A store without a disk answers `undefined` at once, and throws at once when it refuses.
   * The caller leaves the entries as they are afterwards, and slows down when many promises are unresolved: more than
   * `JOURNAL_LIMITS.waitingEntriesMax` waiting entries are refused.
   * @throws JournalUnavailableError, InternalError
   */
  append(runId: string, entries: readonly JournalEntry[]): Promise<void> | undefined;
  /** Checks a stored run, opens a new epoch of it durably, and reads it. @throws SignalboxError `run_not_found`, JournalCorruptError */
  recover(runId: string): Promise<RecoveredRun>;
  /**
   * Removes entries of a stored run that its state is not made of, also while it goes on. Whenever the process ends on the way, the
   * log is as it was or as it is to be.
   * @throws UsageError for an `upTo` beyond the last entry, SignalboxError `run_not_found` `state_unwritable` (nothing was removed then),
   *   JournalCorruptError, JournalUnavailableError
   */
  compact(runId: string, options: CompactOptions): Promise<Compaction>;
}
