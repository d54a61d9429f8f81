/**
 * The durable journal: an SQLite file in the state directory, written by a worker thread of this process.
 *
 * I7 a promise of `append` resolves after the commit that holds its entries, and in the order of the calls.
 * I18 one writer for each directory: opening takes the run lock and fails when it is taken.
 * I21 after a failed append everything is refused: the caller's memory is ahead of the disk, and only a recovery mends that.
 * Q1 appends of one synchronous stretch travel as one message; the worker makes a transaction of all that has arrived.
 * Q2 `waiting` holds the appends that are not acknowledged, oldest first; their number of entries has a limit.
 */
import { resolve } from "node:path";
import type { Worker } from "node:worker_threads";
import type { Env } from "../base/env.ts";
import { InternalError, JournalUnavailableError, UsageError, type SignalboxError } from "../base/errors.ts";
import { failpoint } from "../base/failpoint.ts";
import { siblingModule } from "../base/sibling.ts";
import { jsonText } from "./json-text.ts";
import type {
  AuditOptions,
  Compaction,
  CompactOptions,
  Journal,
  JournalEntry,
  RecoveredRun,
  RunRecord,
  RunSummary,
} from "./journal.ts";
import { checkWord } from "./ledger.ts";
import { JOURNAL_LIMITS } from "./limits.ts";
import { openForReading, SqliteReader } from "./sqlite-reader.ts";
import { Encoder } from "./sqlite/encode.ts";
import type { FromWorker, ToWorker, WorkerOptions } from "./sqlite/messages.ts";
import { planCompaction } from "./sqlite/plan-compaction.ts";
import { received } from "./sqlite/sent-error.ts";
import { stateFiles } from "./state-directory.ts";
import { startThread, threadFailure } from "./thread.ts";

/** Where a durable journal stands, and how large it may grow. */
export interface SqliteJournalOptions {
  /** The state directory; made when it is not there. */
  readonly directory: string;
  readonly env: Env;
  /** Bytes that the database file may grow to; beyond it appends fail as on a full disk. Default 64 GiB. */
  readonly databaseBytesMax?: number;
}

/**
 * Opens, or makes, the journal of a state directory and locks the directory for this process.
 * @throws SignalboxError `state_unwritable` `journal_too_new`, StateInUseError, JournalCorruptError, JournalUnavailableError
 */
export async function sqliteJournal(options: SqliteJournalOptions): Promise<Journal> {
  const { env, databaseBytesMax = JOURNAL_LIMITS.databaseBytesMax } = options;
  if (!(Number.isSafeInteger(databaseBytesMax) && databaseBytesMax > 0)) {
    throw new UsageError(`Expected databaseBytesMax to be a whole number above 0, got ${databaseBytesMax}.`);
  }
  const directory = resolve(options.directory);
  const link = new WorkerLink({ directory, databaseBytesMax, startedAt: env.clock.now() });
  await link.ready;
  return new SqliteJournal(link, directory, env);
}

const TRANSFER_BYTES = 65_536;

interface Waiting {
  readonly entries: number;
  readonly settle: (error?: Error) => void;
}

/** This side of the worker thread: keeps what was asked for until it is answered. */
class WorkerLink {
  /** The worker holds the lock and the database is open. */
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #encoder = new Encoder();
  /** Settled ones are let go of at once: through its caller each holds all that waited for it, and would outlive it. */
  readonly #waiting = new Set<Waiting>();
  readonly #questions = new Map<number, PromiseWithResolvers<number>>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #opened = Promise.withResolvers<void>();
  #waitingEntries = 0;
  #acknowledged = 0;
  #questionCount = 0;
  #refusal: Error | undefined;
  #closing = false;

