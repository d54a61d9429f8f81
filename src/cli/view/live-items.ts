import type { RunEvent } from "../../engine/run.ts";
import type { FailureLine } from "./frame.ts";
import { describeReason } from "./reason.ts";

/**
 * What the views have to remember between two pictures: the items that are live and the last failures. Everything
 * else they ask from the run. At most `liveItemsMax` items and `FAILURES_KEPT` failures are held, whatever the run's size.
 */
export class LiveItems {
  static readonly FAILURES_KEPT = 20;
  readonly #live = new Map<string, { readonly key: string; readonly since: number; readonly attempt: number }>();
  readonly #failures: FailureLine[] = [];

  /** Takes one event. `now` is the monotonic time at which it was heard. */
  apply(event: RunEvent, now: number): void {
    if (event.key === undefined) return;
    if (event.to === "claimed") {
      this.#live.set(event.key, { key: event.key, since: now, attempt: event.attempt });
      return;
    }
    this.#live.delete(event.key);
    if (event.to === "todo") this.#forget(event.key);
    if (event.to === "failed") this.#remember({ key: event.key, text: describeReason(event.reason) });
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
  live(): IterableIterator<{ readonly key: string; readonly since: number; readonly attempt: number }> {
    return this.#live.values();
  }

  since(key: string): number | undefined {
    return this.#live.get(key)?.since;
  }

  failures(): readonly FailureLine[] {
    return this.#failures;
  }
}
