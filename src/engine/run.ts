import type { ActorRef, AnyActorRef, EventObject, InspectionEvent, Observer, Snapshot } from "xstate";
import type { Observable } from "rxjs";
import type { Env } from "../base/env.ts";
import type { Json } from "../base/json.ts";
import type { Tracer } from "../base/tracer.ts";
import type { Executor } from "../executors/executor.ts";
import type { ItemWorktrees } from "../git/run-worktrees.ts";
import type { WorktreeReport } from "../git/worktrees/report.ts";
import type { Reason } from "../items/reason.ts";
import type { ItemStatus, RunOutcome } from "../items/status.ts";
import type { PressureOptions } from "../resources/pressure-options.ts";
import type { Journal, JournalEntry } from "../journal/journal.ts";
import type { TaskChanges } from "../plan/grow/edit-task.ts";
import type { FailurePolicy, Plan, PlanDefinition, Schedule } from "../plan/plan.ts";
import type { Counts, RunSnapshot } from "../items/snapshot.ts";
import type { WhyAnswer } from "../scheduler/why.ts";
import type { Claims } from "./claim.ts";
import type { RollbackResult } from "./rollback-result.ts";
import type { RunTurns } from "./turn.ts";

/** How a run is carried out. What is given here wins over the plan; what neither says has the default named here. */
export interface RunOptions {
  /** Cap on live items. Default: the plan's, else the number of available processors. */
  readonly liveItemsMax?: number;
  /** How many items may be prepared at once, beside the live ones. Default: the plan's, else 3. */
  readonly prepareItemsMax?: number;
  /** When a ready item may start. Default: the plan's, else `as-ready`. */
  readonly schedule?: Schedule;
  /** What a failed item does to the others. Default: the plan's, else `isolate`. */
  readonly onFailure?: FailurePolicy;
  /**
   * Longest time of the whole run in milliseconds, from its start, counted over restarts by the wall clock. Then what is live is
   * aborted and the run has failed (`run_deadline`). Default: the plan's, else none.
   */
  readonly deadlineMs?: number;
  /**
   * Holds new items back while the machine is short of memory, file handles or time; one always goes on. `true`: with the plan's
   * limits and the defaults. Default: as the plan's `pressure` says, else off.
   */
  readonly pressure?: boolean | PressureOptions;
  /** Where transitions are kept. Default: memory, so nothing outlives the process. The caller closes what it opened. */
  readonly journal?: Journal;
  /** Tried in order before the built-in function executor. The caller stops what it made. */
  readonly executors?: readonly Executor[];
  /**
   * Where items with `worktree: true` get their worktrees: `itemWorktrees` of `signalbox/git` makes it. What the plan says of
   * worktrees wins over what was given there. A plan with such items needs it.
   */
  readonly worktrees?: ItemWorktrees;
  /** Keys or task ids to run; everything else is left out of the run. Default: all. */
  readonly scope?: readonly string[];
  /** Also run what the scope needs. Default `false`: a need outside the scope is an error. */
  readonly withNeeds?: boolean;
  /** Cancels the run when it is aborted, with the message of its reason; aborted before `start`, nothing starts. */
  readonly signal?: AbortSignal;
  /** XState inspection of the orchestrator and every item actor. */
  readonly inspect?: Observer<InspectionEvent> | ((event: InspectionEvent) => void);
  /**
   * Gets a span for the run and one for each attempt below it: `trace.getTracer(…)` of OpenTelemetry, or anything of its shape. A run
   * that is `open` has no span of its own. Default: nobody is told.
   */
  readonly tracer?: Tracer;
  /** `interpreted` runs the item machine through XState's interpreter instead of its compiled table. Default `compiled`. */
  readonly itemLogic?: "compiled" | "interpreted";
  /** How long an aborted function may take to stop before its slot is given on. Default 5,000 ms. */
  readonly abortGraceMs?: number;
  /**
   * Items without `run` are waited for until somebody claims them (`run.claims`). Default `false`: a run that has only such items
   * left ends as `stalled`.
   */
  readonly awaitClaims?: boolean;
  /**
   * The run does not end by itself: with nothing left to do it waits for `add`, until `close`, `cancel` or its deadline. Its plan may
   * be empty. Default `false`, or as the run was made.
   */
  readonly open?: boolean;
  /** Anything that JSON can carry, kept with the run for whoever lists the runs of a journal. Default: as the run was made. */
  readonly label?: Json;
  /** Clock, timers, chance and ids. Default: those of the process. */
  readonly env?: Env;
  /** Told of what must not be lost but belongs to nobody: an inspector that threw, a function that could not be stopped. Default: a warning of the process. */
  readonly onProblem?: (problem: Error) => void;
}

