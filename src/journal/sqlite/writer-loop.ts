/**
 * What the journal's thread does with its messages.
 *
 * Natural group commit: whatever has arrived when the last transaction ends is the next one. With nothing to wait for, an
 * append is committed at once; under load a transaction carries many. There is no timer.
 *
 * I7 an append is acknowledged after the transaction that holds it, in the order in which appends came.
 * I21 after an append that was not taken nothing is written any more.
 */
import { JournalUnavailableError } from "../../base/errors.ts";
import { failpoint } from "../../base/failpoint.ts";
import { JOURNAL_LIMITS } from "../limits.ts";
import { Decoder, type DecodedAppend } from "./encode.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import type { OpenStore } from "./open-store.ts";
import { sent } from "./sent-error.ts";

/** Takes messages in order. Appends that stand next to each other are written together. */
export class WriterLoop {
  readonly #store: OpenStore;
  readonly #say: (message: FromWorker) => void;
  readonly #decoder = new Decoder();
  #batch: DecodedAppend[] = [];
  #batchEntries = 0;
  #acknowledged = 0;
  #spent = false;

  constructor(store: OpenStore, say: (message: FromWorker) => void) {
    this.#store = store;
    this.#say = say;
  }

  /** Handles this message and all that wait behind it. */
  handle(first: ToWorker, next: () => ToWorker | undefined): void {
    for (let message: ToWorker | undefined = first; message !== undefined; message = next()) this.#take(message);
    this.#commit();
  }

  #take(message: ToWorker): void {
    if (message.kind === "append") return this.#takeAppends(message);
    this.#commit();
    if (message.kind === "create") this.#answer(message.id, () => this.#create(message.record, message.options));
    else if (message.kind === "recover") this.#answer(message.id, () => this.#store.writer.recover(message.runId));
    else if (message.kind === "compact") this.#answer(message.id, () => this.#store.writer.compact(message.move));
    else this.#close();
  }

  #create(...[record, options]: Parameters<OpenStore["writer"]["createRun"]>): number {
    this.#store.writer.createRun(record, options);
    return 1;
  }

  #takeAppends(message: ToWorker & { kind: "append" }): void {
    for (const append of this.#decoder.decode(message)) {
      this.#batch.push(append);
      this.#batchEntries += append.rows.length;
      if (this.#batchEntries >= JOURNAL_LIMITS.batchEntriesMax) this.#commit();
    }
  }

  #commit(): void {
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    this.#batchEntries = 0;
    if (this.#spent) return;
    const { accepted, error } = this.#store.writer.write(batch);
    failpoint?.("journal.committed");
    if (accepted > 0) this.#say({ kind: "acknowledged", appends: (this.#acknowledged += accepted) });
    if (accepted === batch.length) return;
    this.#spent = true;
    this.#say({ kind: "refused", error: sent(error) });
  }

  #answer(id: number, work: () => number): void {
    try {
      if (this.#spent) throw new JournalUnavailableError("The journal takes nothing more: an append failed before.");
      this.#say({ kind: "answer", id, epoch: work() });
    } catch (error) {
      this.#say({ kind: "denied", id, error: sent(error) });
    }
  }

  #close(): void {
    this.#store.close();
    this.#say({ kind: "closed" });
  }
}