  constructor(options: WorkerOptions) {
    this.ready = this.#opened.promise;
    const module = siblingModule(import.meta.url, "sqlite-worker");
    this.#worker = startThread(module, { workerData: options, name: "signalbox journal" }, failed);
    this.#worker.on("message", (message: FromWorker) => this.#take(message));
    this.#worker.on("error", (error: Error) => this.#refuse(failed(error)));
    this.#worker.on("exit", () => this.#exited());
  }

  append(runId: string, entries: readonly JournalEntry[]): Promise<void> {
    if (this.#refusal !== undefined) return Promise.reject(after(this.#refusal));
    const waiting = this.#waitingEntries + entries.length;
    if (this.#waitingEntries > 0 && waiting > JOURNAL_LIMITS.waitingEntriesMax) {
      return this.#refuseNew(
        new JournalUnavailableError(
          `Expected at most ${JOURNAL_LIMITS.waitingEntriesMax} entries to wait for the disk, got ${waiting}. Wait for earlier appends.`,
        ),
      );
    }
    const first = this.#encoder.empty;
    try {
      this.#encoder.add(runId, entries);
    } catch (error) {
      return this.#refuseNew(error instanceof Error ? error : new InternalError(String(error)));
    }
    if (first) queueMicrotask(() => this.#flush());
    this.#waitingEntries = waiting;
    this.#worker.ref();
    return new Promise((resolved, rejected) => {
      this.#waiting.add({
        entries: entries.length,
        settle: (error) => (error === undefined ? resolved() : rejected(error)),
      });
    });
  }

  /** Asks for an epoch. */
  ask(message: (id: number) => ToWorker): Promise<number> {
    if (this.#refusal !== undefined) return Promise.reject(after(this.#refusal));
    const id = ++this.#questionCount;
    const question = Promise.withResolvers<number>();
    this.#questions.set(id, question);
    this.#worker.ref();
    this.#send(message(id));
    return question.promise;
  }

  close(): Promise<void> {
    this.#closing = true;
    this.#worker.ref();
    this.#send({ kind: "close" });
    this.#refusal ??= new JournalUnavailableError("The journal is closed.");
    return this.#closed.promise;
  }

  #send(message: ToWorker): void {
    this.#flush();
    this.#worker.postMessage(message, []);
  }

  #flush(): void {
    if (this.#encoder.empty) return;
    const message = this.#encoder.take();
    // Copying is cheaper than handing over until the numbers are many.
    this.#worker.postMessage(message, message.numbers.byteLength > TRANSFER_BYTES ? [message.numbers.buffer] : []);
  }

  #take(message: FromWorker): void {
    if (message.kind === "ready") this.#opened.resolve();
    else if (message.kind === "acknowledged") this.#acknowledge(message.appends);
    else if (message.kind === "refused") this.#refuse(received(message.error));
    else if (message.kind === "answer") this.#answerTo(message.id)?.resolve(message.epoch);
    else if (message.kind === "denied") this.#answerTo(message.id)?.reject(received(message.error));
    this.#restWhenIdle();
  }

  #answerTo(id: number): PromiseWithResolvers<number> | undefined {
    const question = this.#questions.get(id);
    this.#questions.delete(id);
    return question;
  }

  #acknowledge(appends: number): void {
    for (const waiting of this.#waiting) {
      if (this.#acknowledged === appends) return;
      failpoint?.("journal.acknowledged");
      this.#acknowledged++;
      this.#waiting.delete(waiting);
      this.#waitingEntries -= waiting.entries;
      waiting.settle();
    }
  }

  #refuseNew(error: Error): Promise<never> {
    this.#refusal = error;
    return Promise.reject(error);
  }

  #refuse(error: Error): void {
    this.#refusal ??= error;
    this.#opened.reject(error);
    for (const waiting of this.#waiting) waiting.settle(error);
    this.#waiting.clear();
    for (const question of this.#questions.values()) question.reject(error);
  }

  #exited(): void {
    this.#refuse(new JournalUnavailableError("The journal's worker has ended. Resume the run."));
    this.#closed.resolve();
  }

  /** A journal with nothing under way keeps no process alive. */
  #restWhenIdle(): void {
    const idle = this.#waiting.size === 0 && this.#questions.size === 0;
    if (idle && !this.#closing) this.#worker.unref();
  }
}

