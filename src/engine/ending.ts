import type { RunOutcome } from "../items/status.ts";
import { outcomeOf } from "./outcome.ts";
import { Rollback, rollbackOf } from "./rollback.ts";
import type { RunResult } from "./run.ts";
import type { RunCore } from "./run-core.ts";

/** How a run comes to its end: what it amounts to, and that it takes back what it did before it ends. */
export class Ending {
  readonly #core: RunCore;
  /** Once it has begun to take back what it did. */
  #rollback: Rollback | undefined;

  constructor(core: RunCore) {
    this.#core = core;
  }

  /**
   * Called whenever nothing is live and nothing can start. Answers the outcome when the run has ended with that; `undefined` when
   * it goes on, with the next undo or when a person says so.
   */
  decide(): RunOutcome | undefined {
    const core = this.#core;
    const status = core.runStatus;
    if (status === "rollingBack") return this.#rollBack();
    const isOver = status === "running" || status === "settling";
    if (!isOver && !(status === "paused" && core.waiting === 0)) return undefined;
    const outcome = outcomeOf(core);
    this.#count();
    // A life that goes on with the rollback has to know how the run was going to end.
    const facts = core.parts.onFailure === "rollback" ? { data: { outcome } } : {};
    if (!core.decide({ type: "drained", outcome }, facts)) return undefined;
    return core.runStatus === "rollingBack" ? this.#rollBack() : (core.runStatus as RunOutcome);
  }

  /** What was taken back; `undefined` when nothing had to be. */
  get rollback(): RunResult["rollback"] {
    return this.#rollback === undefined ? undefined : rollbackOf(this.#core);
  }

  #rollBack(): RunOutcome | undefined {
    const core = this.#core;
    this.#rollback ??= new Rollback(core);
    if (core.parts.startsNothing && this.#rollback.isLeft) return undefined;
    if (this.#rollback.begin()) return undefined;
    this.#count();
    return core.decide({ type: "rolledBack" }) ? (core.runStatus as RunOutcome) : undefined;
  }

  /** Tells the run machine how many items are in each state. */
  #count(): void {
    const core = this.#core;
    core.decide({ type: "publish", seq: core.seq + 1, counts: { ...core.parts.table.counts } });
  }
}
