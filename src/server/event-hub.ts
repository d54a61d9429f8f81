/**
 * The events of one project for many readers, each at its own pace.
 *
 * V1 A reader gets every entry after the one it names, once, in order: from the memory of the latest ones, or from the journal.
 * V2 Nothing waits here for a slow reader: it takes what it can, and a later page comes from where it stands. Memory is bounded by
 *    the latest entries that are kept for all; where nobody follows none are kept, but which items they were about.
 * V3 An entry is shown only when it is durable: this listens to what a run publishes, and reads what its journal has.
 */
import { roughSize } from "../base/rough-size.ts";
import type { JournalEntry } from "../journal/journal.ts";

/** One event as it goes over the wire. */
export interface Frame {
  readonly seq: number;
  readonly text: string;
}

export interface HubParts {
  /** Entries after this seq, in order. */
  readonly read: (after: number, limit: number) => Promise<readonly JournalEntry[]>;
  readonly frameOf: (entry: JournalEntry) => Frame;
  /** Seq of the last durable entry when the hub is made. */
  readonly seq: number;
}

/** Entries that are kept for readers that are nearly up to date, and about how much of them: some are a thousand times as large as most. */
const KEPT_ENTRIES = 4_096;
const KEPT_BYTES = 32 * 1024 * 1024;
/** Of so many latest entries the items are known. */
const KNOWN_ITEMS = 8_192;
/** What an entry is without what it says. */
const ENTRY_BYTES = 256;
/** Frames that a reader is given at once; fewer when they are large, but always one. */
const PAGE_FRAMES = 256;
const PAGE_CHARS = 512 * 1024;

/**
 * Whole pages that are kept as bytes: readers that begin at one place share them. Some 16,000 entries, about ten megabytes: with fewer a
 * crowd of readers, each a little behind the one before, made every page anew for each of them.
 */
const KEPT_PAGES = 64;

/** Frames as they are sent. */
export interface Page {
  /** Of the last one. */
  readonly seq: number;
  readonly bytes: Uint8Array;
}

/** An entry becomes a frame when the first reader wants it, and once for all of them. */
interface Kept {
  readonly entry: JournalEntry;
  readonly bytes: number;
  frame: Frame | undefined;
}

export class EventHub {
  readonly #parts: HubParts;
  /** The latest entries since somebody follows, oldest first; their seqs follow each other. */
  #kept: Kept[] = [];
  #keptBytes = 0;
  /** Entries that are read from the journal at once: fewer where they are large. */
  #readAtOnce = PAGE_FRAMES;
  /** What the entry of this seq was about, by its last bits. */
  readonly #items = new Int32Array(KNOWN_ITEMS);
  readonly #firstSeq: number;
  #seq: number;
  #closed = false;
  #readers = 0;
  #readersAtEnd = 0;
  readonly #waiting = new Set<() => void>();
  /** By the seq before the first frame. */
  readonly #pages = new Map<number, Page>();
  /** Pages that are just being made, by the same: whoever asks meanwhile gets the same one. */
  readonly #underWay = new Map<number, Promise<Page | undefined>>();
  readonly #encoder = new TextEncoder();

  constructor(parts: HubParts) {
    this.#parts = parts;
    this.#seq = parts.seq;
    this.#firstSeq = parts.seq + 1;
  }

