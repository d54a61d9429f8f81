import { JournalUnavailableError, SignalboxError, UsageError } from "../base/errors.ts";
import { applyEntry, isAnswer, isGrowth } from "./fold.ts";
import { checkJson } from "./json-text.ts";
import type { AuditOptions, ItemRow, Journal, JournalEntry, RecoveredRun, RunRecord, RunSummary } from "./journal.ts";
import { checkWord, RunLedger } from "./ledger.ts";
import { JOURNAL_LIMITS } from "./limits.ts";
import { AuditPages } from "./memory-pages.ts";

/** How much of the past a memory journal keeps. */
export interface MemoryJournalOptions {
  /**
   * Entries of one run that stay readable by `audit`; default 4,000,000 (about 200 MB). Beyond it the oldest are dropped, a
   * page of at most 16,384 at a time: `audit` then begins with a later `seq`. The state of the items is never dropped.
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
 * M1 its state is the fold of `dropped` and of the kept entries; the rows are only made when somebody reads them.
 */
class MemoryRun {
  readonly record: RunRecord;
  ledger: RunLedger;
  readonly pages = new AuditPages();
  /** Rows as they were after the last entry that is no longer kept. */
  readonly #dropped = new Map<number, ItemRow>();
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
    while (this.pages.length > auditEntriesMax && this.#dropOldest());
  }

  #keepAnswer(entry: JournalEntry): void {
    this.#answers.push(entry);
    if (this.#answers.length > 2 * JOURNAL_LIMITS.answersMax) this.#answers = latest(this.#answers);
  }

  #dropOldest(): boolean {
    const entries = this.pages.takeOldest();
    if (entries !== undefined) fold(this.#dropped, entries);
    return entries !== undefined;
  }

  recovered(epoch: number): RecoveredRun {
    const { head } = this.ledger;
    const rows = fold(new Map(this.#dropped), this.pages.entries());
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
    };
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
    };
  }

  *audit({ after = 0, limit = JOURNAL_LIMITS.auditPage, item, event }: AuditOptions): Generator<JournalEntry> {
    let left = limit;
    if (left <= 0) return;
    for (const entry of this.pages.entries(after)) {
      if (item !== undefined && entry.item !== item) continue;
      if (event !== undefined && entry.event !== event) continue;
      yield entry;
      if (--left <= 0) return;
    }
  }
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

function fold(rows: Map<number, ItemRow>, entries: Iterable<JournalEntry>): Map<number, ItemRow> {
  for (const entry of entries) {
    if (entry.item >= 0) rows.set(entry.item, applyEntry(rows.get(entry.item), entry));
  }
  return rows;
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
