/** Makes a failing walk short: leaves out every step without which it still fails. */
import type { Step } from "../model/step.ts";
import type { Taken } from "../model/model.ts";
import { possibleSteps, walkThrough, type Fault, type WalkContext } from "./walk.ts";

export interface ShrunkFault extends Fault {
  /** Steps of the walk that failed first. */
  readonly shrunkFrom: number;
}

/** Walks that are tried to find a shorter one. */
const TRIES_MAX = 500;

/** The result is minimal: without any one of its steps it is no failure, or no walk. The same fault is not asked for, a fault is. */
export async function shrink(context: WalkContext, planned: readonly Taken[], fault: Fault): Promise<ShrunkFault> {
  const quiet: WalkContext = { ...context, record: undefined };
  const shrinking = new Shrinking(quiet, fault);
  do await shrinking.leaveOut();
  while (await shrinking.waitLonger());
  return { ...shrinking.best, shrunkFrom: planned.length };
}

class Shrinking {
  best: Fault;
  readonly #context: WalkContext;
  #tries = 0;

  constructor(context: WalkContext, fault: Fault) {
    this.#context = context;
    this.best = fault;
  }

  get #steps(): readonly Step[] {
    return this.best.trace.map(({ step }) => step);
  }

  /** Leaves out pieces, first large ones, from the end: what was needed for the steps that are gone is not needed any more. */
  async leaveOut(): Promise<void> {
    for (let size = Math.max(1, this.#steps.length >> 1); size >= 1; size >>= 1) {
      for (let at = this.#steps.length - size; at >= 0; at--) {
        const fewer = this.#steps.toSpliced(at, size);
        if ((await this.#fails(fewer)) || (await this.#fails(fewer.map(longer)))) at = this.#steps.length - size + 1;
      }
    }
  }

  /** A wait that ends just before something is due hides what would show there. Answers whether that made the walk shorter. */
  async waitLonger(): Promise<boolean> {
    const { length } = this.#steps;
    for (let at = 0; at < this.#steps.length; at++) {
      const step = this.#steps[at]!;
      if (step.kind === "wait") await this.#fails(this.#steps.with(at, longer(step)));
    }
    return this.#steps.length < length;
  }

  /** Whether these steps fail too, in no more of them than the best so far. */
  async #fails(steps: readonly Step[]): Promise<boolean> {
    if (this.#tries++ >= TRIES_MAX) return false;
    const found = await walkThrough(this.#context, possibleSteps(this.#context.model, steps));
    if (found === undefined || found.trace.length > steps.length) return false;
    this.best = found;
    return true;
  }
}

/** Waits until something is due. */
function longer(step: Step): Step {
  return step.kind === "wait" ? { kind: "wait", ms: Infinity } : step;
}