/** An XState inspector that also wants to know which item an actor stands for: actors are called by their slots. */
export interface RunInspector extends Observer<InspectionEvent> {
  /** Told of each item's actor, with the item's key, before it is started. */
  readonly named?: (actor: AnyActorRef, item: string) => void;
}

/** What `inspectActors` answers. */
export interface ActorInspection {
  /** The actors of live items, as they are now. */
  readonly live: readonly { readonly actor: AnyActorRef; readonly item: string }[];
  /** Ends it. */
  stop(): void;
}

/** How `cancelItem` cancels. */
export interface CancelItemOptions {
  /** Told to the items as the message of their reason. Default: `cancelled`. */
  readonly reason?: string;
  /** Also cancel everything that needs one of them, directly or not. Default `false`: that is blocked. */
  readonly withDependents?: boolean;
}

/** What is published for each transition, in order; the command line and HTTP print it in snake_case. */
export interface RunEvent extends JournalEntry {
  readonly runId: string;
  /** `item.claimed`, `run.finished`, … (contract); the machine's own event word is `event`. */
  readonly name: EventName;
  /** Key and id of the item, when the entry is about one. */
  readonly key?: string;
  readonly itemId?: string;
  /** Only on `run.finished`. */
  readonly result?: RunResult;
}

/** What happened, as it is published. docs/reference/events.md says when each comes. */
export type EventName =
  | "run.started"
  | "run.paused"
  | "run.resumed"
  | "run.settling"
  | "run.rolling_back"
  | "run.finished"
  | "run.cap_changed"
  | "run.note"
  | "layer.started"
  | "layer.finished"
  | "item.added"
  | "item.edited"
  | "item.claimed"
  | "item.done"
  | "item.failed"
  | "item.requeued"
  | "item.released"
  | "item.cancelled"
  | "item.undone"
  | "item.undo_failed"
  | "item.note"
  | "pressure.raised"
  | "pressure.lowered"
  | "worktree.created"
  | "worktree.kept"
  | "worktree.removed";

/** A snapshot as numbers: how many items are in each state, may start, or are held by a failure. */
export interface Progress extends Counts {
  readonly seq: number;
  readonly total: number;
  readonly ready: number;
  readonly blocked: number;
  readonly liveItemsMax: number;
  readonly elapsedMs: number;
  /** What the machine is short of, in words, while that holds new items back. */
  readonly pressure?: string;
}

/** An item that the run left undone, and what held it. */
export interface BlockedItem {
  readonly item: string;
  readonly by: readonly string[];
  /** `blocked_by_failure`, `claim`, `not_started`, `not_tried_again` or `stuck`. */
  readonly reason: string;
  /** Number of its last attempt; absent when it never ran. */
  readonly attempt?: number;
  /** How that attempt ended. */
  readonly lastReason?: Reason;
}

/** How a run ended: what came out, what it took, and what held the items that never ran. */
export interface RunResult {
  readonly runId: string;
  readonly name: string;
  readonly outcome: RunOutcome;
  /** Why the run as a whole was ended: cancelled, out of time, a failure that ends the others; absent when it came to its end. */
  readonly reason?: Reason;
  readonly seq: number;
  readonly counts: Readonly<Record<ItemStatus, number>>;
  readonly durationMs: number;
  /** Sum of the times items were live: what the same work takes one by one. */
  readonly sequentialMs: number;
  readonly liveItemsPeak: number;
  /** For how long pressure held new items back in this process; 0 when it did not. */
  readonly pressureMs: number;
  /** Root failures, in the order in which they happened. */
  readonly failures: readonly { readonly item: string; readonly reason: Reason }[];
  /** Items that the run left undone, each with the items that hold it. */
  readonly blocked: readonly BlockedItem[];
  /** Items that were not to be done: what they need came to something else, their `when` did not hold, or they lost a race. */
  readonly skipped: readonly { readonly item: string; readonly reason: Reason }[];
  /** What was taken back; only when there was a rollback. */
  readonly rollback?: RollbackResult;
  /** The chain of needs that took longest, first to last. */
  readonly criticalPath: readonly { readonly item: string; readonly ms: number }[];
  readonly criticalPathMs: number;
  /** At most ten, slowest first. */
  readonly slowest: readonly { readonly item: string; readonly ms: number }[];
  /**
   * What came out of the worktrees of items, in the order in which they were made: of each item the latest, behind it those of earlier
   * attempts and of undos of which something is left. Absent in a run without.
   */
  readonly worktrees?: readonly WorktreeReport[];
  readonly snapshot: RunSnapshot;
}

