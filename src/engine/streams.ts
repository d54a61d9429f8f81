/** The RxJS face of a run: snapshots, progress and audit events. Nothing is buffered for a listener that is not there. */
import { BehaviorSubject, Observable, Subject } from "rxjs";
import { itemIdOf } from "../base/item-ids.ts";
import type { JournalEntry } from "../journal/journal.ts";
import type { RunSnapshot } from "../items/snapshot.ts";
import { eventNameOf } from "./event-name.ts";
import type { Progress, RunEvent, RunResult } from "./run.ts";

export interface StreamParts {
  readonly runId: string;
  readonly keyOf: (item: number) => string;
  readonly initial: RunSnapshot;
  readonly progress: (snapshot: RunSnapshot) => Progress;
  /** Asked for when the entry that ends the run is published. */
  readonly result: () => RunResult | undefined;
}

export class Streams {
  readonly #parts: StreamParts;
  readonly #snapshots: BehaviorSubject<RunSnapshot>;
  readonly #events = new Subject<RunEvent>();
  readonly #steps = new Subject<readonly JournalEntry[]>();
  readonly changes$: Observable<RunSnapshot>;
  readonly audit$: Observable<RunEvent>;
  readonly entries$: Observable<readonly JournalEntry[]>;
  readonly progress$: Observable<Progress>;

  constructor(parts: StreamParts) {
    this.#parts = parts;
    this.#snapshots = new BehaviorSubject(parts.initial);
    this.changes$ = this.#snapshots.asObservable();
    this.audit$ = this.#events.asObservable();
    this.entries$ = this.#steps.asObservable();
    this.progress$ = new Observable((subscriber) =>
      this.#snapshots.subscribe({
        next: (snapshot) => subscriber.next(parts.progress(snapshot)),
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    );
  }

  snapshot(snapshot: RunSnapshot): void {
    this.#snapshots.next(snapshot);
  }

  /** Somebody listens to entries. */
  get isWatched(): boolean {
    return this.#events.observed || this.#steps.observed;
  }

  entries(entries: readonly JournalEntry[]): void {
    if (this.#steps.observed && entries.length > 0) this.#steps.next(this.#stepOf(entries));
    if (!this.#events.observed) return;
    for (const entry of entries) this.#events.next(this.#eventOf(entry));
  }

  /** The entries themselves, since most are about items; what is said of the run goes with those about it. */
  #stepOf(entries: readonly JournalEntry[]): readonly JournalEntry[] {
    if (entries.every(({ item }) => item >= 0)) return entries;
    return entries.map((entry) => (entry.item >= 0 ? entry : this.#eventOf(entry)));
  }

  complete(): void {
    this.#events.complete();
    this.#steps.complete();
    this.#snapshots.complete();
  }

  error(error: unknown): void {
    // A stream that nobody watches must not turn an error that `start()` already reports into a crash.
    for (const stream of [this.#events, this.#steps, this.#snapshots]) {
      if (stream.observed) stream.error(error);
      else stream.complete();
    }
  }

  #eventOf(entry: JournalEntry): RunEvent {
    const { runId, keyOf } = this.#parts;
    const name = eventNameOf(entry);
    if (entry.item >= 0) {
      return { ...entry, runId, name, key: keyOf(entry.item), itemId: itemIdOf(runId, entry.item) };
    }
    const result = name === "run.finished" ? this.#parts.result() : undefined;
    return { ...entry, runId, name, ...(result !== undefined && { result }) };
  }
}
