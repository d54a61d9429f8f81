import { resolve } from "node:path";
import type { Env } from "../base/env.ts";
import { SignalboxError } from "../base/errors.ts";
import { isEndedRun, isGrowth } from "./fold.ts";
import type { AuditOptions, ItemRow, JournalEntry, JournalReader, RecoveredRun, RunSummary } from "./journal.ts";
import { JOURNAL_LIMITS } from "./limits.ts";
import { checkLogAtRest } from "./log-at-rest.ts";
import { afterOf } from "./log-start.ts";
import { currentHolder, type Holder } from "./run-lock.ts";
import { Database } from "./sqlite/database.ts";
import { checkingKept } from "./sqlite/kept-entries.ts";
import {
  ANSWERS_SQL,
  ENTRIES_SQL,
  entriesWithin,
  entryOf,
  ITEM_ROWS_SQL,
  itemRow,
  SPECIAL_ENTRIES_SQL,
  stageNotes,
} from "./sqlite/read-items.ts";
import { SCHEMA_VERSION, versionOf } from "./sqlite/schema.ts";
import { numberOf, readStoredRun, readStoredRuns, type StoredRun } from "./sqlite/stored-run.ts";
import { checkedEntries, checkedHead, checkingRun, type SoundPart } from "./sqlite/verify.ts";
import { checkStateExists, stateFiles } from "./state-directory.ts";

/** Which stored journal to read. */
export interface JournalReaderOptions {
  /** The state directory. */
  readonly directory: string;
  readonly env: Env;
}

export interface FollowOptions {
  /** Begin after this seq; default: from the first entry on of which none was removed. */
  readonly after?: number;
  /** How often to look for new entries; default 100 ms. */
  readonly pollMs?: number;
  /** Ends the following without an error. */
  readonly signal?: AbortSignal;
}

/** The reading half of a stored journal, also while another process writes it. */
export interface StoredJournalReader extends JournalReader {
  /** The process that writes here now; `undefined` when none does, so that a run that is not at its end was interrupted. */
  holder(): Holder | undefined;
  /** Entries as they become durable, in order, some at a time; ends when the run has. @throws SignalboxError `run_not_found`, `history_removed` */
  follow(runId: string, options?: FollowOptions): AsyncIterable<readonly JournalEntry[]>;
}

/**
 * Opens the journal of a state directory for reading. It takes no lock and writes nothing.
 * @throws SignalboxError `run_not_found` when there is none, `journal_too_new`, JournalCorruptError, JournalUnavailableError
 */
export function openJournalReader({ directory, env }: JournalReaderOptions): StoredJournalReader {
  const path = resolve(directory);
  checkStateExists(path);
  checkLogAtRest(path);
  return new SqliteReader(path, env);
}

/** Rows between two turns of the event loop: a few milliseconds of work. */
const ROWS_A_TURN = 2_000;

/** What it gives of a run was checked against the run's checksums (I9), also while another process writes it. */
export class SqliteReader implements StoredJournalReader {
  readonly #directory: string;
  readonly #env: Env;
  readonly #database: Database;
  /** By the key of the run: what `audit` and `follow` checked so far, so that each entry is checked once. */
  readonly #sound = new Map<number, SoundPart>();
  /** By the key of the run: the checksum of the base up to which what is left was checked. */
  readonly #soundBases = new Map<number, number>();

  constructor(directory: string, env: Env) {
    this.#directory = directory;
    this.#env = env;
    this.#database = openForReading(stateFiles(directory).database);
  }

  async runs({ limit = Number.MAX_SAFE_INTEGER }: { readonly limit?: number } = {}): Promise<readonly RunSummary[]> {
    return this.#database.transaction("BEGIN", () =>
      readStoredRuns(this.#database, limit).map((stored) => summaryOf(checkedHead(this.#database, stored))),
    );
  }

