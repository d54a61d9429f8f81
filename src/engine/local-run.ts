/**
 * One run in this process: the public face over the orchestrator. It decides when a run has ended and what it came to; all
 * transitions are in `transitions.ts`, the loop is in `orchestrator.ts`.
 */
import { InternalError, SignalboxError, UsageError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import type { Reason } from "../items/reason.ts";
import type { RunOutcome } from "../items/status.ts";
import { describe, isMap } from "../plan/check/names.ts";
import type { TaskChanges } from "../plan/grow/edit-task.ts";
import type { Plan, PlanDefinition } from "../plan/plan.ts";
import { progressOf } from "../state/progress.ts";
import type { RunSnapshot } from "../items/snapshot.ts";
import type { RunState } from "../state/run-state.ts";
import type { WhyAnswer } from "../scheduler/why.ts";
import { carryAll } from "./at-rest.ts";
import { emptyBatch, isEmpty } from "./batch.ts";
import { Orchestrator } from "./orchestrator.ts";
import { editItem } from "./edit-item.ts";
import { closeToMore } from "./grow.ts";
import { cancelItems, itemsToCancel } from "./item-commands.ts";
import { killAttempts } from "./attempt-effects.ts";
import type { PressureWatch } from "./pressure.ts";
import { followSignal } from "./outside.ts";
import { Publisher } from "./publisher.ts";
import { RemoteClaims } from "./remote-claims.ts";
import { judgeAll } from "./follow.ts";
import { blockedCountOf } from "./outcome.ts";
import { Ending } from "./ending.ts";
import { inspectActors } from "./inspect-actors.ts";
import { recoverItems } from "./recover-items.ts";
import { resultOf } from "./result.ts";
import type { CancelItemOptions, Progress, Run, RunActorRef, RunResult } from "./run.ts";
import type { RunCore } from "./run-core.ts";
import { alreadySettled, interrupted } from "./run-errors.ts";
import { notSteerable } from "./steering.ts";
import { Streams } from "./streams.ts";
import { cancelLive, letGo, offer } from "./transitions.ts";
import type { StepTime } from "./turn.ts";
import { Turns } from "./turns.ts";
import { whyItem } from "./why-item.ts";
import type { ItemRow, Journal, RecoveredRun } from "../journal/journal.ts";

export interface LocalRunParts {
  readonly core: RunCore;
  readonly state: RunState;
  readonly journal: Journal;
  /** Makes the run exist in the journal; awaited before the first batch. Answers what an earlier run has done of it. */
  readonly prepare: () => Promise<readonly ItemRow[]>;
  /** What the journal has of a run that goes on: when it started, which answers it gave. */
  readonly recovered: RecoveredRun | undefined;
  /** Cancels the run when it is aborted. */
  readonly signal: AbortSignal | undefined;
  /** `undefined`: nothing is watched. */
  readonly pressure: PressureWatch | undefined;
  /** Lets go of what the run made for itself. */
  readonly release: () => Promise<void>;
}

export class LocalRun implements Run {
  readonly id: string;
  readonly actor: RunActorRef;
  readonly inspectActors: Run["inspectActors"] = (inspector) => inspectActors(this.#core, inspector);
  readonly claims: RemoteClaims;
  readonly turns: Turns;
  readonly changes$: Run["changes$"];
  readonly audit$: Run["audit$"];
  readonly entries$: Run["entries$"];
  readonly progress$: Run["progress$"];
  readonly #parts: LocalRunParts;
  readonly #core: RunCore;
  readonly #orchestrator: Orchestrator;
  readonly #publisher: Publisher;
  readonly #streams: Streams;
  readonly #ending: Ending;
  readonly #ended = Promise.withResolvers<RunResult>();
  #result: RunResult | undefined;
  #started: Promise<RunResult> | undefined;
  #prepared: Promise<void> | undefined;
  /** Set by the first who has waited for it: the others follow at once, in the order in which they asked. */
  #isPrepared = false;
  /** What is taken over from an earlier run, in the batch that starts this one. */
  #carried: readonly ItemRow[] = [];
  /** It was started, or is being ended: before that nothing is offered, so an idle engine says nothing about the run. */
  #begun = false;
  /** Another process has left it, begun or not: what it held has to be given back, and what it ended known, before anything else. */
  #left: boolean;
  #startedMono = 0;
  #stopped: (() => void) | undefined;
  #isLeaving = false;

  constructor(parts: LocalRunParts) {
    const { core, state, journal } = parts;
    this.#parts = parts;
    this.#core = core;
    this.#ending = new Ending(core);
    this.#left = core.runStatus !== "planned" || core.seq > 0;
    this.id = core.parts.runId;
    this.actor = core.parts.orchestrator.ref;
    this.#streams = new Streams({
      runId: this.id,
      keyOf: (item) => core.parts.plan.taskOf(item)!.key,
      initial: state.snapshot(),
      progress: (snapshot) => this.#progress(snapshot),
      result: () => this.#result,
    });
    ({
      changes$: this.changes$,
      audit$: this.audit$,
      entries$: this.entries$,
      progress$: this.progress$,
    } = this.#streams);
    core.isWatched = () => this.#streams.isWatched;
    this.#publisher = new Publisher(core, state, this.#streams, journal.durable);
    this.#orchestrator = new Orchestrator({
      core,
      journal,
      publisher: this.#publisher,
      onIdle: () => this.#idle(),
      onBroken: (error) => void this.#break(error),
    });
    const ask = this.#ask.bind(this);
    this.claims = new RemoteClaims(core, { ask, admit: () => this.#orchestrator.admit() });
    const answers = parts.recovered?.answers ?? [];
    this.turns = new Turns({ core, claims: this.claims, answers, ask, isBegun: () => this.#begun });
    // Whoever calls `start` hears of a failure; nobody else must be punished for not listening.
    this.#ended.promise.catch(() => {});
  }

  get plan(): Plan {
    return this.#publisher.plan;
  }

  start(): Promise<RunResult> {
    this.#started ??= this.#begin();
    return this.#started;
  }

  snapshot(): RunSnapshot {
    return this.#publisher.latest();
  }

  pause(): Promise<void> {
    return this.#steer({ type: "pause" });
  }

  resume(): Promise<void> {
    return this.#steer({ type: "resume" });
  }

  async cancel(reason = "cancelled"): Promise<RunResult> {
    // Refused only when the run ends otherwise, or has ended: its own promise says how.
    const heard = this.#ask(() => this.#cancel({ code: "cancelled", message: reason })).catch(() => {});
    await this.#prepare();
    await heard;
    return this.#ended.promise;
  }

  async cancelItem(key: string, options: CancelItemOptions = {}): Promise<readonly string[]> {
    const given: unknown = options;
    if (!isMap(given)) throw new UsageError(`expected options to be an object, got ${describe(given)}`);
    const core = this.#core;
    const named = itemsToCancel(core, key, options.withDependents === true);
    const reason = { code: "cancelled", message: options.reason ?? "cancelled" };
    const cancelled = await this.#ask(() => cancelItems(core, key, named, reason, "user"));
    await Promise.all(cancelled.map((item) => core.gone(item)));
    return cancelled.map((item) => this.plan.taskOf(item)!.key);
  }

  async retry(key: string): Promise<readonly string[]> {
    return (await this.turns.turn((turn) => turn.retry(key))).answer;
  }

  async add(tasks: PlanDefinition["tasks"]): Promise<readonly string[]> {
    return (await this.turns.turn((turn) => turn.add(tasks))).answer;
  }

  close(): Promise<void> {
    return this.#ask(() => closeToMore(this.#core));
  }

  edit(key: string, changes: TaskChanges): Promise<void> {
    return this.#ask(() => editItem(this.#core, key, changes, this.#begun));
  }

  setCap(liveItemsMax: number): Promise<void> {
    if (!Number.isSafeInteger(liveItemsMax) || liveItemsMax < 1 || liveItemsMax > LIMITS.liveItemsMax) {
      return Promise.reject(
        new UsageError(
          `expected liveItemsMax to be a whole number from 1 to ${LIMITS.liveItemsMax}, got ${liveItemsMax}`,
        ),
      );
    }
    return this.#ask(() => {
      const data = { live_items_max: liveItemsMax };
      if (!this.#core.decide({ type: "setCap", liveItemsMax }, { actor: "user", data })) throw alreadySettled();
      this.#core.liveItemsMax = liveItemsMax;
    });
  }

  async stop(options: { readonly graceful?: boolean; readonly reason?: string } = {}): Promise<void> {
    if (this.#result !== undefined) return;
    if (this.#started === undefined) {
      this.#started = this.#ended.promise;
      // Nothing was ever asked of it, so there is nothing to wait for.
      if (this.#prepared === undefined) return this.#leave();
    }
    // From here on, not from its turn: attempts that are killed now must be given back, not counted.
    this.#core.stopping = true;
    const stopped = new Promise<void>((resolve) => {
      this.#stopped = resolve;
    });
    if (options.graceful === false) killAttempts(this.#core);
    await this.#ask(() => this.#beginStop(options.reason ?? "stopped")).catch(() => {});
    await Promise.race([stopped, this.#ended.promise.catch(() => {})]);
  }

  why(key: string): WhyAnswer {
    return whyItem(this.#core, key);
  }

  async #begin(): Promise<RunResult> {
    this.#startedMono = this.#core.parts.env.clock.monotonic();
    followSignal(this, this.#parts.signal, this.#ended.promise);
    try {
      await this.#ask(() => this.#startOrGoOn());
    } catch (error) {
      if (this.#core.hasEnded) return this.#ended.promise;
      void this.#break(
        error instanceof SignalboxError ? error : new InternalError("the run could not start", { cause: error }),
      );
    }
    return this.#ended.promise;
  }

  #prepare(): Promise<void> {
    this.#prepared ??= this.#parts.prepare().then((carried) => void (this.#carried = carried));
    return this.#prepared;
  }

  /** Carries out a command, durably, on a run that exists in the journal and holds nothing that nobody runs. */
  #ask<T>(command: () => T | PromiseLike<T>, when?: StepTime): Promise<T> {
    if (this.#isPrepared) return this.#orchestrator.command(() => this.#carryOut(command), when);
    return this.#prepare().then(() => {
      this.#isPrepared = true;
      return this.#ask(command, when);
    });
  }

  #carryOut<T>(command: () => T): T {
    try {
      // Nothing follows the entry that tells of the stop: what it let go of is another process's now.
      if (this.#isLeaving) throw interrupted(this.id);
      if (this.#left) recoverItems(this.#core);
      this.#left = false;
      return command();
    } catch (error) {
      if (this.#core.parts.startsNothing) this.#forget();
      throw error;
    }
  }

  /** A change that is refused leaves no trace: what was recovered for it is not entered either. */
  #forget(): void {
    void this.#leave();
    this.#core.batch = emptyBatch();
  }

  #startOrGoOn(): void {
    const core = this.#core;
    if (core.hasEnded) return;
    this.#begun = true;
    core.begun = true;
    const { deadlineMs } = core.parts;
    // Counted by the wall clock over restarts, by the monotonic one within a life.
    if (deadlineMs !== undefined)
      core.endsAt = core.mono + (this.#parts.recovered?.startedAt ?? core.at) + deadlineMs - core.at;
    if (core.runStatus === "planned") {
      core.decide({ type: "start" });
      carryAll(core, this.#carried);
      this.#carried = [];
    } else if (core.runStatus === "paused") core.decide({ type: "resume" }, { actor: "recovery" });
    this.#parts.pressure?.startFor(core, (apply) => this.#orchestrator.command(apply));
    core.onStarted();
    judgeAll(core);
    for (let item = 0; item < core.parts.table.size; item++) offer(core, item);
  }

  async #steer(event: { type: "pause" | "resume" }): Promise<void> {
    if (this.#started === undefined) throw notSteerable(event.type, undefined);
    await this.#ask(() => {
      if (!this.#core.decide(event, { actor: "user" })) throw notSteerable(event.type, this.#core.runStatus);
    });
  }

  #cancel(reason: Reason): void {
    const core = this.#core;
    this.#begun = true;
    if (!core.decide({ type: "cancel", reason }, { reason, actor: "user" })) return;
    core.abortReason = "cancelled";
    for (const slot of core.slots.taken()) cancelLive(core, slot, reason, "user");
    core.preparing?.stopAll(core.batch, "cancelled");
    if (core.runStatus === "cancelled") this.#finish("cancelled");
  }

  #beginStop(reason: string): void {
    const core = this.#core;
    if (core.hasEnded) return;
    core.abortReason = reason;
    this.#isLeaving = true;
    core.recordRun("stop", { actor: "user", reason: { code: "interrupted", message: reason } });
    for (const slot of core.slots.taken()) {
      if (slot.phase === "ended" || slot.stopping !== undefined) continue;
      if (slot.holder !== undefined) {
        letGo(core, slot);
        continue;
      }
      slot.stopping = reason;
      core.batch.aborts.push({ slot, token: slot.token, reason });
    }
    core.preparing?.stopAll(core.batch, reason);
  }

  /** Nothing is live and nothing can start: the run has ended, or this process's part of it has, or it is paused. */
  #idle(): void {
    const core = this.#core;
    if (core.stopping) {
      void this.#leave();
      return;
    }
    if (!this.#begun) return;
    const outcome = this.#ending.decide();
    if (outcome !== undefined) this.#finish(outcome);
    // What has to be undone is left to the process that goes on.
    else if (core.parts.startsNothing && isEmpty(core.batch)) void this.#leave();
  }

  #finish(outcome: RunOutcome): void {
    const core = this.#core;
    this.#result = undefined;
    const finishedMono = core.mono;
    core.batch.replies.push({ resolve: () => void this.#settle(this.#result!), reject: () => {} });
    this.#publisher.onFinal = (snapshot) => {
      const startedAt = this.#parts.recovered?.startedAt;
      const durationMs = startedAt === undefined ? finishedMono - this.#startedMono : Math.max(0, core.at - startedAt);
      const pressureMs = this.#parts.pressure?.heldMs() ?? 0;
      this.#result = resultOf(core, outcome, { durationMs, pressureMs, snapshot, rollback: this.#ending.rollback });
    };
  }

  async #settle(result: RunResult): Promise<void> {
    await this.#orchestrator.close();
    await this.#parts.release();
    this.#core.claimable.close();
    this.#streams.complete();
    this.#ended.resolve(result);
  }

  /** The process's part ends, the run does not: it stays `running` in the journal. */
  async #leave(): Promise<void> {
    const error = interrupted(this.id);
    await this.#orchestrator.close(error);
    await this.#parts.release();
    this.#core.claimable.close();
    this.#streams.complete();
    this.#ended.reject(error);
    this.#stopped?.();
  }

  async #break(error: SignalboxError): Promise<void> {
    await this.#orchestrator.close();
    await this.#parts.release();
    this.#core.claimable.close();
    this.#streams.error(error);
    this.#ended.reject(error);
  }

  #progress(snapshot: RunSnapshot): Progress {
    const core = this.#core;
    return {
      ...progressOf(snapshot.counts),
      seq: snapshot.seq,
      ready: core.waiting + core.claimable.size,
      blocked: blockedCountOf(core),
      liveItemsMax: core.liveItemsMax,
      elapsedMs: core.parts.env.clock.monotonic() - this.#startedMono,
      ...(core.pressure !== undefined && { pressure: core.pressure.message ?? core.pressure.code }),
    };
  }
}
