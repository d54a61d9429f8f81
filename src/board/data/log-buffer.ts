/** The latest rows of the audit log, and what the last signs of life of each item said. */
import { stageInWords } from "./stage.ts";
import type { Row } from "./wire.ts";

/** What the holder of an item last said. */
export interface ItemNote {
  readonly at: string;
  /** 0 to 1. */
  readonly progress?: number;
  readonly words?: string;
}

export interface Log {
  /** By seq, without gaps. */
  readonly rows: readonly Row[];
  /** By id of the item. */
  readonly notes: ReadonlyMap<string, ItemNote>;
}

/** Rows that are kept; older ones are a question to the server. */
export const ROWS_MAX = 5_000;

export class LogBuffer {
  readonly #listeners = new Set<() => void>();
  #log: Log = { rows: [], notes: new Map() };

  log = (): Log => this.#log;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  get lastSeq(): number {
    return this.#log.rows.at(-1)?.seq ?? 0;
  }

  clear(): void {
    this.#publish({ rows: [], notes: new Map() });
  }

  /** Rows that follow; those that are there already are passed over. */
  append(rows: readonly Row[]): void {
    const fresh = rows.filter(({ seq }) => seq > this.lastSeq);
    if (fresh.length === 0) return;
    const notes = new Map(this.#log.notes);
    for (const row of fresh) takeNote(notes, row);
    const all = [...this.#log.rows, ...fresh];
    this.#publish({ rows: all.length > 1.2 * ROWS_MAX ? all.slice(-ROWS_MAX) : all, notes });
  }

  #publish(log: Log): void {
    this.#log = log;
    for (const listener of this.#listeners) listener();
  }
}

function takeNote(notes: Map<string, ItemNote>, { item_id, event, at, progress, reason, note, stage }: Row): void {
  if (item_id === undefined) return;
  if (event === "item.claimed") notes.delete(item_id);
  if (event !== "item.note") return;
  const before = notes.get(item_id);
  const said = typeof note === "string" ? note : (reason?.message ?? stageInWords(stage));
  const words = said ?? before?.words;
  const part = typeof progress === "number" ? progress : before?.progress;
  if (words === undefined && part === undefined) return;
  notes.set(item_id, { at, ...(words !== undefined && { words }), ...(part !== undefined && { progress: part }) });
}

/** How long an item still pauses before it is tried again; 0 when it does not. */
export function pauseLeft(rows: readonly Row[], id: string, nowMs: number): number {
  const last = rows.findLast(({ item_id, from, to }) => item_id === id && from !== to);
  const delayMs = last?.event === "item.requeued" && typeof last["delay_ms"] === "number" ? last["delay_ms"] : 0;
  return delayMs === 0 ? 0 : Math.max(0, Date.parse(last!.at) + delayMs - nowMs);
}