  /**
   * Checks and reads in one transaction on a connection of its own, a part in each turn, so that a large run stops nobody.
   * @throws JournalCorruptError, SignalboxError `run_not_found`
   */
  async read(runId: string): Promise<RecoveredRun> {
    return this.#read(runId, async (database) => {
      const steps = checkingRun(database, runId);
      while (steps.next().done !== true) await this.#env.timers.nextTurn();
    });
  }

  /** For who has the run checked elsewhere. */
  readUnchecked(runId: string): Promise<RecoveredRun> {
    return this.#read(runId, async () => {});
  }

  async #read(runId: string, check: (database: Database) => Promise<void>): Promise<RecoveredRun> {
    const database = openForReading(this.#database.path);
    try {
      database.exec("BEGIN");
      await check(database);
      const { key, record, head, base } = readStoredRun(database, runId);
      const notes = stageNotes(database, key);
      const items: ItemRow[] = [];
      for (const row of database.prepare(ITEM_ROWS_SQL).iterate(key)) {
        items.push(itemRow(row, notes.get(numberOf(row[0]))));
        if (items.length % ROWS_A_TURN === 0) await this.#env.timers.nextTurn();
      }
      const started = head.startedAt === undefined ? {} : { startedAt: head.startedAt };
      const special = database.prepare(SPECIAL_ENTRIES_SQL).all(key, 0).map(entryOf);
      const aboutRun = special.filter((entry) => !isGrowth(entry));
      const growth = special.filter(isGrowth);
      const answers = latestAnswers(database, key);
      const { status, seq, epoch } = head;
      const run = { record, status, seq, epoch: epoch + 1, ...started, items, aboutRun, growth, answers };
      return base === undefined ? run : { ...run, baseSeq: base.seq };
    } finally {
      database.close();
    }
  }

  async audit(runId: string, options: AuditOptions = {}): Promise<readonly JournalEntry[]> {
    const { limit = JOURNAL_LIMITS.auditPage, bytesMax = Infinity, item, event, withGaps } = options;
    return this.#database.transaction("BEGIN", () => {
      const stored = this.#checkedRun(runId);
      const { key, base } = stored;
      const after = afterOf(options, base?.seq ?? 0, runId);
      if (withGaps === true) this.#checkKept(stored);
      const some = [...(item === undefined ? [] : [item]), ...(event === undefined ? [] : [event])];
      const which = `${item === undefined ? "" : " AND item = ?"}${event === undefined ? "" : " AND event = ?"}`;
      const sql = `${ENTRIES_SQL}${which} ORDER BY seq LIMIT ?`;
      const rows = this.#database.prepare(sql);
      return entriesWithin(rows.iterate(key, after, ...some, Math.min(limit, Number.MAX_SAFE_INTEGER)), bytesMax);
    });
  }

  holder(): Holder | undefined {
    return currentHolder(this.#directory);
  }

  async *follow(
    runId: string,
    { after, pollMs = 100, signal }: FollowOptions = {},
  ): AsyncGenerator<readonly JournalEntry[]> {
    let last = after;
    let version: number | undefined;
    for (;;) {
      if (signal?.aborted === true) return;
      const seen = this.#database.number("PRAGMA data_version");
      if (seen !== version) {
        const { status, entries } = await this.#entriesAfter(runId, last);
        if (entries.length > 0) {
          last = entries.at(-1)!.seq;
          yield entries;
          continue;
        }
        if (isEndedRun(status)) return;
        version = seen;
      } else await pause(this.#env, pollMs, signal);
    }
  }

  /** Status and entries of one moment: without entries, that of a run that has ended says that none will come. */
  async #entriesAfter(
    runId: string,
    asked: number | undefined,
  ): Promise<{ status: RunSummary["status"]; entries: readonly JournalEntry[] }> {
    return this.#database.transaction("BEGIN", () => {
      const { key, head, base } = this.#checkedRun(runId);
      const after = afterOf({ ...(asked !== undefined && { after: asked }) }, base?.seq ?? 0, runId);
      const { auditPage, auditPageBytesMax } = JOURNAL_LIMITS;
      const rows = this.#database.prepare(`${ENTRIES_SQL} ORDER BY seq LIMIT ?`).iterate(key, after, auditPage);
      return { status: head.status, entries: entriesWithin(rows, auditPageBytesMax) };
    });
  }

  /** Within a transaction: the run, with its entries up to the head checked. */
  #checkedRun(runId: string): StoredRun {
    const stored = readStoredRun(this.#database, runId);
    this.#sound.set(stored.key, checkedEntries(this.#database, stored, this.#sound.get(stored.key)));
    return stored;
  }

  /** Within a transaction: what is left of the entries up to the base, checked once for each base. */
  #checkKept(stored: StoredRun): void {
    const { key, base } = stored;
    if (base === undefined || this.#soundBases.get(key) === base.checkSum) return;
    const steps = checkingKept(this.#database, stored);
    while (steps.next().done !== true);
    this.#soundBases.set(key, base.checkSum);
  }

  async close(): Promise<void> {
    this.#database.close();
  }
}

export function openForReading(path: string): Database {
  const database = new Database(path, { readOnly: true });
  try {
    database.exec("PRAGMA trusted_schema = OFF; PRAGMA cache_size = -16384");
    const version = versionOf(database);
    if (version === SCHEMA_VERSION) return database;
    // A process makes its journal step by step: the file is there before its tables are.
    if (version === 0)
      throw new SignalboxError(
        "run_not_found",
        `expected a stored run, got a journal in ${path} that has none yet: a process is just making it, or ended while it did; ask again in a moment, or run a plan`,
      );
    throw new SignalboxError(
      "journal_unavailable",
      `expected a journal of version ${SCHEMA_VERSION} in ${path}, got version ${version}; if a process is not just making it, \`signalbox resume\` or the next \`signalbox run\` brings it up to date`,
    );
  } catch (error) {
    database.close();
    throw error;
  }
}

/** In order. No more is read than is kept: a few of them may be large. */
function latestAnswers(database: Database, key: number): JournalEntry[] {
  const { answersMax, answersBytesMax } = JOURNAL_LIMITS;
  const answers: JournalEntry[] = [];
  let bytes = 0;
  for (const row of database.prepare(ANSWERS_SQL).iterate(key, 0, answersMax)) {
    const data = row.at(-1);
    bytes += typeof data === "string" ? data.length : 0;
    if (bytes > answersBytesMax) break;
    answers.push(entryOf(row));
  }
  return answers.reverse();
}

function summaryOf({ record, head, base }: StoredRun): RunSummary {
  const { planText: _, ...rest } = record;
  const { status, seq, epoch, startedAt, finishedAt, added, counts } = head;
  return {
    ...rest,
    size: rest.size + added,
    status,
    seq,
    epoch,
    counts,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(base === undefined ? {} : { baseSeq: base.seq }),
  };
}

/** Resolves after the time, or when the signal is aborted. */
function pause(env: Env, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolved) => {
    const cancel = env.timers.after(delayMs, done);
    function done(): void {
      cancel();
      signal?.removeEventListener("abort", done);
      resolved();
    }
    signal?.addEventListener("abort", done);
  });
}
