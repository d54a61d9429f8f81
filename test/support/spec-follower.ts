/**
 * Walks a run's audit log through the specification of a run: every entry has to be something that the specification accepts
 * at that point, and has to leave the item and the run where the specification leaves them.
 */
import {
  acceptedEvents,
  initialRunSpecState,
  stepRunSpec,
  type RunSpec,
  type RunSpecEvent,
  type RunSpecState,
} from "../../machines/run-spec.ts";
import type { UndoEvent } from "../../machines/run-spec-rollback.ts";
import type { JournalEntry } from "../../src/journal/journal.ts";

/** What of an entry is followed. */
export type FollowedEntry = Pick<
  JournalEntry,
  "seq" | "item" | "event" | "from" | "to" | "attempt" | "refunded" | "data"
>;

/** Whether the attempt was reported as one that may be tried again; the log itself does not say. */
export type RetryableOf = (item: number, attempt: number) => boolean;

const UNDO_EVENTS: Readonly<Record<string, UndoEvent["type"] | undefined>> = {
  undo_start: "undoStart",
  undo: "undone",
  undo_failed: "undoFail",
};
const NOTES: ReadonlySet<string> = new Set(["recover", "stop", "layer_start", "layer_finish"]);

export class SpecFollower {
  spec: RunSpec;
  state: RunSpecState;
  /** Entries accepted so far. */
  count = 0;
  readonly #retryableOf: RetryableOf;
  /** An item that failed and has to be requeued by the next entry (I8). */
  #owed: number | undefined;
  /** Where the log has each item. What follows from an event is one step of the specification, and entries of their own in the log. */
  readonly #logged: string[];

  constructor(spec: RunSpec, retryableOf: RetryableOf) {
    this.spec = spec;
    this.state = initialRunSpecState(spec);
    this.#logged = spec.needs.map(() => "todo");
    this.#retryableOf = retryableOf;
  }

  /** @throws Error that names the entry when the specification does not allow it */
  take(entry: FollowedEntry): void {
    this.count++;
    if (this.#owed !== undefined && (entry.event !== "requeue" || entry.item !== this.#owed)) {
      throw mismatch(entry, `requeue of item ${this.#owed} in the step of its failure (I8)`);
    }
    if (entry.item < 0) this.#takeRun(entry);
    else this.#takeItem(entry);
  }

  /** The attempt of an item that was told to stop is over; nothing in the log says so when it ended as told. */
  ended(item: number): void {
    this.#step({ type: "ended", item }, `the end of item ${item}`);
  }

  /** The undo of an item is gone without a word. */
  cut(item: number): void {
    this.#step({ type: "undoCut", item }, `the end of the undo of item ${item}`);
  }

  /** What the engine should have done by itself before it rests: I6. */
  owedByEngine(): RunSpecEvent[] {
    const own = new Set<RunSpecEvent["type"]>(["claim", "drained", "undoStart", "rolledBack"]);
    return acceptedEvents(this.spec, this.state).filter(({ type }) => own.has(type));
  }

  /** Items of which the log does not tell yet what the specification says. */
  behind(): number[] {
    return this.state.items.flatMap(({ status }, item) => (this.#logged[item] === status ? [] : [item]));
  }

  #takeRun(entry: FollowedEntry): void {
    const { event } = entry;
    if (event === "setCap") {
      const { live_items_max: cap } = entry.data as { readonly live_items_max: number };
      this.spec = { ...this.spec, liveItemsMax: cap };
    } else if (
      event === "start" ||
      event === "pause" ||
      event === "resume" ||
      event === "cancel" ||
      event === "drained" ||
      event === "rolledBack"
    )
      this.#step({ type: event }, entry);
    // The specification settles in the step of the failure, so an abort only has to arrive where it is already.
    else if (event !== "abort" && !NOTES.has(event)) throw mismatch(entry, "a known event of the run");
    if (NOTES.has(event) && entry.from !== entry.to) throw mismatch(entry, "a note that moves nothing");
    // A layer may end between a failure and the abort that the specification has made in one step.
    const isBetween = event === "layer_finish" && this.state.run === "settling" && entry.to !== "settling";
    if (!isBetween && entry.to !== this.state.run) throw mismatch(entry, `the run ${this.state.run}`);
  }

  #takeItem(entry: FollowedEntry): void {
    const { item, event } = entry;
    const undo = UNDO_EVENTS[event];
    if (undo !== undefined) return this.#step({ type: undo, item }, entry);
    const follows = this.spec.edges !== undefined && this.state.items[item]!.status !== this.#logged[item];
    this.#logged[item] = entry.to;
    // The specification has taken it with what it follows from, and is compared when the engine rests.
    if (follows && this.#owed === undefined && entry.from !== entry.to) return;
    // A report that came too late: it changes nothing but says that the attempt is over (I2).
    if (event === "verify") this.#step({ type: "complete", item }, entry);
    else if (entry.from === entry.to) this.#step({ type: "ended", item }, entry);
    else if (event === "complete" && this.state.items[item]!.verifying) this.#step({ type: "verified", item }, entry);
    else if (event === "fail")
      this.#step({ type: "fail", item, retryable: this.#retryableOf(item, entry.attempt) }, entry);
    else if (event === "claim" || event === "complete" || event === "timeout" || event === "release")
      this.#step({ type: event, item }, entry);
    // Both follow from what came before: a failure that may be tried again, a run that settles.
    else if (event !== "requeue" && event !== "cancel") throw mismatch(entry, "a known event of an item");
    const { status, spent } = this.state.items[item]!;
    // Given back, and not to be done any more: the log says both.
    if (this.spec.edges !== undefined && event === "release" && status === "cancelled") return;
    const failed = event === "fail" || event === "timeout";
    this.#owed = failed && entry.to === "failed" && status === "todo" ? item : undefined;
    if (entry.to !== status && this.#owed === undefined) throw mismatch(entry, `item ${item} ${status}`);
    if (entry.attempt - entry.refunded !== spent) throw mismatch(entry, `${spent} attempts spent`);
  }

  #step(event: RunSpecEvent, by: FollowedEntry | string): void {
    const next = stepRunSpec(this.spec, this.state, event);
    if (next === undefined) throw mismatch(by, `one of ${JSON.stringify(acceptedEvents(this.spec, this.state))}`);
    this.state = next;
  }
}

function mismatch(got: FollowedEntry | string, expected: string): Error {
  return new Error(
    `the specification expected ${expected}, got ${typeof got === "string" ? got : JSON.stringify(got)}`,
  );
}
