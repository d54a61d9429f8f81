/**
 * What was asked of a run and no turn has taken yet.
 *
 * Q1 In the order in which it was asked, whenever it is to be.
 * Q2 What may be done together with others waits until the event loop has read what has arrived and the batch before it is stored, or
 *    until there is enough for a batch. The journal would not take it before that; but it writes one while the next is being made, so
 *    a crowd must not become a single one.
 */
import type { Timers } from "../base/env.ts";
import { LIMITS } from "../base/limits.ts";
import type { Reply } from "./batch.ts";
import type { StepTime } from "./turn.ts";

export interface WaitingCommand {
  readonly run: () => void;
  readonly reply: Reply;
}

export class WaitingCommands {
  readonly #timers: Timers;
  readonly #wake: () => void;
  readonly #isStoring: () => boolean;
  #waiting: WaitingCommand[] = [];
  #isGathering = false;

  /** `wake` asks for a turn; while `isStoring` there will be one without, when that is over. */
  constructor(timers: Timers, wake: () => void, isStoring: () => boolean = () => false) {
    this.#timers = timers;
    this.#wake = wake;
    this.#isStoring = isStoring;
  }

  get size(): number {
    return this.#waiting.length;
  }

  add(command: WaitingCommand, when: StepTime): void {
    this.#waiting.push(command);
    if (when === "now" || this.#waiting.length >= LIMITS.commandsTogetherMax) this.#wake();
    else this.#gather();
  }

  /** All of them, oldest first. */
  take(): readonly WaitingCommand[] {
    const waiting = this.#waiting;
    if (waiting.length > 0) this.#waiting = [];
    return waiting;
  }

  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    void this.#timers.nextTurn().then(() => {
      this.#isGathering = false;
      if (this.size > 0 && !this.#isStoring()) this.#wake();
    });
  }
}
