/**
 * What the parts of one run's engine share. The orchestrator owns it; `transitions.ts` changes it; nothing else writes it.
 *
 * I8  One command is one batch: entries of a batch become durable together or not at all.
 * I11 Every change of the table is an entry of the batch, made in the same call (`record`): there is no other way to move an item.
 */
import { createActor, transition, type AnyActorLogic, type AnyActorRef } from "xstate";
import {
  workItemMachine,
  workItemSnapshotOf,
  type WorkItemEvent,
  type WorkItemSnapshot,
} from "../../machines/work-item.ts";
import type { RunMachineEvent, RunMachineSnapshot } from "../../machines/run.ts";
import { assert } from "../base/assert.ts";
import type { Env } from "../base/env.ts";
import { withRoom } from "../base/room.ts";
import type { Json } from "../base/json.ts";
import type { Executor } from "../executors/executor.ts";
import type { Deadlines } from "../items/deadlines.ts";
import type { Reason } from "../items/reason.ts";
import type { ItemStatus, RunStatus } from "../items/status.ts";
import { NOT_YET } from "../journal/fold.ts";
import type { FailurePolicy, Plan } from "../plan/plan.ts";
import type { FileSchedule } from "../scheduler/files.ts";
import type { PlacedSchedule, PoolSchedule } from "../scheduler/pools.ts";
import type { Schedule } from "../scheduler/schedule.ts";
import { emptyBatch, startOf, type Batch } from "./batch.ts";
import type { Ordering } from "./ordering.ts";
import type { Blocking } from "./blocking.ts";
import { Claimable } from "./claimable.ts";
import type { Conditions } from "./conditions.ts";
import { compileItemLogic } from "./compiled-item.ts";
import { Endings } from "./endings.ts";
import type { ItemTable } from "./item-table.ts";
import { LiveSlots, type Slot } from "./live-slots.ts";
import type { Preparing } from "./preparing.ts";
import type { RunResult } from "./run.ts";
import type { OrchestratorActor } from "./orchestrator-actor.ts";

export interface CoreParts {
  readonly runId: string;
  /** The latest one: it may hold what is not durable yet. */
  plan: Plan;
  readonly env: Env;
  readonly epoch: number;
  readonly seq: number;
  readonly table: ItemTable;
  schedule: Schedule;
  readonly ordering: Ordering;
  /** In a plan whose items use pools; around the schedule that orders them. */
  pools: PoolSchedule | undefined;
  /** In a plan whose items declare files; around everything else. */
  files: FileSchedule | undefined;
  readonly deadlines: Deadlines;
  blocking: Blocking;
  /** Only for a plan that asks for more than plain needs. */
  conditions: Conditions | undefined;
  readonly orchestrator: OrchestratorActor;
  readonly onFailure: FailurePolicy;
  /** Prepares at once. */
  readonly prepareItemsMax: number;
  readonly executors: readonly Executor[];
  readonly itemLogic: "compiled" | "interpreted";
  readonly liveItemsMax: number;
  /** Of the whole run, from its first start. */
  readonly deadlineMs: number | undefined;
  readonly onProblem: (problem: Error) => void;
  /** Items that only somebody outside can do are waited for. */
  readonly awaitClaims: boolean;
  /** It waits for more when nothing is left to do. */
  readonly open: boolean;
  /** It is opened only to be changed, and never begun: nothing is undone, no time runs out. */
  readonly startsNothing: boolean;
  /** A journal wants every entry; otherwise only a listener may. */
  readonly keepsEntries: boolean;
}

/** Facts of an entry beyond the transition itself. */
export interface EntryFacts {
  readonly actor?: string;
  readonly reason?: Reason | undefined;
  readonly data?: Json | undefined;
  /** `new`, for an item that is added. */
  readonly from?: typeof NOT_YET;
}

