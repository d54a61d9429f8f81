/**
 * Entries as columns, in pages: 48 bytes an entry instead of several hundred as objects, because runs of a million
 * items go through here. The memory of a page is free when all of it was taken out.
 *
 * J1 pages hold consecutive entries of one run; the first that was not taken out is `firstSeq`.
 * J2 an entry reads back equal to what was appended.
 */
import { assert } from "../base/assert.ts";
import type { Json } from "../base/json.ts";
import type { Reason } from "../items/reason.ts";
import type { JournalEntry } from "./journal.ts";

/** Entries of the first page and of a full-grown one: a small run costs little, a long one few pages. */
const PAGE_MIN = 256;
const PAGE_MAX = 16_384;

/** Words to numbers and back; events, states and actors repeat for ever. */
class Words {
  readonly #list: string[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(word: string): number {
    const known = this.#numbers.get(word);
    if (known !== undefined) return known;
    assert(this.#list.length <= 0xffff, "more than 65,536 different words in one run");
    this.#numbers.set(word, this.#list.length);
    return this.#list.push(word) - 1;
  }

  at(number: number): string {
    return this.#list[number]!;
  }
}

class Page {
  readonly firstSeq: number;
  length = 0;
  readonly at: Float64Array;
  readonly mono: Float64Array;
  readonly token: Float64Array;
  readonly item: Int32Array;
  readonly attempt: Uint32Array;
  readonly refunded: Uint32Array;
  readonly actor: Uint16Array;
  readonly epoch: Uint32Array;
  readonly event: Uint16Array;
  readonly from: Uint16Array;
  readonly to: Uint16Array;
  // Most entries have neither; a map costs only where there is one.
  readonly reasons = new Map<number, Reason>();
  readonly data = new Map<number, Json>();

  constructor(firstSeq: number, capacity: number) {
    this.firstSeq = firstSeq;
    this.at = new Float64Array(capacity);
    this.mono = new Float64Array(capacity);
    this.token = new Float64Array(capacity);
    this.item = new Int32Array(capacity);
    this.attempt = new Uint32Array(capacity);
    this.refunded = new Uint32Array(capacity);
    this.actor = new Uint16Array(capacity);
    this.epoch = new Uint32Array(capacity);
    this.event = new Uint16Array(capacity);
    this.from = new Uint16Array(capacity);
    this.to = new Uint16Array(capacity);
  }

  get full(): boolean {
    return this.length === this.at.length;
  }
}

export class AuditPages {
  readonly #pages: Page[] = [];
  readonly #actors = new Words();
  readonly #words = new Words();
  #firstSeq = 1;

  /** Seq of the first entry that is still kept; one more than the last when none is. */
  get firstSeq(): number {
    return this.#firstSeq;
  }

  get length(): number {
    const last = this.#pages.at(-1);
    return last === undefined ? 0 : last.firstSeq + last.length - this.#firstSeq;
  }

  /** Seq of the last entry of the oldest page, when it is not the only one. */
  get oldestPageEnd(): number | undefined {
    const [oldest, next] = this.#pages;
    return oldest === undefined || next === undefined ? undefined : next.firstSeq - 1;
  }

  push(entry: JournalEntry): void {
    let page = this.#pages.at(-1);
    if (page === undefined || page.full) {
      page = new Page(entry.seq, Math.min(PAGE_MAX, (page?.length ?? PAGE_MIN / 4) * 4));
      this.#pages.push(page);
    }
    const row = page.length;
    page.at[row] = entry.at;
    page.mono[row] = entry.mono;
    page.token[row] = entry.token;
    page.item[row] = entry.item;
    page.attempt[row] = entry.attempt;
    page.refunded[row] = entry.refunded;
    page.epoch[row] = entry.epoch;
    page.actor[row] = this.#actors.numberOf(entry.actor);
    page.event[row] = this.#words.numberOf(entry.event);
    page.from[row] = this.#words.numberOf(entry.from);
    page.to[row] = this.#words.numberOf(entry.to);
    if (entry.reason !== undefined) page.reasons.set(row, entry.reason);
    if (entry.data !== undefined) page.data.set(row, entry.data);
    page.length = row + 1;
  }

  /** Kept entries with `seq > after`, in order. */
  *entries(after = 0): Generator<JournalEntry> {
    const from = Math.max(after + 1, this.#firstSeq);
    for (const page of this.#pages) {
      for (let row = Math.max(0, from - page.firstSeq); row < page.length; row++) yield this.#entry(page, row);
    }
  }

  /** Takes out the oldest entries, up to this one. */
  dropUpTo(seq: number): void {
    this.#firstSeq = Math.max(this.#firstSeq, seq + 1);
    const first = this.#pages.findIndex((page) => page.firstSeq + page.length > this.#firstSeq);
    // The last page stays, although all of it is gone: the next entry goes on behind it.
    this.#pages.splice(0, first < 0 ? Math.max(0, this.#pages.length - 1) : first);
  }

  #entry(page: Page, row: number): JournalEntry {
    const reason = page.reasons.get(row);
    const data = page.data.get(row);
    return {
      seq: page.firstSeq + row,
      at: page.at[row]!,
      mono: page.mono[row]!,
      epoch: page.epoch[row]!,
      item: page.item[row]!,
      event: this.#words.at(page.event[row]!),
      from: this.#words.at(page.from[row]!),
      to: this.#words.at(page.to[row]!),
      attempt: page.attempt[row]!,
      refunded: page.refunded[row]!,
      token: page.token[row]!,
      actor: this.#actors.at(page.actor[row]!),
      ...(reason === undefined ? {} : { reason }),
      ...(data === undefined ? {} : { data }),
    };
  }
}
