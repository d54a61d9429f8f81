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

/** Something that was asked for: carried out in its turn, answered when that is durable. */
export interface WaitingCommand extends Reply {
  /** Answers `false` when it was refused; that is told as any answer is. */
  run(): boolean;
}

export class AskedCommand<T> implements WaitingCommand {
  readonly answered: Promise<T>;
  readonly #command: () => T | PromiseLike<T>;
  readonly #resolve: (answer: T | PromiseLike<T>) => void;
  readonly #reject: (error: unknown) => void;
  #answer: T | PromiseLike<T> | undefined;
  #refusal: { readonly error: unknown } | undefined;

  constructor(command: () => T | PromiseLike<T>) {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.answered = promise;
    this.#command = command;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  run(): boolean {
    try {
      this.#answer = this.#command();
      return true;
    } catch (error) {
      this.#refusal = { error };
      return false;
    }
  }

  resolve(): void {
    if (this.#refusal !== undefined) this.#reject(this.#refusal.error);
    // It was carried out: nobody is answered before.
    else this.#resolve(this.#answer as T);
  }

  reject(error: unknown): void {
    this.#reject(error);
  }
}

export class WaitingCommands {
  readonly #timers: Timers;
  readonly #wake: () => void;
  readonly #isStoring: () => boolean;
  #waiting: WaitingCommand[] = [];
  /** So many of them were taken. */
  #taken = 0;
  #isGathering = false;

  /** `wake` asks for a turn; while `isStoring` there will be one without, when that is over. */
  constructor(timers: Timers, wake: () => void, isStoring: () => boolean = () => false) {
    this.#timers = timers;
    this.#wake = wake;
    this.#isStoring = isStoring;
  }

  get size(): number {
    return this.#waiting.length - this.#taken;
  }

  add(command: WaitingCommand, when: StepTime): void {
    this.#waiting.push(command);
    if (when === "now" || this.size >= LIMITS.commandsTogetherMax) this.#wake();
    else this.#gather();
  }

  /** Takes the oldest. One at a time: whoever is not taken can still be refused. */
  next(): WaitingCommand | undefined {
    const command = this.#waiting[this.#taken];
    if (command === undefined) return undefined;
    this.#taken++;
    if (this.size === 0) this.take();
    return command;
  }

  /** Takes all that are left, oldest first. */
  take(): readonly WaitingCommand[] {
    const left = this.#waiting.slice(this.#taken);
    this.#waiting = [];
    this.#taken = 0;
    return left;
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