export class RunCore {
  readonly parts: CoreParts;
  readonly slots: LiveSlots;
  readonly claimable: Claimable;
  readonly endings: Endings;
  /** Only for a plan that has a prepare. */
  preparing: Preparing | undefined;
  batch: Batch = emptyBatch();
  /** Carries out a command in a turn of its own; set by the loop. */
  enter: (command: () => void) => Promise<void> = async () => {};
  /** Called within the turn that starts the run or goes on with it. */
  onStarted: () => void = () => {};
  /** What came out of the items' worktrees; `undefined` in a run without. */
  worktreeReports: () => RunResult["worktrees"] = () => undefined;
  /** Whether somebody listens to entries; set by the run, which has the streams. */
  isWatched: () => boolean = () => true;
  seq: number;
  liveItemsMax: number;
  /** Wall and monotonic time of this turn: all entries of one turn happened together. */
  at = 0;
  mono = 0;
  /** When the run's deadline is over, by the monotonic clock. */
  endsAt = Infinity;
  /** Set when this process's part of the run is ending: nothing new starts, aborted attempts are given back. */
  stopping = false;
  /** It was started in this process: what a person asks for before that starts nothing. */
  begun = false;
  /** What the machine is short of: while there is something, one item is live at most. */
  pressure: Reason | undefined;
  /** It waits for more when nothing is left to do. */
  isOpen: boolean;
  /** What attempts that are told to stop now are told as the reason. */
  abortReason = "cancelled";
  /** The slot whose actor is being sent to; the machine's actions act on it. */
  #current: Slot | undefined;
  readonly #itemLogic: AnyActorLogic;
  /** Position of each item's executor; one past the last when there is none. */
  #executorOf: Uint8Array;
  /** Inputs of item actors by attempts budget; shared, since the machine only reads them. */
  readonly #inputs = new Map<number, { readonly attemptsMax: number }>();

