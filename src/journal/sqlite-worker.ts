/**
 * The worker thread that writes the journal; started by `sqlite-journal.ts`. A commit waits for the disk, and here it blocks nobody.
 *
 * Natural group commit: whatever has arrived when the last transaction ends is the next one. With nothing to wait for, an
 * append is committed at once; under load a transaction carries many. There is no timer.
 */
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { assert } from "../base/assert.ts";
import { JournalUnavailableError, SignalboxError, StateInUseError } from "../base/errors.ts";
import { JOURNAL_LIMITS } from "./limits.ts";
import { Decoder, type DecodedAppend } from "./sqlite/encode.ts";
import type { FromWorker, SentError, ToWorker, WorkerOptions } from "./sqlite/messages.ts";
import { openStore, type OpenStore } from "./sqlite/open-store.ts";

assert(parentPort !== null, "the journal's worker was started without its owner");
const port = parentPort;

const say = (message: FromWorker): void => port.postMessage(message);

/** Takes messages in order. Appends that stand next to each other are written together. */
class WriterLoop {
  readonly #store: OpenStore;
  readonly #decoder = new Decoder();
  #batch: DecodedAppend[] = [];
  #batchEntries = 0;
  #acknowledged = 0;
  #spent = false;

  constructor(store: OpenStore) {
    this.#store = store;
  }

  /** Handles this message and all that wait behind it. */
  handle(first: ToWorker): void {
    for (let message: ToWorker | undefined = first; message !== undefined; message = nextMessage()) this.#take(message);
    this.#commit();
  }

  #take(message: ToWorker): void {
    if (message.kind === "append") return this.#takeAppends(message);
    this.#commit();
    if (message.kind === "create") this.#answer(message.id, () => this.#create(message.record, message.options));
    else if (message.kind === "recover") this.#answer(message.id, () => this.#store.writer.recover(message.runId));
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
    if (accepted > 0) say({ kind: "acknowledged", appends: (this.#acknowledged += accepted) });
    if (accepted === batch.length) return;
    this.#spent = true;
    say({ kind: "refused", error: sent(error) });
  }

  #answer(id: number, work: () => number): void {
    try {
      if (this.#spent) throw new JournalUnavailableError("The journal takes nothing more: an append failed before.");
      say({ kind: "answer", id, epoch: work() });
    } catch (error) {
      say({ kind: "denied", id, error: sent(error) });
    }
  }

  #close(): void {
    this.#store.close();
    say({ kind: "closed" });
    port.close();
  }
}

function nextMessage(): ToWorker | undefined {
  // The other side of this port is our own `sqlite-journal.ts`.
  return receiveMessageOnPort(port)?.message as ToWorker | undefined;
}

function sent(error: unknown): SentError {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof SignalboxError)) return { code: "internal", message };
  const holder = error instanceof StateInUseError ? error.holder : undefined;
  return { code: error.code, message, ...(holder === undefined ? {} : { holder }) };
}

try {
  const loop = new WriterLoop(openStore(workerData as WorkerOptions));
  port.on("message", (message: ToWorker) => loop.handle(message));
  say({ kind: "ready" });
} catch (error) {
  say({ kind: "refused", error: sent(error) });
  port.close();
}
