import { JournalUnavailableError, SignalboxError, UsageError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { Reason } from "../items/reason.ts";
import { CarriedEntries } from "./carried.ts";
import { afterOf, checkUpTo } from "./log-start.ts";
import { exportLog, sumOfEntries } from "./exported-log.ts";
import { applyEntry, isAnswer, isGrowth } from "./fold.ts";
import { checkJson } from "./json-text.ts";
import type {
  AuditOptions,
  Compaction,
  CompactOptions,
  ItemRow,
  Journal,
  JournalEntry,
  RecoveredRun,
  RunRecord,
  RunSummary,
} from "./journal.ts";
import { checkWord, RunLedger } from "./ledger.ts";
import { JOURNAL_LIMITS } from "./limits.ts";
import { AuditPages } from "./memory-pages.ts";

/** How much of the past a memory journal keeps. */
export interface MemoryJournalOptions {
  /**
   * Entries of one run that stay readable by `audit`; default 4,000,000 (about 200 MB). Beyond it the log is compacted without an
   * export, a page of at most 16,384 entries at a time. The state of the items is never dropped.
   */
  readonly auditEntriesMax?: number;
}

/** Keeps runs for as long as the process lives. Takes entries at once, without a promise. */
export function memoryJournal(options: MemoryJournalOptions = {}): Journal {
  const { auditEntriesMax = JOURNAL_LIMITS.auditEntriesMax } = options;
  if (!(Number.isSafeInteger(auditEntriesMax) && auditEntriesMax >= 1)) {
    throw new UsageError(`Expected auditEntriesMax to be a whole number above 0, got ${auditEntriesMax}.`);
  }
  return new MemoryJournal(auditEntriesMax);
}

/**
 * One run in memory.
 * M1 its state is the fold of what `carried` holds and of the entries behind `baseSeq`; the rows are only made when somebody reads them.
 */
class MemoryRun {
  readonly record: RunRecord;
  ledger: RunLedger;
  readonly pages = new AuditPages();
  /** What is left of the entries up to `baseSeq`. */
  readonly #carried = new CarriedEntries<JournalEntry>();
  baseSeq = 0;
  readonly #aboutRun: JournalEntry[] = [];
  readonly #growth: JournalEntry[] = [];
  #answers: JournalEntry[] = [];

  constructor(record: RunRecord) {
    this.record = record;
    this.ledger = new RunLedger(record.size);
  }

  append(entries: readonly JournalEntry[], auditEntriesMax: number): void {
    for (const entry of entries) checkTexts(entry);
    this.ledger.accept(entries);
    for (const entry of entries) {
      this.pages.push(entry);
      if (isAnswer(entry)) this.#keepAnswer(entry);
      else if (entry.item < 0) this.#aboutRun.push(entry);
      else if (isGrowth(entry)) this.#growth.push(entry);
    }
    while (this.pages.length > auditEntriesMax && this.pages.oldestPageEnd !== undefined)
      this.#moveBase(this.pages.oldestPageEnd);
  }

  #keepAnswer(entry: JournalEntry): void {
    this.#answers.push(entry);
    if (this.#answers.length > 2 * JOURNAL_LIMITS.answersMax) this.#answers = latest(this.#answers);
  }

  async compact({ upTo, exportTo }: CompactOptions): Promise<Compaction> {
    const { baseSeq } = this;
    checkUpTo(upTo, this.ledger.head.seq);
    const goes = this.#goesWith(upTo);
    if (goes === 0) return { baseSeq, removed: 0, kept: this.#carried.size };
    const file = exportTo === false ? {} : { file: await this.#export(upTo, exportTo) };
    // Another one may have gone on meanwhile: what is gone is gone.
    const before = this.#carried.size + this.pages.length;
    this.#moveBase(upTo);
    const removed = before - this.#carried.size - this.pages.length;
    return { baseSeq: this.baseSeq, removed, kept: this.#carried.size, ...file };
  }

  /** How many entries a compaction would remove. */
  #goesWith(upTo: number): number {
    if (upTo <= this.baseSeq) return 0;
    const carried = new CarriedEntries<undefined>();
    for (const entry of this.#carried.values()) carried.take(entry, undefined);
    for (const entry of this.#entriesUpTo(upTo)) carried.take(entry, undefined);
    return this.#carried.size + upTo - this.baseSeq - carried.size;
  }

  #export(upTo: number, directory: string): Promise<string> {
    const { id: runId, name } = this.record;
    const entries = [...this.#entriesUpTo(upTo)];
    const part = { runId, name, after: this.baseSeq, upTo, sumBefore: 0 };
    return exportLog(directory, part, oneByOne(entries), sumOfEntries(entries, 0));
  }

  *#entriesUpTo(upTo: number): Generator<JournalEntry> {
    for (const entry of this.pages.entries()) {
      if (entry.seq > upTo) return;
      yield entry;
    }
  }

  #moveBase(upTo: number): void {
    if (upTo <= this.baseSeq) return;
    for (const entry of this.#entriesUpTo(upTo)) this.#carried.take(entry, entry);
    this.pages.dropUpTo(upTo);
    this.baseSeq = upTo;
  }

  recovered(epoch: number): RecoveredRun {
    const { head } = this.ledger;
    const rows = fold(this.#all());
    return {
      record: this.record,
      status: head.status,
      seq: head.seq,
      epoch,
      ...(head.startedAt === undefined ? {} : { startedAt: head.startedAt }),
      items: [...rows.values()].sort((a, b) => a.item - b.item),
      aboutRun: [...this.#aboutRun],
      growth: [...this.#growth],
      answers: latest(this.#answers),
      ...(this.baseSeq > 0 && { baseSeq: this.baseSeq }),
    };
  }

  /** What is carried, and the entries behind that; of these at least those behind `after`. */
  *#all(after = 0): Generator<JournalEntry> {
    yield* this.#carried.values();
    yield* this.pages.entries(after);
  }

  summary(): RunSummary {
    const { planText: _, ...record } = this.record;
    const { head } = this.ledger;
    return {
      ...record,
      size: this.ledger.size,
      status: head.status,
      seq: head.seq,
      epoch: head.epoch,
      ...(head.startedAt === undefined ? {} : { startedAt: head.startedAt }),
      ...(head.finishedAt === undefined ? {} : { finishedAt: head.finishedAt }),
      counts: { ...head.counts },
      ...(this.baseSeq > 0 && { baseSeq: this.baseSeq }),
    };
  }

  *audit(options: AuditOptions): Generator<JournalEntry> {
    const { limit = JOURNAL_LIMITS.auditPage, bytesMax = Infinity, item, event } = options;
    const after = afterOf(options, this.baseSeq, this.record.id);
    let left = limit;
    let bytesLeft = bytesMax;
    if (left <= 0) return;
    for (const entry of this.#all(after)) {
      if (entry.seq <= after) continue;
      if (item !== undefined && entry.item !== item) continue;
      if (event !== undefined && entry.event !== event) continue;
      yield entry;
      if (bytesLeft < Infinity) bytesLeft -= jsonBytes(entry.reason) + jsonBytes(entry.data);
      if (--left <= 0 || bytesLeft <= 0) return;
    }
  }
}

function jsonBytes(value: Json | Reason | undefined): number {
  return value === undefined ? 0 : JSON.stringify(value).length;
}

function latest(answers: readonly JournalEntry[]): JournalEntry[] {
  return answers.slice(-JOURNAL_LIMITS.answersMax);
}

class MemoryJournal implements Journal {
  readonly durable = false;
  readonly #runs = new Map<string, MemoryRun>();
  readonly #auditEntriesMax: number;
  #refusal: string | undefined;

  constructor(auditEntriesMax: number) {
    this.#auditEntriesMax = auditEntriesMax;
  }

  async createRun(record: RunRecord): Promise<void> {
    this.#assertOpen();
    if (this.#runs.has(record.id))
      throw new UsageError(`Expected the id of a new run, got ${record.id}, which is stored already.`);
    checkWord(record.id);
    checkWord(record.name);
    checkJson(record.options);
    this.#runs.set(record.id, new MemoryRun(record));
  }

  append(runId: string, entries: readonly JournalEntry[]): undefined {
    this.#assertOpen();
    try {
      this.#run(runId).append(entries, this.#auditEntriesMax);
    } catch (error) {
      this.#refusal = "an append was refused before";
      throw error;
    }
    return undefined;
  }

  async recover(runId: string): Promise<RecoveredRun> {
    this.#assertOpen();
    const run = this.#run(runId);
    run.ledger.head.epoch++;
    return run.recovered(run.ledger.head.epoch);
  }

  async runs({ limit = Infinity }: { readonly limit?: number } = {}): Promise<readonly RunSummary[]> {
    return [...this.#runs.values()]
      .reverse()
      .slice(0, limit)
      .map((run) => run.summary());
  }

  async read(runId: string): Promise<RecoveredRun> {
    const run = this.#run(runId);
    return run.recovered(run.ledger.head.epoch + 1);
  }

  async audit(runId: string, options: AuditOptions = {}): Promise<readonly JournalEntry[]> {
    return [...this.#run(runId).audit(options)];
  }

  async compact(runId: string, options: CompactOptions): Promise<Compaction> {
    this.#assertOpen();
    return this.#run(runId).compact(options);
  }

  async close(): Promise<void> {
    this.#refusal ??= "it is closed";
  }

  #assertOpen(): void {
    if (this.#refusal !== undefined)
      throw new JournalUnavailableError(`The journal takes nothing more: ${this.#refusal}.`);
  }

  #run(runId: string): MemoryRun {
    const run = this.#runs.get(runId);
    if (run === undefined) throw new SignalboxError("run_not_found", `No run ${runId} is stored here.`);
    return run;
  }
}

function fold(entries: Iterable<JournalEntry>): Map<number, ItemRow> {
  const rows = new Map<number, ItemRow>();
  for (const entry of entries) {
    if (entry.item >= 0) rows.set(entry.item, applyEntry(rows.get(entry.item), entry));
  }
  return rows;
}

async function* oneByOne(entries: readonly JournalEntry[]): AsyncGenerator<readonly JournalEntry[]> {
  for (let at = 0; at < entries.length; at += JOURNAL_LIMITS.auditPage)
    yield entries.slice(at, at + JOURNAL_LIMITS.auditPage);
}

function checkTexts(entry: JournalEntry): void {
  checkWord(entry.actor);
  checkWord(entry.event);
  if (entry.item === -1) {
    checkWord(entry.from);
    checkWord(entry.to);
  }
  if (entry.reason !== undefined) checkJson(entry.reason);
  if (entry.data !== undefined) checkJson(entry.data);
}