  constructor(parts: CoreParts) {
    this.parts = parts;
    this.isOpen = parts.open;
    this.claimable = new Claimable({
      priorityOf: parts.ordering.priorityOf,
      pathOf: parts.ordering.pathOf,
      typeOf: (item) => parts.plan.taskOf(item)!.type,
      fits: (item) => this.places?.fits(item) !== false,
    });
    this.slots = new LiveSlots(parts.table.size);
    this.endings = new Endings(parts, this.slots, () => this.preparing);
    this.seq = parts.seq;
    this.liveItemsMax = parts.liveItemsMax;
    const machine = workItemMachine.provide({
      actions: {
        startAttempt: () => {
          this.batch.starts.push(startOf(this.#current!));
        },
        abortAttempt: () => this.#abort(),
      },
    });
    this.#executorOf = executorNumbers(parts, 0);
    this.#itemLogic = parts.itemLogic === "compiled" ? compileItemLogic(machine) : machine;
  }

  /** What of the schedule knows of more than a slot that items take; `undefined` when they take nothing else. */
  get places(): PlacedSchedule | undefined {
    return this.parts.files ?? this.parts.pools;
  }

  /** Takes the plan after items from `first` on were added, or one was edited. */
  takePlan(plan: Plan, first: number): void {
    this.parts.plan = plan;
    this.parts.table.grow(plan);
    this.slots.grow(plan.graph.size);
    this.#executorOf = withRoom(this.#executorOf, plan.graph.size);
    this.#executorOf.set(executorNumbers(this.parts, first), first);
    this.batch.plan = plan;
    this.endings.forget();
  }

  /** Reads the clocks once for everything that happens until the next call. */
  tick(): void {
    this.at = this.parts.env.clock.now();
    this.mono = this.parts.env.clock.monotonic();
  }

  /** Gives the item an actor in a free slot. */
  spawn(item: number, token: number): Slot {
    const slot = this.slots.take(item, token);
    slot.actor = this.#actorOf(slot);
    return slot;
  }

  /**
   * Sends one event to the actor in the slot, which must bring the item to `expected`. An actor that does not is out of step
   * with its row (it broke, or somebody else sent to it): it is replaced by one made from the row, which is the truth.
   */
  send(slot: Slot, event: WorkItemEvent, expected: ItemStatus): void {
    if (this.#sendOnce(slot, event) === expected) return;
    this.dropActor(slot);
    slot.actor = this.#actorOf(slot);
    const reached = this.#sendOnce(slot, event);
    assert(reached === expected, `item ${slot.item}: ${event.type} should lead to ${expected}, led to ${reached}`);
  }

  #sendOnce(slot: Slot, event: WorkItemEvent): string {
    const actor = slot.actor;
    if (actor === undefined || actor.getSnapshot().status !== "active") return "gone";
    this.#current = slot;
    actor.send(event);
    this.#current = undefined;
    const after = actor.getSnapshot() as WorkItemSnapshot;
    return after.status === "error" ? "error" : after.value;
  }

  /** Checks with the machine that an item that nobody holds moves so; there is no actor that would have to know. */
  sendAtRest(item: number, event: WorkItemEvent, expected: ItemStatus): void {
    const [{ value }] = transition(workItemMachine, this.#snapshotOf(item), event);
    assert(value === expected, `item ${item}: ${event.type} should lead to ${expected}, led to ${value}`);
  }

  #actorOf(slot: Slot): AnyActorRef {
    const { table, plan, orchestrator } = this.parts;
    const { item, id } = slot;
    const parent = orchestrator.ref as never;
    const actor =
      table.attempt[item] === 0
        ? createActor(this.#itemLogic, { id, parent, input: this.#inputOf(plan.taskOf(item)!.attemptsMax) })
        : createActor(this.#itemLogic, { id, parent, snapshot: this.#snapshotOf(item) });
    orchestrator.named?.(actor, plan.taskOf(item)!.key);
    return actor.start();
  }

  #snapshotOf(item: number): WorkItemSnapshot {
    const { table, plan } = this.parts;
    const context = {
      attemptsMax: plan.taskOf(item)!.attemptsMax,
      attempt: table.attempt[item]!,
      refunded: table.refunded[item]!,
      token: table.token[item]!,
      lastToken: table.lastToken[item]!,
      retryable: table.retryable[item] === 1,
    };
    return workItemSnapshotOf({ status: table.statusOf(item), context });
  }

  #inputOf(attemptsMax: number): { readonly attemptsMax: number } {
    let input = this.#inputs.get(attemptsMax);
    if (input === undefined) this.#inputs.set(attemptsMax, (input = Object.freeze({ attemptsMax })));
    return input;
  }

  /** Drops the actor of a slot that is not in a final state; a final one has stopped by itself. */
  dropActor(slot: Slot): void {
    const actor = slot.actor;
    slot.actor = undefined;
    if (actor?.getSnapshot().status === "active") this.parts.orchestrator.stopChild(actor);
  }

  /** Enters a transition of an item into the table and the batch. */
  record(item: number, event: string, to: ItemStatus, facts: EntryFacts = {}): void {
    const { table, epoch } = this.parts;
    const from = facts.from ?? table.statusOf(item);
    const seq = ++this.seq;
    if (from === to) table.noted(item);
    else if (from !== NOT_YET) table.setStatus(item, to);
    table.seq[item] = seq;
    this.batch.dirty.push(item);
    this.batch.seq = seq;
    // Nobody would read it.
    if (!this.parts.keepsEntries && !this.isWatched()) return;
    const entry = {
      seq,
      at: this.at,
      mono: this.mono,
      epoch,
      item,
      event,
      from,
      to,
      attempt: table.attempt[item]!,
      token: table.token[item]!,
      refunded: table.refunded[item]!,
      actor: facts.actor ?? "engine",
    };
    this.batch.entries.push(withFacts(entry, facts));
  }

  /** Enters something about the run itself; `to` defaults to its present state, for a mere note. */
  recordRun(
    event: string,
    facts: Omit<EntryFacts, "from"> & { readonly from?: RunStatus; readonly to?: RunStatus } = {},
  ): void {
    const status = statusOfRun(this.parts.orchestrator.decided);
    const seq = ++this.seq;
    this.batch.seq = seq;
    this.batch.aboutRun = true;
    const entry = {
      seq,
      at: this.at,
      mono: this.mono,
      epoch: this.parts.epoch,
      item: -1,
      event,
      from: facts.from ?? status,
      to: facts.to ?? status,
      attempt: 0,
      token: 0,
      refunded: 0,
      actor: facts.actor ?? "engine",
    };
    this.batch.entries.push(withFacts(entry, facts));
  }

  /** Lets the run machine decide about an event and records what it decided. `false` when the machine does nothing with it. */
  decide(event: RunMachineEvent, facts: EntryFacts = {}): boolean {
    const { orchestrator } = this.parts;
    // The machine would still take a new cap.
    if (this.hasEnded) return false;
    const from = statusOfRun(orchestrator.decided);
    const next = orchestrator.next(event);
    if (next === undefined) return false;
    const to = statusOfRun(next);
    orchestrator.decide(next);
    this.batch.run = next;
    if (from !== to || facts.data !== undefined) this.recordRun(event.type, { ...facts, from, to });
    return true;
  }

  /** The executor for an item; `undefined` when somebody else has to claim it. */
  executorOf(item: number): Executor | undefined {
    return this.parts.executors[this.#executorOf[item]!];
  }

  /** How many items may be live now: pressure leaves one. */
  get cap(): number {
    return this.pressure === undefined ? Math.min(this.liveItemsMax, this.parts.schedule.liveItemsMax) : 1;
  }

  get runStatus(): RunStatus {
    return statusOfRun(this.parts.orchestrator.decided);
  }

  /** Attempts and prepares of which something runs or is ending. */
  get busy(): number {
    return this.slots.live + (this.preparing === undefined ? 0 : this.preparing.live);
  }

  /** Resolves when nothing of the item runs any more. */
  async gone(item: number): Promise<void> {
    await this.slots.gone(item);
    await this.preparing?.gone(item);
  }

  /** Items that could start: for want of a slot or something else, or of their prepare, they have not. */
  get waiting(): number {
    return this.parts.schedule.size + (this.preparing === undefined ? 0 : this.preparing.away);
  }

  /** Whether anything new may be claimed now, were there room. What follows from what has happened goes first. */
  get mayClaim(): boolean {
    if (this.stopping || !this.begun) return false;
    return this.runStatus === "running" && this.parts.conditions?.pending !== true;
  }

  /** How it ends is decided, and what is left of it is being stopped or taken back. */
  get isEnding(): boolean {
    const status = this.runStatus;
    return status === "settling" || status === "rollingBack";
  }

  /** Its end is decided, durable or not yet. */
  get hasEnded(): boolean {
    return this.parts.orchestrator.decided.status === "done";
  }

  #abort(): void {
    const slot = this.#current!;
    if (slot.stopping !== undefined || slot.phase === "ended") return;
    this.slots.stop(slot, this.abortReason);
    this.batch.aborts.push({ slot, token: slot.token, reason: this.abortReason });
  }
}

/** For the items from `first` on. */
function executorNumbers({ plan, executors }: CoreParts, first: number): Uint8Array {
  const numbers = new Uint8Array(plan.graph.size - first).fill(executors.length);
  for (let item = 0; item < numbers.length; item++) {
    const task = plan.taskOf(first + item)!;
    // Whatever an executor accepts: there is nothing to do.
    if (task.join !== undefined) continue;
    for (let number = 0; number < executors.length; number++) {
      if (!executors[number]!.accepts(task)) continue;
      numbers[item] = number;
      break;
    }
  }
  return numbers;
}

function withFacts<T extends object>(entry: T, facts: Omit<EntryFacts, "from">): T & { reason?: Reason; data?: Json } {
  const full: T & { reason?: Reason; data?: Json } = entry;
  if (facts.reason !== undefined) full.reason = facts.reason;
  if (facts.data !== undefined) full.data = facts.data;
  return full;
}

/** The lifecycle region of the run machine. */
export function statusOfRun(snapshot: RunMachineSnapshot): RunStatus {
  return (snapshot.value as { lifecycle: RunStatus }).lifecycle;
}
