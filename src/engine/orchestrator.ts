/**
 * The loop of a run. It takes what happened (reports, commands, deadlines), lets the machines decide, claims what may start,
 * commits the batch, and then — only then — shows it and carries out its effects.
 *
 * L2 Nothing of a batch is visible before its commit: no snapshot, event, reply, process. Batches become durable in the order in
 *    which they were made, and what follows from one is carried out in that order too.
 * I5 Claims happen only in `admit`, which counts taken slots against the cap.
 * I6 Whenever something is free and something is ready, the same turn claims it: every change ends in `#turn`. What must wait for an
 *    attempt to end (`endings.ts`) is put aside, and ready when that has ended.
 * I7 A failed commit ends the engine: what it had decided since is dropped, and the truth is what the journal holds.
 */
import type { AttemptOutcome, Stage } from "../executors/executor.ts";
import { InternalError, SignalboxError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import type { Journal } from "../journal/journal.ts";
import { startAttempt, stopAttempt } from "./attempt-effects.ts";
import { emptyBatch, isEmpty, join, type Batch, type Start } from "./batch.ts";
import { passDeadline, takeReport } from "./dispatch.ts";
import { follow } from "./follow.ts";
import type { Slot } from "./live-slots.ts";
import { startPrepares } from "./prepare.ts";
import type { Preparing } from "./preparing.ts";
import type { Publisher } from "./publisher.ts";
import type { RunCore } from "./run-core.ts";
import { alreadySettled } from "./run-errors.ts";
import { claim, runOutOfTime } from "./transitions.ts";
import type { StepTime } from "./turn.ts";
import { AskedCommand, WaitingCommands } from "./waiting-commands.ts";

interface Report {
  readonly slot: Slot;
  readonly token: number;
  readonly stage: Stage;
  readonly outcome: AttemptOutcome;
}

export interface OrchestratorParts {
  readonly core: RunCore;
  readonly journal: Journal;
  readonly publisher: Publisher;
  /** Called when nothing is live and nothing can start; may decide things, which the turn then commits. */
  readonly onIdle: () => void;
  /** The engine cannot go on: a failed commit or a bug. Called once. */
  readonly onBroken: (error: SignalboxError) => void;
}

export class Orchestrator {
  readonly #parts: OrchestratorParts;
  readonly #core: RunCore;
  readonly #someStartFirst: boolean;
  readonly #reports: Report[] = [];
  readonly #commands: WaitingCommands;
  /** Batches that are being committed, oldest first. */
  readonly #underWay: Batch[] = [];
  #error: SignalboxError | undefined;
  #inTurn = false;
  #scheduled = false;
  #publishing = false;
  #closed = false;
  readonly #gone = Promise.withResolvers<void>();
  #turnStartedAt = 0;
  #cancelTimer: (() => void) | undefined;
  #timerAt = Infinity;

  constructor(parts: OrchestratorParts) {
    this.#parts = parts;
    this.#core = parts.core;
    this.#someStartFirst = parts.core.parts.executors.some(({ startsFirst }) => startsFirst === true);
    this.#core.enter = (command) => this.command(command);
    const isStoring = (): boolean => this.#underWay.length > 0;
    this.#commands = new WaitingCommands(parts.core.parts.env.timers, () => this.wake(), isStoring);
  }

  /**
   * Runs `command` inside a turn; when the promise resolves to its answer, what it decided is durable. A refusal waits, too: it tells
   * what is not durable yet of what came before it.
   */
  command<T>(command: () => T | PromiseLike<T>, when: StepTime = "now"): Promise<T> {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    const asked = new AskedCommand(command);
    this.#commands.add(asked, when);
    return asked.answered;
  }

  /** Asks for a turn, soon: several reports of one moment share it. */
  wake(): void {
    if (this.#scheduled || this.#inTurn || this.#closed) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#turn();
    });
  }

  get isIdle(): boolean {
    const { core } = this.#parts;
    return core.busy === 0 && this.#reports.length === 0 && this.#commands.size === 0;
  }

  #turn(): void {
    if (this.#inTurn || this.#closed) return;
    this.#inTurn = true;
    try {
      this.#work();
    } catch (error) {
      this.#break(error);
    } finally {
      this.#inTurn = false;
    }
    // Asked for by somebody who was told something in this very turn.
    if (this.#commands.size > 0) this.wake();
  }

  #work(): void {
    const { core } = this.#parts;
    core.tick();
    if (core.mono - this.#turnStartedAt > LIMITS.turnMsMax * 2) this.#turnStartedAt = core.mono;
    for (;;) {
      // What was too much for the batch before.
      follow(core);
      this.#takeReports();
      this.#takeCommands();
      // A command that was refused may have ended it.
      if (this.#closed) return;
      this.#takeDeadlines();
      this.admit();
      // What happens meanwhile waits for the disk and shares its next turn.
      if (this.#underWay.length >= LIMITS.batchesUnderWayMax) return;
      if (isEmpty(core.batch)) {
        if (this.#nothingLeft()) this.#parts.onIdle();
        if (isEmpty(core.batch)) break;
      }
      this.#commit();
      core.tick();
      if (core.mono - this.#turnStartedAt > LIMITS.turnMsMax) {
        this.#yield();
        return;
      }
    }
    this.#publishSoon();
    this.#armTimer();
  }

  /** Turns of one moment share a publication: attempts that end in microtasks would otherwise cost one for each turn. */
  #publishSoon(): void {
    if (this.#publishing || !this.#parts.publisher.isBehind) return;
    this.#publishing = true;
    void this.#core.parts.env.timers.nextTurn().then(() => {
      this.#publishing = false;
      this.#parts.publisher.flush();
    });
  }

  /** Lets input, output and timers have their turn, then goes on. */
  #yield(): void {
    this.#scheduled = true;
    void this.#core.parts.env.timers.nextTurn().then(() => {
      this.#scheduled = false;
      this.#turnStartedAt = this.#core.parts.env.clock.monotonic();
      this.#turn();
    });
  }

  #takeReports(): void {
    const reports = this.#reports;
    // New reports may arrive while these are taken: they wait at the end of the same list.
    for (let i = 0; i < reports.length; i++) {
      const { slot, token, stage, outcome } = reports[i]!;
      if (slot.token === token && slot.stage === stage && slot.phase !== "ended") {
        takeReport(this.#core, slot, outcome);
        follow(this.#core);
      }
    }
    reports.length = 0;
  }

  #takeCommands(): void {
    for (let left = this.#commands.size; left > 0; left--) {
      const command = this.#commands.next()!;
      const isDone = command.run();
      if (this.#error === undefined) this.#core.batch.replies.push(command);
      // It closed the engine: what it decided will never be durable, and those behind it have been refused.
      else return isDone ? command.reject(this.#error) : command.resolve();
      follow(this.#core);
    }
  }

  #takeDeadlines(): void {
    const core = this.#core;
    const { deadlines, startsNothing } = core.parts;
    if (startsNothing) return;
    if (core.endsAt <= core.mono) runOutOfTime(core);
    const next = deadlines.nextAt();
    if (next === undefined || next > core.mono) return;
    for (const key of deadlines.due(core.mono)) {
      passDeadline(core, key);
      follow(core);
    }
  }

  /** Claims everything that may start now. Commands that look at what may be claimed call it first; a turn always does. */
  admit(): void {
    const core = this.#core;
    const { schedule } = core.parts;
    if (!core.mayClaim) return;
    const { cap } = core;
    while (core.slots.live < cap) {
      const item = schedule.next();
      if (item < 0) break;
      if (core.endings.holds(item)) core.places?.freed(item);
      else if (core.preparing?.holdsBack(item) === true) this.#waitForPrepare(core.preparing, item);
      else if (core.executorOf(item) === undefined) this.#offerOutside(item);
      else claim(core, item);
    }
    if (core.preparing !== undefined) startPrepares(core, core.preparing);
    if (core.claimable.hasWaiters) core.claimable.serveWaiters(() => core.slots.live < cap);
  }

  /** It takes no places and no files until it comes back. */
  #waitForPrepare(preparing: Preparing, item: number): void {
    // A claim that was kept over a restart is beyond it.
    if (this.#core.parts.table.statusOf(item) === "claimed") return;
    preparing.turnOf(item);
    this.#core.places?.freed(item);
  }

  /** Nobody holds it yet, so it takes no places and no files until somebody does. */
  #offerOutside(item: number): void {
    // A claim that was kept over a restart has its places.
    if (this.#core.parts.table.statusOf(item) === "claimed") return;
    this.#core.claimable.add(item);
    this.#core.places?.freed(item);
  }

  #nothingLeft(): boolean {
    const { core } = this.#parts;
    if (this.#underWay.length > 0) return false;
    // Nothing starts any more, so what is delayed is not waited for.
    if (core.stopping || core.isEnding) return this.isIdle;
    if (core.isOpen || (core.parts.awaitClaims && core.claimable.size > 0)) return false;
    return this.isIdle && core.parts.deadlines.size === 0 && (core.waiting === 0 || core.runStatus !== "running");
  }

  #commit(): void {
    const core = this.#core;
    const batch = core.batch;
    core.batch = emptyBatch();
    this.#parts.publisher.seal(batch);
    if (batch.seq === 0) {
      // Its replies still tell of the batches before it, which may not be durable.
      const last = this.#underWay.at(-1);
      if (last === undefined) this.#committed(batch);
      else join(last, batch);
      return;
    }
    const durable = this.#append(batch);
    if (durable === undefined) {
      this.#committed(batch);
      return;
    }
    this.#underWay.push(batch);
    durable.then(
      () => {
        this.#underWay.shift();
        if (this.#closed) return;
        try {
          this.#committed(batch);
          this.#turn();
        } catch (error) {
          this.#break(error);
        }
      },
      (error: unknown) => this.#break(error),
    );
  }

  #append(batch: Batch): Promise<void> | undefined {
    try {
      return this.#parts.journal.append(this.#core.parts.runId, batch.entries);
    } catch (error) {
      // Who waits for this batch is told with the others.
      this.#underWay.push(batch);
      throw error;
    }
  }

  #committed(batch: Batch): void {
    const starts = this.#startFirst(batch.starts);
    this.#parts.publisher.publish(batch);
    for (const reply of batch.replies) reply.resolve();
    for (const { slot, token, reason } of batch.aborts)
      if (slot.token === token && slot.phase === "running") this.#stop(slot, reason);
    for (const start of starts) this.#start(start);
  }

  /** Starts what need not wait for the pictures of this batch, so that it starts while they are made; gives the others. */
  #startFirst(starts: readonly Start[]): readonly Start[] {
    if (!this.#someStartFirst) return starts;
    return starts.filter((start) => {
      const { item, stage, holder, stopping } = start.slot;
      const plain = stage === "run" && holder === undefined && stopping === undefined;
      if (!plain || this.#core.executorOf(item)?.startsFirst !== true) return true;
      this.#start(start);
      return false;
    });
  }

  #start({ slot, token, stage }: Start): void {
    // What it was taken for is over, or was started; something else is started when that is durable (L2).
    if (slot.token !== token || slot.stage !== stage || slot.phase !== "pending") return;
    if (slot.holder === undefined) return this.#startOwn(slot, token, stage);
    slot.phase = "running";
    if (slot.stopping !== undefined) this.#stop(slot, slot.stopping);
  }

  #startOwn(slot: Slot, token: number, stage: Stage): void {
    startAttempt(this.#core, slot, (outcome) => this.#report(slot, token, stage, outcome));
  }

  #stop(slot: Slot, reason: string): void {
    // Nothing of it runs here: when it is to stop, its place is free at once.
    if (slot.holder !== undefined) this.#report(slot, slot.token, slot.stage, { kind: "aborted" });
    else stopAttempt(this.#core, slot, reason);
  }

  #report(slot: Slot, token: number, stage: Stage, outcome: AttemptOutcome): void {
    this.#reports.push({ slot, token, stage, outcome });
    if (this.#closed) this.#abandoned(slot, token);
    else this.wake();
  }

  #armTimer(): void {
    const { env, deadlines, startsNothing } = this.#core.parts;
    if (this.#closed || startsNothing) return;
    const next = Math.min(deadlines.nextAt() ?? Infinity, this.#core.endsAt);
    // A timer that is too early stays: when it fires nothing is due, and the right one is set. Each sign of life moves the end of a
    // lease; a timer for each of these ends would cost every turn one.
    if (next === this.#timerAt || (this.#timerAt < next && next < Infinity)) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#timerAt = next;
    if (next === Infinity) return;
    const delay = Math.max(0, Math.min(next - env.clock.monotonic(), LIMITS.timerMsMax));
    this.#cancelTimer = env.timers.after(Math.ceil(delay), () => {
      this.#timerAt = Infinity;
      this.#turn();
    });
  }

  /**
   * Ends the loop for good. Whoever still waits for an answer gets `error`, by default `already_settled`. Resolves when nothing
   * that it started runs any more.
   */
  close(error = alreadySettled()): Promise<void> {
    if (this.#closed) return this.#gone.promise;
    this.#closed = true;
    this.#error = error;
    this.#cancelTimer?.();
    this.#refuseWaiting(error);
    // No turn takes these any more, but they still say that their attempts are over.
    for (const { slot, token } of this.#reports.splice(0)) this.#abandoned(slot, token);
    for (const slot of this.#core.slots.taken()) {
      if (slot.phase === "running") this.#stop(slot, "the run has ended");
      else this.#core.slots.free(slot);
    }
    for (const slot of this.#core.preparing?.taken() ?? []) {
      if (slot.phase === "running") stopAttempt(this.#core, slot, "the run has ended");
      else this.#core.preparing?.free(slot);
    }
    if (this.#core.busy === 0) this.#gone.resolve();
    return this.#gone.promise;
  }

  /** By its token, since a report that is sent twice must not give on a slot that somebody else has meanwhile. */
  #abandoned(slot: Slot, token: number): void {
    const { slots, preparing } = this.#core;
    if (slot.token === token && slot.phase === "running") {
      if (slot.stage === "prepare") preparing?.free(slot);
      else slots.free(slot);
    }
    if (this.#core.busy === 0) this.#gone.resolve();
  }

  #break(error: unknown): void {
    if (this.#closed) return;
    const known =
      error instanceof SignalboxError
        ? error
        : new InternalError("the engine stopped on an unexpected error", { cause: error });
    void this.close(known);
    this.#parts.onBroken(known);
  }

  #refuseWaiting(error: SignalboxError): void {
    for (const { replies } of [...this.#underWay, this.#core.batch]) for (const reply of replies) reply.reject(error);
    for (const command of this.#commands.take()) command.reject(error);
  }
}
