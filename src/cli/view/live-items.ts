import type { RunEvent } from "../../engine/run.ts";
import type { FailureLine } from "./frame.ts";
import { describeReason } from "./reason.ts";
import { stageInWords, stageOfEvent } from "./stage.ts";

/** An item that something runs for. */
export interface LiveItem {
  readonly key: string;
  /** By the monotonic clock. */
  readonly since: number;
  readonly attempt: number;
  /** What runs, when it is not its work; in words. */
  readonly stage: string | undefined;
}

/**
 * What the views have to remember between two pictures: the items that are live and the last failures. Everything
 * else they ask from the run. At most `liveItemsMax` and `prepareItemsMax` items and `FAILURES_KEPT` failures are held, whatever the run's size.
 */
export class LiveItems {
  static readonly FAILURES_KEPT = 20;
  readonly #live = new Map<string, LiveItem>();
  readonly #failures: FailureLine[] = [];

  /** Takes one event. Times are those of the transitions, from which timeouts count too, not those at which they were heard. */
  apply(event: RunEvent): void {
    if (event.key === undefined) return;
    if (event.from === event.to) {
      this.#applyNote(event, event.key);
      return;
    }
    if (event.to === "claimed") {
      this.#live.set(event.key, { key: event.key, since: event.mono, attempt: event.attempt, stage: undefined });
      return;
    }
    this.#live.delete(event.key);
    if (event.to === "todo") this.#forget(event.key);
    if (event.to === "failed") this.#remember({ key: event.key, text: describeReason(event.reason) });
  }

  #applyNote(event: RunEvent, key: string): void {
    const stage = stageOfEvent(event);
    if (stage === "preparing" || stage === "verifying" || stage === "undoing") {
      const since = this.since(key) ?? event.mono;
      // What is prepared is its next attempt.
      const attempt = stage === "preparing" ? event.attempt + 1 : event.attempt;
      this.#live.set(key, { key, since, attempt, stage: stageInWords(stage) });
    } else if (stage !== undefined) this.#live.delete(key);
    if (stage === "undo_failed") this.#remember({ key, text: `undo: ${describeReason(event.reason)}` });
  }

  #remember(failure: FailureLine): void {
    this.#failures.push(failure);
    if (this.#failures.length > LiveItems.FAILURES_KEPT) this.#failures.shift();
  }

  /** It is tried again: not a failure any more. */
  #forget(key: string): void {
    const at = this.#failures.findLastIndex((failure) => failure.key === key);
    if (at >= 0) this.#failures.splice(at, 1);
  }

  /** Oldest first. */
  live(): IterableIterator<LiveItem> {
    return this.#live.values();
  }

  since(key: string): number | undefined {
    return this.#live.get(key)?.since;
  }

  failures(): readonly FailureLine[] {
    return this.#failures;
  }
}
