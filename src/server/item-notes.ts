/**
 * What holders and others left for whoever comes next: notes, and what heartbeats said. Kept at hand for items that may still be
 * claimed, so that a claim can be answered with them in its own step; the journal has them all.
 */
import { isoTime } from "../base/iso-time.ts";
import { auditPages } from "../journal/audit-pages.ts";
import type { JournalEntry, JournalReader } from "../journal/journal.ts";

export interface WireNote {
  at: string;
  agent_id: string;
  note: string;
}

/** Of one item, the latest. */
const KEPT_NOTES = 20;
/** Of one item, of each kind, the latest that are read. */
const READ_NOTES = 1_000;
const EVENTS = ["note", "heartbeat"] as const;

export class ItemNotes {
  readonly #notes = new Map<number, WireNote[]>();

  /** Entries come in order. */
  take(entry: JournalEntry): void {
    const { item, to } = entry;
    if (to === "done" || to === "cancelled") this.#notes.delete(item);
    const note = noteOf(entry);
    if (note === undefined || item < 0) return;
    const notes = this.#notes.get(item) ?? [];
    notes.push(note);
    this.#notes.set(item, notes.slice(-KEPT_NOTES));
  }

  /** Oldest first. */
  of(item: number): readonly WireNote[] {
    return this.#notes.get(item) ?? [];
  }
}

/** Notes of all items of a run as far as they are kept at hand; `mayBeClaimed` says which are. */
export async function storedNotes(
  journal: JournalReader,
  runId: string,
  mayBeClaimed: (item: number) => boolean,
): Promise<ItemNotes> {
  const entries: JournalEntry[] = [];
  for (const event of EVENTS)
    for await (const page of auditPages(journal, runId, { event, withGaps: true }))
      for (const { data, ...entry } of page)
        // A heartbeat says in its reason what it has to say; what it carries beside may be large.
        if (mayBeClaimed(entry.item))
          entries.push(event === "heartbeat" || data === undefined ? entry : { ...entry, data });
  const notes = new ItemNotes();
  for (const entry of entries.toSorted((a, b) => a.seq - b.seq)) notes.take(entry);
  return notes;
}

interface Said {
  readonly seq: number;
  readonly note: WireNote;
}

/** The latest notes of one item up to a version, of each kind 1,000, oldest first, as far as no compaction has removed them. */
export async function notesOfItem(
  journal: JournalReader,
  runId: string,
  which: { readonly item: number; readonly upTo: number },
): Promise<WireNote[]> {
  const said: Said[] = [];
  for (const event of EVENTS) said.push(...(await latestOf(journal, runId, { ...which, event })));
  return said.toSorted((a, b) => a.seq - b.seq).map(({ note }) => note);
}

async function latestOf(
  journal: JournalReader,
  runId: string,
  { item, upTo, event }: { readonly item: number; readonly upTo: number; readonly event: string },
): Promise<Said[]> {
  let said: Said[] = [];
  for await (const page of auditPages(journal, runId, { item, event, withGaps: true })) {
    for (const entry of page) {
      const note = entry.seq <= upTo ? noteOf(entry) : undefined;
      if (note !== undefined) said.push({ seq: entry.seq, note });
    }
    // A log is read from its beginning: with each page, what is not among the latest any more is let go.
    said = said.slice(-READ_NOTES);
    if (page.at(-1)!.seq >= upTo) break;
  }
  return said;
}

function noteOf({ event, from, to, at, actor, data, reason }: JournalEntry): WireNote | undefined {
  if (from !== to) return undefined;
  const said = event === "note" ? memberOf(data, "note") : event === "heartbeat" ? reason?.message : undefined;
  return typeof said === "string" ? { at: isoTime(at), agent_id: actor, note: said } : undefined;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