  get seq(): number {
    return this.#seq;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Takes an entry that the run has published. */
  take(entry: JournalEntry): void {
    this.#seq = entry.seq;
    this.#items[entry.seq % KNOWN_ITEMS] = entry.item;
    // Kept for nobody, they would only grow old before they are thrown away; who comes later reads them from the journal.
    if (this.#readers > 0) this.#keepEntry(entry);
    this.#wake();
  }

  #keepEntry(entry: JournalEntry): void {
    const bytes = bytesOf(entry);
    this.#kept.push({ entry, bytes, frame: undefined });
    this.#keptBytes += bytes;
    if (this.#kept.length > 2 * KEPT_ENTRIES || this.#keptBytes > KEPT_BYTES) this.#forget();
  }

  /** Half of what may be kept stays, so that this is seldom. */
  #forget(): void {
    let first = this.#kept.length;
    let bytes = 0;
    while (first > 0 && this.#kept.length - first < KEPT_ENTRIES) {
      bytes += this.#kept[first - 1]!.bytes;
      if (bytes > KEPT_BYTES / 2) break;
      first--;
    }
    this.#kept = this.#kept.slice(first);
    this.#keptBytes = this.#kept.reduce((sum, kept) => sum + kept.bytes, 0);
  }

  /** How many were following when the last event came. */
  get readersAtEnd(): number {
    return this.#readersAtEnd;
  }

  /** A reader follows from now on; what this answers is called once, when it does no longer. */
  join(): () => void {
    this.#readers++;
    return () => {
      if (--this.#readers > 0) return;
      this.#kept = [];
      this.#keptBytes = 0;
    };
  }

  /** No event will come any more. */
  close(): void {
    if (!this.#closed) this.#readersAtEnd = this.#readers;
    this.#closed = true;
    this.#wake();
  }

  /** What follows, at most a page; empty when the reader is up to date. */
  async after(seq: number): Promise<readonly Frame[]> {
    if (seq >= this.#seq) return [];
    const first = this.#kept[0];
    if (first !== undefined && seq >= first.entry.seq - 1) {
      const from = seq - first.entry.seq + 1;
      const kept = this.#kept.slice(from, from + PAGE_FRAMES);
      return asMuchAsMayBe(kept, (each) => (each.frame ??= this.#parts.frameOf(each.entry)));
    }
    const entries = await this.#parts.read(seq, this.#readAtOnce);
    const frames = asMuchAsMayBe(entries, (entry) => this.#parts.frameOf(entry));
    const isCut = frames.length < entries.length;
    this.#readAtOnce = isCut ? frames.length : Math.min(PAGE_FRAMES, 2 * this.#readAtOnce);
    return frames;
  }

  /** The same as bytes, which nobody may change; `undefined` when the reader is up to date. */
  async pageAfter(seq: number): Promise<Page | undefined> {
    if (seq >= this.#seq) return undefined;
    const known = this.#pages.get(seq) ?? this.#underWay.get(seq);
    if (known !== undefined) return known;
    const page = this.#pageAfter(seq).finally(() => this.#underWay.delete(seq));
    this.#underWay.set(seq, page);
    return page;
  }

  async #pageAfter(seq: number): Promise<Page | undefined> {
    const frames = await this.after(seq);
    const last = frames.at(-1);
    if (last === undefined) return undefined;
    const page = { seq: last.seq, bytes: this.#encoder.encode(frames.map(({ text }) => text).join("")) };
    // Nothing is ever added to one that is not the last.
    if (frames.length === PAGE_FRAMES) this.#keep(seq, page);
    return page;
  }

  #keep(seq: number, page: Page): void {
    this.#pages.set(seq, page);
    const [oldest] = this.#pages.keys();
    if (this.#pages.size > KEPT_PAGES && oldest !== undefined) this.#pages.delete(oldest);
  }

  /** Numbers of the items that entries after `seq` are about; `undefined` when these are no longer known. */
  itemsAfter(seq: number): ReadonlySet<number> | undefined {
    const items = new Set<number>();
    if (seq < this.#seq && seq + 1 < Math.max(this.#firstSeq, this.#seq - KNOWN_ITEMS + 1)) return undefined;
    for (let each = seq + 1; each <= this.#seq; each++) {
      const item = this.#items[each % KNOWN_ITEMS]!;
      if (item >= 0) items.add(item);
    }
    return items;
  }

  /** Calls back once, when there may be more, or never when the answer is called first. */
  whenMore(callback: () => void): () => void {
    this.#waiting.add(callback);
    return () => void this.#waiting.delete(callback);
  }

  #wake(): void {
    if (this.#waiting.size === 0) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const callback of waiting) callback();
  }
}

function bytesOf({ data, reason }: JournalEntry): number {
  return ENTRY_BYTES + (data === undefined ? 0 : roughSize(data)) + (reason?.message?.length ?? 0);
}

/** As many frames as a page takes, one at least. */
function asMuchAsMayBe<T>(from: readonly T[], frameOf: (each: T) => Frame): Frame[] {
  const frames: Frame[] = [];
  let chars = 0;
  for (const each of from) {
    const frame = frameOf(each);
    chars += frame.text.length;
    if (chars > PAGE_CHARS && frames.length > 0) break;
    frames.push(frame);
  }
  return frames;
}