/** Snapshot of the orchestrator actor: the run's own state, never a row for each item. */
export type RunActorRef = ActorRef<
  Snapshot<unknown> & { readonly value: unknown; readonly context: unknown },
  EventObject
>;

/** One execution of a plan in this process. `createRun` and `resumeRun` make one; nothing happens before `start()`. */
export interface Run {
  readonly id: string;
  /** The plan with everything durable that was added or edited since. */
  readonly plan: Plan;
  /** The orchestrator's XState actor: `inspect`, `subscribe`, `rxjs.from` and `@xstate/react` work on it. */
  readonly actor: RunActorRef;
  /**
   * Tells an inspector of the run's actor and every item actor from now on, until it is stopped. Unlike the option `inspect` it
   * costs nothing while nobody looks, and whoever looks late gets everything that is live.
   */
  inspectActors(inspector: RunInspector): ActorInspection;
  /** Starts the run (once; later calls give the same promise) and resolves when it has ended and nothing of it is left running. */
  start(): Promise<RunResult>;
  /** The latest durable picture; frozen, O(1). */
  snapshot(): RunSnapshot;
  /** Starts with the current snapshot, then one for each publication. Completes with the run. */
  readonly changes$: Observable<RunSnapshot>;
  readonly progress$: Observable<Progress>;
  /** Every transition from subscription on, in order. */
  readonly audit$: Observable<RunEvent>;
  /**
   * The same as they are stored, those of one step together: for whoever looks at very many, and needs neither names nor keys of items.
   * Those about the run itself are as in `audit$`.
   */
  readonly entries$: Observable<readonly JournalEntry[]>;
  /** Starts nothing new; live items go on. Resolves when durable. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /**
   * Aborts live items, then ends the run as `cancelled`; under `onFailure: rollback` what was done is undone first. A run that is
   * ending already ends as it would. Resolves when nothing of it is left running.
   */
  cancel(reason?: string): Promise<RunResult>;
  /**
   * Cancels what `key` names and has not settled: an item, all items of a task, or everything below a dotted id. What is live
   * is aborted. Resolves with the keys of what it cancelled when that is durable and nothing of it is left running. An item
   * that needs a cancelled one is blocked, unless `withDependents` cancels it too.
   * @throws SignalboxError `item_not_found`, `already_settled` when all of it is done or cancelled, or the run has ended,
   *   `not_ready` while what the run did is being undone
   */
  cancelItem(key: string, options?: CancelItemOptions): Promise<readonly string[]>;
  /**
   * Puts items that have failed for good back to `todo`, with all their attempts before them; what they blocked waits for
   * them again. What was cancelled or skipped meanwhile is final and does not come back. Resolves with their keys when durable.
   * @throws SignalboxError `item_not_found`, `not_ready` when nothing named has failed or the run is ending, `already_settled`
   */
  retry(key: string): Promise<readonly string[]>;
  /**
   * Stops this process's part of the run without ending the run: live attempts are aborted and given back, nothing new
   * starts; `resumeRun` goes on with it. `graceful: false` kills at once.
   */
  stop(options?: { readonly graceful?: boolean; readonly reason?: string }): Promise<void>;
  /** Changes the cap. Lowering it lets live items finish. */
  setCap(liveItemsMax: number): Promise<void>;
  /**
   * Adds items, written as under `tasks` of a plan. They may need what is there and each other, use the plan's pools and join its
   * groups; the plan's `defaults` do not reach them. Resolves with their keys when they are durable: all of them, or none.
   * @throws PlanInvalidError (`invalid_plan`, `plan_cycle`, `plan_empty`, `unsupported_feature`) with every problem, UsageError,
   *   SignalboxError `not_ready` when the run is ending, `already_settled`
   */
  add(tasks: PlanDefinition["tasks"]): Promise<readonly string[]>;
  /**
   * Changes the task of an item that has not started: new values for its keys, written as in a plan; `null` removes a key, and what is
   * not named stays. Resolves when that is durable.
   * @throws PlanInvalidError (`invalid_plan`, `plan_cycle`, `unsupported_feature`) with every problem, UsageError, SignalboxError
   *   `item_not_found`, `already_claimed`, `already_settled`, `not_ready` when it waits for its next attempt, has failed, or the run
   *   is ending
   */
  edit(key: string, changes: TaskChanges): Promise<void>;
  /** Nothing will be added any more: the run ends when everything is done. Resolves when durable. */
  close(): Promise<void>;
  /** For whoever serves others with this run: steps whose answers are stored with what they did. */
  readonly turns: RunTurns;
  /** For workers outside this process: the items without `run`. */
  readonly claims: Claims;
  /** What holds this item now. @throws SignalboxError `item_not_found` */
  why(key: string): WhyAnswer;
}
