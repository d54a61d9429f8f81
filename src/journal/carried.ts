/**
 * Of a part of the audit log, the entries that the state at its end is made of: what is left of it when the rest is removed.
 *
 * C1 The fold of the carried entries is the fold of all that were taken, at every moment.
 * C2 Carried are, of each item: its last entry, the one that brought its status, its last claim, the first claim that counts, the one
 *    that gave its reason, its last note about a stage, what was prepared for it, everything that added or edited it, what was
 *    left for its next holder while there may be one, and which files its present holder said it touched. And everything about the
 *    run itself, but of the answers only the latest.
 * C3 Taking an entry costs the same however many were taken.
 */
import { STAGE_NOTES } from "../items/stage.ts";
import { isAnswer, isGrowth } from "./fold.ts";
import type { JournalEntry } from "./journal.ts";
import { JOURNAL_LIMITS } from "./limits.ts";

/** Seqs of the entries that one item is made of; 0 is none. */
interface Pointers {
  last: number;
  status: number;
  claim: number;
  firstClaim: number;
  reason: number;
  stage: number;
  prepared: number;
  notes: number[] | undefined;
  heartbeats: number[] | undefined;
  /** Heartbeats of the present claim that named files. Each names at least one that none before did, so there are not too many. */
  touched: number[] | undefined;
}

interface Kept<T> {
  uses: number;
  readonly value: T;
}

/** Keeps with each carried entry what it was taken with. */
export class CarriedEntries<T> {
  /** In the order of the seqs. */
  readonly #kept = new Map<number, Kept<T>>();
  readonly #items = new Map<number, Pointers>();
  /** The latest, each in the place of the one that it has pushed out. */
  readonly #answers: number[] = [];
  #answerAt = 0;

  /** Seqs of the carried entries, in order. */
  seqs(): IterableIterator<number> {
    return this.#kept.keys();
  }

  get size(): number {
    return this.#kept.size;
  }

  has(seq: number): boolean {
    return this.#kept.has(seq);
  }

  *values(): Generator<T> {
    for (const { value } of this.#kept.values()) yield value;
  }

  /** Takes the next entry; those that were carried before may come with gaps. */
  take(entry: JournalEntry, value: T): void {
    const { seq, item } = entry;
    this.#kept.set(seq, { uses: 0, value });
    // Each is held until another one comes: the last says how far the log went, and in which life of the run.
    if (item >= 0) this.#takeOfItem(entry);
    else if (isAnswer(entry)) this.#takeAnswer(seq);
    else this.#hold(seq);
  }

  #takeOfItem(entry: JournalEntry): void {
    const { seq, item, event, from, to } = entry;
    let row = this.#items.get(item);
    if (row === undefined) this.#items.set(item, (row = noPointers()));
    const moved = from !== to;
    const claimed = moved && to === "claimed";
    if (moved || row.last === 0) row.status = this.#point(row.status, seq);
    row.last = this.#point(row.last, seq);
    if (claimed) row.claim = this.#point(row.claim, seq);
    if (to !== "claimed" && entry.attempt === entry.refunded) row.firstClaim = this.#point(row.firstClaim, 0);
    else if (claimed && row.firstClaim === 0) row.firstClaim = this.#point(0, seq);
    if (moved && (claimed || entry.reason !== undefined))
      row.reason = this.#point(row.reason, entry.reason === undefined ? 0 : seq);
    if (isGrowth(entry)) this.#hold(seq);
    if (moved) row.stage = this.#point(row.stage, 0);
    else if (STAGE_NOTES.includes(event)) row.stage = this.#point(row.stage, seq);
    if (event === "prepared") row.prepared = this.#point(row.prepared, seq);
    if (moved) this.#dropTouched(row);
    else if (event === "heartbeat" && namesFiles(entry)) {
      (row.touched ??= []).push(seq);
      this.#hold(seq);
    }
    this.#takeNote(row, entry);
  }

  #dropTouched(row: Pointers): void {
    for (const seq of row.touched ?? []) this.#drop(seq);
    row.touched = undefined;
  }

  #takeNote(row: Pointers, { seq, event, from, to, reason }: JournalEntry): void {
    if (to === "done" || to === "cancelled") {
      for (const note of row.notes ?? []) this.#drop(note);
      for (const note of row.heartbeats ?? []) this.#drop(note);
      row.notes = row.heartbeats = undefined;
    } else if (from === to && event === "note") {
      (row.notes ??= []).push(seq);
      this.#hold(seq);
    } else if (from === to && event === "heartbeat" && reason !== undefined) {
      const said = (row.heartbeats ??= []);
      said.push(seq);
      this.#hold(seq);
      if (said.length > JOURNAL_LIMITS.carriedHeartbeatsMax) this.#drop(said.shift()!);
    }
  }

  #takeAnswer(seq: number): void {
    this.#answers[this.#answerAt] = this.#point(this.#answers[this.#answerAt] ?? 0, seq);
    this.#answerAt = (this.#answerAt + 1) % JOURNAL_LIMITS.answersMax;
  }

  /** Lets go of one seq and holds another; answers that one. */
  #point(before: number, seq: number): number {
    if (seq !== 0) this.#hold(seq);
    if (before !== 0) this.#drop(before);
    return seq;
  }

  #hold(seq: number): void {
    this.#kept.get(seq)!.uses++;
  }

  #drop(seq: number): void {
    const kept = this.#kept.get(seq)!;
    kept.uses--;
    if (kept.uses === 0) this.#kept.delete(seq);
  }
}

function namesFiles({ data }: JournalEntry): boolean {
  return typeof data === "object" && data !== null && "files" in data;
}

function noPointers(): Pointers {
  return {
    last: 0,
    status: 0,
    claim: 0,
    firstClaim: 0,
    reason: 0,
    stage: 0,
    prepared: 0,
    notes: undefined,
    heartbeats: undefined,
    touched: undefined,
  };
}
