/**
 * What a store has to know of a run that is being written: enough to refuse an entry that does not continue it.
 *
 * I3 an entry starts from the state in which the one before left the item, or it is refused.
 * I9 `seq` has no gaps: every entry is exactly one more than the last.
 * I9b an item is added once, with the number that follows the last one, and is `todo` then.
 * I9c where a log was compacted, only the states count that the entries lead to which are left (`putItem`).
 * L4 an entry of another life of the run is refused: its epoch is not the current one.
 */
import { InternalError } from "../base/errors.ts";
import type { ItemStatus, RunStatus } from "../items/status.ts";
import { ITEM_STATUSES, isEndedRun, isRunStatus, NOT_YET } from "./fold.ts";
import type { JournalEntry } from "./journal.ts";

export type ItemCounts = Record<ItemStatus, number>;

/** What of an entry the ledger looks at. */
export type LedgerEntry = Omit<JournalEntry, "reason" | "data">;

/** The part of the ledger that is a handful of values; kept to go back to when an append is refused. */
export interface RunHead {
  seq: number;
  epoch: number;
  status: RunStatus;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  /** Items beyond those that the run was created with. */
  added: number;
  readonly counts: ItemCounts;
}

const codeOf = new Map<string, number>(ITEM_STATUSES.map((status, code) => [status, code]));
/** Three hundred years in milliseconds: as microseconds still an exact number. */
const MONO_MAX = 9e12;

export class RunLedger {
  readonly head: RunHead;
  readonly #sizeAtFirst: number;
  #statuses: Uint8Array;

  constructor(size: number, epoch = 1) {
    this.#sizeAtFirst = size;
    this.#statuses = new Uint8Array(size);
    const counts = { todo: size, claimed: 0, done: 0, failed: 0, cancelled: 0 };
    this.head = { seq: 0, epoch, status: "planned", startedAt: undefined, finishedAt: undefined, added: 0, counts };
  }

  /** Number of items now. */
  get size(): number {
    return this.#sizeAtFirst + this.head.added;
  }

  /**
   * Takes all entries or none.
   * @throws InternalError when one does not continue the run; the head is then as before, and the ledger is spent.
   */
  accept(entries: readonly LedgerEntry[]): void {
    const before = { ...this.head, counts: { ...this.head.counts } };
    try {
      for (const entry of entries) this.#acceptOne(entry);
    } catch (error) {
      Object.assign(this.head, before);
      throw error;
    }
  }

  #acceptOne(entry: LedgerEntry): void {
    const { head } = this;
    if (entry.seq !== head.seq + 1) refuse(entry, `seq ${head.seq + 1}`, `seq ${entry.seq}`);
    if (entry.epoch !== head.epoch) refuse(entry, `epoch ${head.epoch}`, `epoch ${entry.epoch}`);
    checkNumbers(entry);
    if (entry.item === -1) this.moveRun(entry);
    else this.moveItem(entry);
    head.seq = entry.seq;
  }

  statusOf(item: number): ItemStatus {
    return ITEM_STATUSES[this.#statuses[item]!]!;
  }

  moveItem(entry: Pick<JournalEntry, "seq" | "item" | "from" | "to">): void {
    const { item } = entry;
    if (entry.from === NOT_YET) return this.#add(entry);
    if (!(item >= 0 && item < this.size)) refuse(entry, `an item below ${this.size}`, `item ${item}`);
    const to = codeOf.get(entry.to);
    if (to === undefined) refuse(entry, "a state of an item", `'${entry.to}'`);
    const from = ITEM_STATUSES[this.#statuses[item]!]!;
    if (entry.from !== from) refuse(entry, `a transition of item ${item} from '${from}'`, `one from '${entry.from}'`);
    this.#statuses[item] = to;
    this.head.counts[from]--;
    this.head.counts[ITEM_STATUSES[to]!]++;
  }

  /** An entry of which those before are gone: it leads to a state, from wherever the item was. */
  putItem(entry: Pick<JournalEntry, "seq" | "item" | "to">): void {
    this.moveItem({ ...entry, from: this.statusOf(entry.item) });
  }

  #add(entry: Pick<JournalEntry, "seq" | "item" | "to">): void {
    const { size } = this;
    if (entry.item !== size) refuse(entry, `a new item with the number ${size}`, `item ${entry.item}`);
    if (entry.to !== "todo") refuse(entry, "a new item that is 'todo'", `'${entry.to}'`);
    if (size === this.#statuses.length) {
      const statuses = new Uint8Array(Math.max(64, size * 2));
      statuses.set(this.#statuses);
      this.#statuses = statuses;
    }
    this.head.added++;
    this.head.counts.todo++;
  }

  moveRun(entry: Pick<JournalEntry, "seq" | "at" | "from" | "to">): void {
    const { head } = this;
    if (!isRunStatus(entry.to)) return;
    if (entry.from !== head.status)
      refuse(entry, `a transition of the run from '${head.status}'`, `one from '${entry.from}'`);
    if (!isEndedRun(entry.to)) head.finishedAt = undefined;
    else if (head.status !== entry.to) head.finishedAt = entry.at;
    if (entry.to === "running") head.startedAt ??= entry.at;
    head.status = entry.to;
  }
}

function checkNumbers(entry: LedgerEntry): void {
  if (!Number.isSafeInteger(entry.at)) refuse(entry, "`at` in whole milliseconds", String(entry.at));
  if (!(Math.abs(entry.mono) <= MONO_MAX)) refuse(entry, "`mono` in milliseconds", String(entry.mono));
  if (!Number.isInteger(entry.item)) refuse(entry, "the number of an item, or -1", String(entry.item));
  if (!isCount(entry.attempt)) refuse(entry, "`attempt` to be a count", String(entry.attempt));
  if (!isCount(entry.refunded)) refuse(entry, "`refunded` to be a count", String(entry.refunded));
  if (!isCount(entry.token)) refuse(entry, "`token` to be a whole number", String(entry.token));
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/** Words are stored as they are and compared as bytes, so only text that survives that is taken. */
export function checkWord(word: string): void {
  if (typeof word !== "string") throw new InternalError(`expected a word for the journal, got a ${typeof word}`);
  if (!word.isWellFormed() || word.includes("\0")) {
    throw new InternalError(
      `expected well-formed text without NUL for the journal, got ${JSON.stringify(word.slice(0, 80))}`,
    );
  }
}

function refuse(entry: { readonly seq: number }, expected: string, got: string): never {
  throw new InternalError(`the journal refused entry ${entry.seq}: expected ${expected}, got ${got}`);
}