class SqliteJournal implements Journal {
  readonly durable = true;
  readonly #link: WorkerLink;
  readonly #directory: string;
  readonly #env: Env;
  #compacting: Promise<unknown> = Promise.resolve();
  /** A run that only writes needs no second connection. */
  #opened: SqliteReader | undefined;
  #closing: Promise<void> | undefined;

  constructor(link: WorkerLink, directory: string, env: Env) {
    this.#link = link;
    this.#directory = directory;
    this.#env = env;
  }

  get #reader(): SqliteReader {
    if (this.#closing !== undefined) throw new JournalUnavailableError("The journal is closed.");
    return (this.#opened ??= new SqliteReader(this.#directory, this.#env));
  }

  async createRun(record: RunRecord): Promise<void> {
    for (const word of [
      record.id,
      record.name,
      record.planHash,
      record.planFile ?? "",
      record.machineVersion,
      record.planText,
    ])
      checkWord(word);
    const options = jsonText(record.options);
    await this.#link.ask((id) => ({ kind: "create", id, record: plain(record), options }));
  }

  append(runId: string, entries: readonly JournalEntry[]): Promise<void> {
    return this.#link.append(runId, entries);
  }

  /** The check runs in the worker while this thread reads the rows; the check has the last word. */
  async recover(runId: string): Promise<RecoveredRun> {
    const reader = this.#reader;
    const [checked, read] = await Promise.allSettled([
      this.#link.ask((id) => ({ kind: "recover", id, runId })),
      reader.readUnchecked(runId),
    ]);
    if (checked.status === "rejected") throw checked.reason;
    if (read.status === "rejected") throw read.reason;
    return { ...read.value, epoch: checked.value };
  }

  async runs(options?: { readonly limit?: number }): Promise<readonly RunSummary[]> {
    return this.#reader.runs(options);
  }

  async read(runId: string): Promise<RecoveredRun> {
    return this.#reader.read(runId);
  }

  async audit(runId: string, options?: AuditOptions): Promise<readonly JournalEntry[]> {
    return this.#reader.audit(runId, options);
  }

  /** One at a time: the next begins where the last has come to. */
  compact(runId: string, options: CompactOptions): Promise<Compaction> {
    const compaction = this.#compacting.then(() => this.#compact(runId, options));
    this.#compacting = compaction.catch(() => {});
    return compaction;
  }

  async #compact(runId: string, options: CompactOptions): Promise<Compaction> {
    if (this.#closing !== undefined) throw new JournalUnavailableError("The journal is closed.");
    const database = openForReading(stateFiles(this.#directory).database);
    try {
      const { move, result } = await planCompaction(database, this.#env, runId, options);
      if (move !== undefined) await this.#link.ask((id) => ({ kind: "compact", id, move }));
      return result;
    } finally {
      database.close();
    }
  }

  /** The readers go first: the last connection that closes empties the log. */
  close(): Promise<void> {
    this.#closing ??= this.#compacting.then(() => this.#opened?.close()).then(() => this.#link.close());
    return this.#closing;
  }
}

const failed = (cause: unknown): SignalboxError => threadFailure("the journal's worker", cause);

/** Only what is stored: the caller's object may carry more, and not all of it can be sent. */
function plain(record: RunRecord): RunRecord {
  const { id, name, createdAt, planText, planHash, planFile, size, machineVersion } = record;
  const file = planFile === undefined ? {} : { planFile };
  return { id, name, createdAt, planText, planHash, ...file, size, machineVersion, options: null };
}

function after(refusal: Error): JournalUnavailableError {
  return new JournalUnavailableError(`The journal takes nothing more: ${refusal.message}`, { cause: refusal });
}
